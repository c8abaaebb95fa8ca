"""What goes wrong with ScoutAM itself, on order: refused tokens, errors, silence, lost news."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waystation_sim.site.faults import FaultError

EVERY_NODE = "all"

COUNTED = {
    "scout-403": "forbidden",
    "scout-500": "errors",
    "scout-mute": "mute",
    "scout-health": "health",
    "news-lost": "lost",
    "news-doubled": "doubled",
}
"""Kinds of trouble whose number is given as `calls`, by the name of what they set."""


@dataclass(slots=True)
class Slips:
    """How ScoutAM misbehaves now.

    Attributes:
        forbidden: how many of the next calls are answered 403 whatever their token.
        errors: how many of the next calls are answered 500.
        mute: how many of the next calls are carried out and never answered.
        delays: seconds before an answer, by node number or "all".
        hanging: nodes (or "all") that take calls and never answer.
        log: file to which calls are written, a line each; None = nowhere.
        lost: how many of the next messages are not sent.
        doubled: how many of the next messages are sent twice.
        health: what fscache says: 0 unknown, 1 ok, 2 warning, 3 error.
        late_s: seconds by which messages are held back.
    """

    forbidden: int = 0
    errors: int = 0
    mute: int = 0
    delays: dict[str, float] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    log: Path | None = None
    lost: int = 0
    doubled: int = 0
    health: int = 1
    late_s: float = 0.0

    def carry_out(self, order: Mapping[str, object]) -> None:
        """Begin or end one kind of trouble.

        Raises:
            FaultError: there is no such kind.
        """
        kind = str(order.get("kind"))
        node = str(order.get("name", EVERY_NODE))
        if kind in COUNTED:
            setattr(self, COUNTED[kind], int(str(order.get("calls", 1))))
            return
        match kind:
            case "scout-slow":
                self.delays[node] = float(str(order.get("seconds", 0)))
            case "scout-hang":
                self.hanging.add(node)
            case "scout-answer":
                self.hanging.discard(node)
            case "scout-log":
                self.log = Path(node) if "name" in order else None
            case "news-late":
                self.late_s = float(str(order.get("seconds", 0)))
            case _:
                msg = f"no fault of ScoutAM is called {kind}"
                raise FaultError(msg)

    def record(self, line: str) -> None:
        """Write down a call, if that was ordered."""
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(line + "\n")

    def delay_s(self, node: str) -> float:
        """Seconds that a node waits before it answers."""
        return self.delays.get(node, self.delays.get(EVERY_NODE, 0.0))

    def hangs(self, node: str) -> bool:
        """Whether a node is silent."""
        return bool(self.hanging & {node, EVERY_NODE})

    def take(self, kind: str) -> bool:
        """Whether the next call or message meets this counted trouble; counts it off."""
        left = int(getattr(self, kind))
        if left:
            setattr(self, kind, left - 1)
        return left > 0
