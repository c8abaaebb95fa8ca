"""A stage request as something that can be followed."""

from collections.abc import Iterator
from typing import Protocol

from waystation_client.entities import Event, EventPage, Request


class Requests(Protocol):
    """Where stage requests are asked about: the client."""

    def stream(
        self, request_id: int, *, after: int, silence_s: float
    ) -> Iterator[Event | Request | None]:
        """News as they happen."""

    def request(self, request_id: int) -> Request:
        """How it stands."""

    def events(self, request_id: int, *, after: int) -> EventPage:
        """A page of its events."""


class StageNews:
    """A stage request's events and states; `after` is the number of the last event seen."""

    def __init__(self, client: Requests, request_id: int, *, after: int = 0) -> None:
        self._client = client
        self._id = request_id
        self.seen = after
        self.ended = False
        self.next_step = f"way status {request_id} --follow"

    def stream(self, silence_s: float) -> Iterator[Event | Request | None]:
        """Events after the last one seen, and a state after each batch of them."""
        for news in self._client.stream(self._id, after=self.seen, silence_s=silence_s):
            yield None if news is None else self._noted(news)

    def ask(self) -> Iterator[Event | Request]:
        """The events since, and the state (asked before them: its end is no earlier than they)."""
        request = self._client.request(self._id)
        while True:
            page = self._client.events(self._id, after=self.seen)
            for event in page.events:
                yield self._noted(event)
            if page.next_after is None or not page.events:
                break
        yield self._noted(request)

    def _noted(self, news: Event | Request) -> Event | Request:
        if isinstance(news, Event):
            self.seen = max(self.seen, news.seq)
        else:
            self.ended = news.ended
        return news
