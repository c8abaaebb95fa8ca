"""What a step works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from waystation.domains.staging.planner.plan import Geometry
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.rules import Rules
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


def unknown_geometry(tape: str, extents: Sequence[Extent]) -> Geometry:
    """Nothing validated is known of any cartridge: plans keep to block order."""
    del tape, extents
    return Geometry(trusted=False)


@dataclass(slots=True)
class Post:
    """One tape system's steps and what they need.

    Attributes:
        name: of the back end in the settings.
        kind: of tape system.
        backend: the tape system.
        roots: of its stores, for free-space questions.
        geometry: what is known of a cartridge where these extents lie (none: at its beginning);
            trusted only when observed times agree with it.
        forecast_due: monotonic moment before which the forecast is not made anew.
    """

    name: str
    kind: str
    backend: TapeBackend
    database: Database
    clock: Clock
    rules: Rules
    roots: tuple[str, ...] = field(default=())
    geometry: Callable[[str, Sequence[Extent]], Geometry] = unknown_geometry
    forecast_due: float = 0.0
