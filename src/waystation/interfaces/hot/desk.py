"""What the lane lends to a mouth."""

from collections.abc import Callable
from dataclasses import dataclass

from waystation.interfaces.hot.callers import Callers
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.mouths import Mouth
from waystation.interfaces.services import Services


@dataclass(frozen=True, slots=True)
class Desk:
    """The lane's own tools; good from the first request on.

    Attributes:
        house: the services; they are sync, call them in a thread.
        pool: for statements that only read.
        callers: who calls.
    """

    house: Services
    pool: HotPool
    callers: Callers


MakeMouth = Callable[[Desk], Mouth]
