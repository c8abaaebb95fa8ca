"""What goes wrong with FTS, on order."""

from collections.abc import Mapping
from dataclasses import dataclass

from waystation_sim.site.faults import FaultError

_COUNTED = {"fts-503": "away", "fts-lost": "lost", "fts-419": "undelegated"}


@dataclass(slots=True)
class Trouble:
    """How it misbehaves now.

    Attributes:
        away: how many of the next calls are answered 503.
        lost: how many of the next calls are carried out and answered 502.
        undelegated: how many of the next submissions find no delegated proxy.
        still: nothing moves; jobs wait.
        staging: what is submitted now waits for tape.
    """

    away: int = 0
    lost: int = 0
    undelegated: int = 0
    still: bool = False
    staging: bool = False

    def carry_out(self, order: Mapping[str, object]) -> None:
        """Begin one kind of trouble, or end all with `fts-well`.

        Raises:
            FaultError: there is no such kind.
        """
        kind = str(order.get("kind"))
        if kind in _COUNTED:
            setattr(self, _COUNTED[kind], int(str(order.get("calls", 1))))
        elif kind in {"fts-still", "fts-staging"}:
            setattr(self, kind.removeprefix("fts-"), True)
        elif kind == "fts-well":
            fresh = Trouble()
            for name in self.__slots__:
                setattr(self, name, getattr(fresh, name))
        else:
            msg = f"no fault of FTS is called {kind}"
            raise FaultError(msg)

    def take(self, kind: str) -> bool:
        """Whether the next call meets this counted trouble; counts it off."""
        left = int(getattr(self, kind))
        if left:
            setattr(self, kind, left - 1)
        return left > 0
