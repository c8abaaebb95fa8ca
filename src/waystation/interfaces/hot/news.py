"""News for open streams: one listening connection a process, handed to whoever follows."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator

import psycopg

from waystation.domains.accounts.door import GRANTS_CHANNEL
from waystation.domains.jobs.door import CHANNEL as JOBS_CHANNEL
from waystation.domains.staging.door import LIBRARY_CHANNEL, REQUEST_CHANNEL

log = logging.getLogger(__name__)

_AGAIN_S = 1.0


class News:
    """Who follows what. A follower's event is set when there is something new to read."""

    def __init__(self, dsn: str, on_grants: Callable[[], None]) -> None:
        self._dsn = dsn
        self._on_grants = on_grants
        self._followers: dict[str, set[asyncio.Event]] = {}
        self.closing = asyncio.Event()

    @contextlib.contextmanager
    def follow(self, what: str) -> Iterator[asyncio.Event]:
        """An event for news of a request (`r<id>`), of one of jobs (`j<id>`), of the `library`."""
        event = asyncio.Event()
        self._followers.setdefault(what, set()).add(event)
        try:
            yield event
        finally:
            left = self._followers[what]
            left.discard(event)
            if not left:
                del self._followers[what]

    async def listen(self) -> None:
        """Listen until cancelled; a lost connection is made again, followers then look once."""
        while True:
            try:
                await self._listen_once()
            except psycopg.OperationalError:
                log.info("the listening connection was lost; again")
                await asyncio.sleep(_AGAIN_S)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, application_name="waystation-news"
        ) as conn:
            for channel in (REQUEST_CHANNEL, LIBRARY_CHANNEL, JOBS_CHANNEL, GRANTS_CHANNEL):
                await conn.execute(f"LISTEN {channel}".encode())
            self._on_grants()
            for followers in self._followers.values():
                _set(followers)
            async for told in conn.notifies():
                self._hand_on(told.channel, told.payload)

    def _hand_on(self, channel: str, payload: str) -> None:
        if channel == GRANTS_CHANNEL:
            self._on_grants()
        elif channel == LIBRARY_CHANNEL:
            _set(self._followers.get("library", set()))
        elif channel == JOBS_CHANNEL:
            _set(self._followers.get(f"j{payload}", set()))
        else:
            _set(self._followers.get(f"r{payload}", set()))
            _set(self._followers.get("library", set()))


def _set(events: set[asyncio.Event]) -> None:
    for event in events:
        event.set()
