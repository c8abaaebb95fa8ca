"""Where the steps of transfers work, and by which rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from waystation.domains.transfers.entities import PartnerInfo
from waystation.domains.transfers.ports import Engine, Harbour, Site
from waystation.domains.transfers.rules import Policy
from waystation.domains.transfers.store import partners
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.sealing import Safe


def _wait(seconds: float) -> None:
    Event().wait(seconds)


Sites = Callable[[PartnerInfo], Site]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work.

    Attributes:
        database, clock: of the house.
        safe: seals what partners gave us.
        engines: by name, in the order of preference.
        sites: a partner as we reach it.
        harbour: our own spaces.
        policy: how we send and receive.
        host: name of this machine: tasks of some engines are threads of its processes.
        pause: waits so many seconds.
    """

    database: Database
    clock: Clock
    safe: Safe
    engines: Mapping[str, Engine]
    sites: Sites
    harbour: Harbour
    policy: Policy
    host: str = ""
    pause: Callable[[float], None] = _wait

    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()

    def partners(self) -> dict[int, PartnerInfo]:
        """All of them, by id."""
        found = [partners.read(row, self.safe) for row in self.database.rows(partners.every())]
        return {partner.id: partner for partner in found}
