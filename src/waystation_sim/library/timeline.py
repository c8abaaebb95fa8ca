"""Virtual time: what will happen next, in order."""

import heapq
from collections.abc import Callable
from itertools import count


class Entry:
    """Something that will happen; `withdraw` it while it has not."""

    __slots__ = ("action", "at", "turn")

    def __init__(self, at: float, turn: int, action: Callable[[], None]) -> None:
        self.at = at
        self.turn = turn
        self.action: Callable[[], None] | None = action

    def __lt__(self, other: "Entry") -> bool:
        return (self.at, self.turn) < (other.at, other.turn)

    def withdraw(self) -> None:
        """Make it never happen."""
        self.action = None


class Timeline:
    """A heap of entries; equal times happen in the order in which they were planned."""

    def __init__(self, start: float) -> None:
        self.now = start
        self._heap: list[Entry] = []
        self._turns = count()

    def after(self, delay: float, action: Callable[[], None]) -> Entry:
        """Let `action` happen `delay` seconds from now."""
        return self.at(self.now + delay, action)

    def at(self, when: float, action: Callable[[], None]) -> Entry:
        """Let `action` happen at `when`, which must not lie in the past."""
        entry = Entry(when, next(self._turns), action)
        heapq.heappush(self._heap, entry)
        return entry

    def next_at(self) -> float | None:
        """Time of the next entry, None if nothing is planned."""
        while self._heap and self._heap[0].action is None:
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def run(self, until: float) -> None:
        """Let everything up to and including `until` happen, and set the time to it.

        With `until` infinite the time stays at the last entry.
        """
        heap = self._heap
        while heap and heap[0].at <= until:
            entry = heapq.heappop(heap)
            action = entry.action
            if action is not None:
                self.now = entry.at
                entry.action = None
                action()
        if until != float("inf"):
            self.now = max(self.now, until)
