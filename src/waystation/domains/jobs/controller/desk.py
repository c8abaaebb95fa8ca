"""Where the steps of jobs work, and by which rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event

from waystation.domains.jobs.ports import Batch, Depot
from waystation.domains.jobs.rules import Policy
from waystation.domains.jobs.store import clusters
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


def _wait(seconds: float) -> None:
    Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A batch system of the settings.

    Attributes:
        name, kind: as the settings say.
        batch: how it is spoken to.
        work: folder for the folders of its jobs; the cluster's nodes see it where they share one.
        most: jobs of ours that it may have at a time.
        container: words before a command that runs in a container; `{image}` in them is its image.
    """

    name: str
    kind: str
    batch: Batch
    work: Path
    most: int
    container: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work.

    Attributes:
        database, clock: of the house.
        depot: our own spaces and archives.
        policy: how jobs are dealt with.
        clusters: whose steps run here, by name.
        pause: waits so many seconds.
    """

    database: Database
    clock: Clock
    depot: Depot
    policy: Policy
    clusters: Mapping[str, Cluster]
    pause: Callable[[float], None] = _wait
    _ids: dict[str, int] = field(default_factory=dict)

    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()

    def until(self) -> datetime:
        """What is claimed now is ours until then."""
        return self.now() + self.policy.lease

    def id(self, cluster: Cluster) -> int:
        """Of a cluster's row, which is made when it is not there."""
        known = self._ids.get(cluster.name)
        if known is not None:
            return known
        row = self.database.run(
            lambda conn: clusters.keep(
                conn,
                cluster.name,
                kind=cluster.kind,
                most=cluster.most,
                queues=cluster.batch.ability.queues,
                now=self.now(),
            )
        )
        return self._ids.setdefault(cluster.name, int(str(row["id"])))
