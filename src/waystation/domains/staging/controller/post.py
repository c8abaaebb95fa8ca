"""What a step works with."""

from dataclasses import dataclass, field

from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.rules import Rules
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


@dataclass(slots=True)
class Post:
    """One tape system's steps and what they need.

    Attributes:
        name: of the back end in the settings.
        kind: of tape system.
        backend: the tape system.
        roots: roots of its stores, for free-space questions.
    """

    name: str
    kind: str
    backend: TapeBackend
    database: Database
    clock: Clock
    rules: Rules
    roots: tuple[str, ...] = field(default=())
