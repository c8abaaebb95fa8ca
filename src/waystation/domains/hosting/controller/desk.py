"""Where the steps of hosting work, and by which rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.ports import Storage
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


@dataclass(frozen=True, slots=True)
class Care:
    """How stored files are looked after.

    Attributes:
        cycle: every file is read again within it.
        bytes_per_s: of reading, on average; 0 is never.
    """

    cycle: timedelta = timedelta(days=30)
    bytes_per_s: float = 50e6


def _wait(seconds: float) -> None:
    Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work; `pause` waits so many seconds."""

    database: Database
    clock: Clock
    storage: Callable[[Space], Storage]
    care: Care = Care()
    pause: Callable[[float], None] = _wait
