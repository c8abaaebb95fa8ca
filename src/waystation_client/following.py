"""Following a request until it ends: by the event stream, or by asking when that does not work."""

import time
from collections.abc import Callable, Iterator

from waystation_client.client import Client
from waystation_client.entities import Event, Request
from waystation_client.errors import LimitReachedError, TimedOutError, UnavailableError

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_SILENCE_S = 45.0
_STREAM_TRIES = 3


class Follower:
    """Yields a request's events and states until it ends.

    A stream that breaks is opened again where it stopped. After `_STREAM_TRIES` streams that
    brought nothing (a proxy that holds them back) it only asks, first each second, then each
    15 s. A server that is away is waited for: staging takes hours, and restarts happen.
    """

    def __init__(
        self,
        client: Client,
        request_id: int,
        *,
        after: int = 0,
        timeout_s: float | None = None,
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._id = request_id
        self._after = after
        self._pause = pause
        self._monotonic = monotonic
        self._until = None if timeout_s is None else monotonic() + timeout_s
        self._ended = False
        self._empty_streams = 0

    def __iter__(self) -> Iterator[Event | Request]:
        """Yield until the request has ended.

        Raises:
            TimedOutError: `timeout_s` passed.
            WaystationError: The request is not there, or not ours to see.
        """
        idle_s = _FIRST_PAUSE_S
        while True:
            seen_before = self._after
            yield from self._round()
            if self._ended:
                return
            idle_s = (
                _FIRST_PAUSE_S
                if self._after > seen_before
                else min(idle_s * 1.6, _LONGEST_PAUSE_S)
            )
            self._pause(min(idle_s, self._left_s()))

    def _round(self) -> Iterator[Event | Request]:
        """One stream (while streams work), then one look at the whole."""
        if self._empty_streams < _STREAM_TRIES:
            yield from self._streamed()
        if self._ended:
            return
        try:
            yield from self._asked()
        except (UnavailableError, LimitReachedError):
            self._check_time()

    def _streamed(self) -> Iterator[Event | Request]:
        self._empty_streams += 1
        silence_s = min(_SILENCE_S, self._left_s())
        try:
            stream = self._client.stream(self._id, after=self._after, silence_s=silence_s)
            for news in stream:
                self._empty_streams = 0
                self._check_time()
                if news is not None:
                    yield self._seen(news)
                if self._ended:
                    return
        except (UnavailableError, LimitReachedError):
            self._check_time()

    def _asked(self) -> Iterator[Event | Request]:
        request = self._client.request(self._id)
        while True:
            page = self._client.events(self._id, after=self._after)
            for event in page.events:
                yield self._seen(event)
            if page.next_after is None or not page.events:
                break
        yield self._seen(request)
        self._check_time()

    def _seen(self, news: Event | Request) -> Event | Request:
        if isinstance(news, Event):
            self._after = max(self._after, news.seq)
        else:
            self._ended = news.ended
        return news

    def _left_s(self) -> float:
        return float("inf") if self._until is None else max(self._until - self._monotonic(), 0.05)

    def _check_time(self) -> None:
        if self._until is not None and self._monotonic() >= self._until and not self._ended:
            raise TimedOutError(
                "The time given with --timeout passed before the request ended.",
                next_step=f"The request goes on. Come back with: way status {self._id} --follow",
            )
