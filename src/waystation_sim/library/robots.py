"""The robots: a few arms shared by all drives, first come first served."""

from collections import deque
from collections.abc import Callable
from functools import partial

from waystation_sim.library.timeline import Timeline


class Move:
    """One movement of a cartridge, waiting for an arm or under way."""

    __slots__ = ("seconds", "then")

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        self.seconds = seconds
        self.then: Callable[[], None] | None = then

    def abandon(self) -> None:
        """Nobody waits for it any more; an arm that has begun finishes all the same."""
        self.then = None


class Robots:
    """The arms of one library."""

    def __init__(self, timeline: Timeline, arms: int) -> None:
        self._timeline = timeline
        self._free = arms
        self._waiting: deque[Move] = deque()

    def carry(self, seconds: float, then: Callable[[], None]) -> Move:
        """Carry for `seconds` as soon as an arm is free, then call `then`."""
        move = Move(seconds, then)
        self._waiting.append(move)
        self._begin()
        return move

    def _begin(self) -> None:
        while self._free and self._waiting:
            move = self._waiting.popleft()
            if move.then is None:
                continue
            self._free -= 1
            self._timeline.after(move.seconds, partial(self._end, move))

    def _end(self, move: Move) -> None:
        self._free += 1
        if move.then is not None:
            move.then()
        self._begin()
