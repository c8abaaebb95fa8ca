"""A house whose cluster is far away: an ARC computing element, by a token in a file."""

from jobs.yard import HERE, Yard
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.domains.jobs.door import Batch, Wallet
from waystation.kernel.clock import SystemClock
from waystation_sim.arc.rest import RestSite


class ArcYard(Yard):
    """The house, and the look-alike as `site`."""

    def __init__(self, dsn, root) -> None:
        self.site = RestSite(root / "site", "first")
        self.token = root / "token"
        self.token.write_text("first")
        super().__init__(dsn, root)

    def system(self) -> Batch:
        wallet = self.wallet()
        whose = "owner" if wallet is not None else "cluster"
        config = RestConfig(HERE, self.site.url, token_file=self.token, credentials=whose)
        return RestBatch(config, SystemClock(), self.root / "cluster", wallet)

    def wallet(self) -> Wallet | None:
        """What owners of jobs have given us; None where nobody is asked."""
        return None

    def close(self) -> None:
        super().close()
        self.batch.close()
        self.site.close()
