"""Following something until it ends: by its event stream, or by asking when that does not work."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from waystation_client.errors import LimitReachedError, TimedOutError, UnavailableError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_SILENCE_S = 45.0
_STREAM_TRIES = 3


class Followed(Protocol[T_co]):
    """What can be followed; it remembers what of it was seen."""

    @property
    def seen(self) -> object:
        """Another value whenever something new was seen."""

    @property
    def ended(self) -> bool:
        """Whether the end was seen."""

    def stream(self, silence_s: float) -> Iterator[T_co | None]:
        """One stream of news from what was seen on; None is a sign of life."""

    def ask(self) -> Iterator[T_co]:
        """The news that there are now."""

    @property
    def next_step(self) -> str:
        """How a person comes back to it."""


class Follower(Generic[T]):
    """Yields news of something until it ends.

    A stream that breaks is opened again where it stopped. After `_STREAM_TRIES` streams that
    brought nothing (a proxy that holds them back) it only asks, first each second, then each
    15 s. A server that is away is waited for: staging takes hours, and restarts happen.
    """

    def __init__(
        self,
        followed: Followed[T],
        *,
        timeout_s: float | None = None,
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._followed = followed
        self._pause = pause
        self._monotonic = monotonic
        self._until = None if timeout_s is None else monotonic() + timeout_s
        self._empty_streams = 0

    def __iter__(self) -> Iterator[T]:
        """Yield until the end.

        Raises:
            TimedOutError: `timeout_s` passed.
            WaystationError: It is not there, or not ours to see.
        """
        idle_s = _FIRST_PAUSE_S
        while True:
            before = self._followed.seen
            yield from self._round()
            if self._followed.ended:
                return
            moved = self._followed.seen != before
            idle_s = _FIRST_PAUSE_S if moved else min(idle_s * 1.6, _LONGEST_PAUSE_S)
            self._pause(min(idle_s, self._left_s()))

    def _round(self) -> Iterator[T]:
        """One stream (while streams work), then one look at the whole."""
        if self._empty_streams < _STREAM_TRIES:
            yield from self._streamed()
        if self._followed.ended:
            return
        with contextlib.suppress(UnavailableError, LimitReachedError):
            yield from self._followed.ask()
        self._check_time()

    def _streamed(self) -> Iterator[T]:
        self._empty_streams += 1
        try:
            for news in self._followed.stream(min(_SILENCE_S, self._left_s())):
                self._empty_streams = 0
                self._check_time()
                if news is not None:
                    yield news
                if self._followed.ended:
                    return
        except (UnavailableError, LimitReachedError):
            self._check_time()

    def _left_s(self) -> float:
        return float("inf") if self._until is None else max(self._until - self._monotonic(), 0.05)

    def _check_time(self) -> None:
        late = self._until is not None and self._monotonic() >= self._until
        if late and not self._followed.ended:
            raise TimedOutError(
                "The time given with --timeout passed before the end.",
                next_step=f"It goes on. Come back with: {self._followed.next_step}",
            )
