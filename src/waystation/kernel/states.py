"""The life of a thing as a table: for every state its exits, who moves it on, and by when.

Tests walk the tables; stores ask `Machine.sources` to write compare-and-set conditions, so that an
illegal move is impossible in SQL, not merely forbidden in Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Rule:
    """What may follow a state, and who is late when nothing does.

    Attributes:
        exits: the states that may follow.
        owner: the step that moves it on; empty for final states.
        deadline: after this long in the state something is wrong and shown; None when final or
            when the thing may wait for ever by design.
    """

    exits: frozenset[IntEnum]
    owner: str = ""
    deadline: timedelta | None = None

    @property
    def final(self) -> bool:
        """Nothing follows."""
        return not self.exits


@dataclass(frozen=True, slots=True)
class Machine:
    """A named table of rules."""

    name: str
    rules: Mapping[IntEnum, Rule]

    def sources(self, target: IntEnum) -> list[int]:
        """The states from which `target` may be entered, as stored."""
        return sorted(int(s) for s, rule in self.rules.items() if target in rule.exits)

    def allows(self, old: IntEnum, new: IntEnum) -> bool:
        """Whether `old` may become `new`."""
        return new in self.rules[old].exits

    def final(self) -> list[int]:
        """The states that nothing follows, as stored."""
        return sorted(int(s) for s, rule in self.rules.items() if rule.final)

    def open(self) -> list[int]:
        """The states that something must still follow, as stored."""
        return sorted(int(s) for s, rule in self.rules.items() if not rule.final)


def rule(*exits: IntEnum, owner: str = "", deadline: timedelta | None = None) -> Rule:
    """A row of a table, short enough to read as one."""
    return Rule(frozenset(exits), owner, deadline)
