"""What owners of jobs delegated to us, for whoever runs their jobs."""

from waystation.interfaces.dialects.act.store import proxies
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.sealing import Safe


class ActWallet:
    """A `Wallet` of jobs.

    Args:
        database, clock: of the house.
        safe: that sealed them.
    """

    def __init__(self, database: Database, clock: Clock, safe: Safe) -> None:
        self._database = database
        self._clock = clock
        self._safe = safe

    def proxy(self, account_id: int) -> bytes | None:
        """As the port promises."""
        found = self._database.rows(proxies.best(account_id, now=self._clock.now()))
        if not found:
            return None
        sealed = found[0]["sealed"]
        assert isinstance(sealed, bytes | memoryview)
        return str(self._safe.open(bytes(sealed))["pem"]).encode()
