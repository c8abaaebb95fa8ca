"""What goes wrong with Globus, on order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from waystation_sim.site.faults import FaultError

_COUNTED = {"globus-429": "limited", "globus-503": "away", "globus-lost": "lost"}
_SETS = {"globus-down": "down", "globus-pause": "paused", "globus-corrupt": "corrupt"}


@dataclass(slots=True)
class Trouble:
    """How it misbehaves now.

    Attributes:
        limited: how many of the next calls are answered 429.
        away: how many of the next calls are answered 503.
        lost: how many of the next calls are carried out and answered 502.
        down: collections that do not answer.
        paused: collections whose tasks stand still.
        corrupt: endings of names whose bytes arrive otherwise than they were read.
        refused: codes of faults, by endings of names that cannot be moved.
        full: nobody may submit another task.
        stale: every token of now is forgotten at the next call.
        inactive: tasks of now lose their credentials at the next turn.
    """

    limited: int = 0
    away: int = 0
    lost: int = 0
    down: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    corrupt: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    full: bool = False
    stale: bool = False
    inactive: bool = False

    def carry_out(self, order: Mapping[str, object]) -> None:
        """Begin one kind of trouble, or end all with `globus-well`.

        Raises:
            FaultError: there is no such kind.
        """
        kind, name = str(order.get("kind")), str(order.get("name", ""))
        if kind in _COUNTED:
            setattr(self, _COUNTED[kind], int(str(order.get("calls", 1))))
        elif kind in _SETS:
            getattr(self, _SETS[kind]).add(name)
        elif kind == "globus-refuse":
            self.refused[name] = str(order.get("state", "PERMISSION_DENIED"))
        elif kind in {"globus-full", "globus-stale", "globus-inactive"}:
            setattr(self, kind.removeprefix("globus-"), True)
        elif kind == "globus-well":
            self.mend()
        else:
            msg = f"no fault of Globus is called {kind}"
            raise FaultError(msg)

    def mend(self) -> None:
        """Let everything be well again."""
        fresh = Trouble()
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def take(self, kind: str) -> bool:
        """Whether the next call meets this counted trouble; counts it off."""
        left = int(getattr(self, kind))
        if left:
            setattr(self, kind, left - 1)
        return left > 0

    def met(self, path: str) -> str | None:
        """The code of the fault that a file meets."""
        return next((code for end, code in self.refused.items() if path.endswith(end)), None)
