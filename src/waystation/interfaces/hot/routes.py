"""What the hot lane answers: per-file status, submit, request status, the live streams."""

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.door import items, known_file, requests
from waystation.interfaces.hot.bodies import StageBody, parse
from waystation.interfaces.hot.news import News
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.hot.streams import message, paced
from waystation.interfaces.services import Services
from waystation.interfaces.wire import SubmittedWire
from waystation.interfaces.wire_jobs import JobRequestWire
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError

_PACE_S = 0.5
_LIBRARY_PACE_S = 1.0
_STORES_S = 30.0


class Routes:
    """Handlers; each gets a recognised caller."""

    def __init__(self, house: Services, pool: HotPool, news: News) -> None:
        self._house = house
        self._pool = pool
        self._news = news
        self._stores: dict[str, StoreInfo] = {}
        self._stores_until = 0.0

    async def file_status(self, who: Grant, query: bytes) -> object:
        """One file: what we hold, else (rarely) what the tape system says."""
        _need_read(who)
        asked = parse_qs(query.decode(), keep_blank_values=True)
        path = asked.get("path", [""])[0]
        where = await self._store(who, asked.get("store", [""])[0])
        found = await self._pool.rows(items.file(where.id, path))
        if found:
            return known_file(found[0])
        views = await asyncio.to_thread(self._house.staging.file_views, where, [path])
        return views[0]

    async def request(self, who: Grant, request_id: int) -> object:
        """One request."""
        return requests.view(await self._own(who, request_id))

    async def submit(self, who: Grant, body: bytearray) -> tuple[int, object]:
        """Take a request in: parsed, checked and written in a thread, answered once durable.

        The body is emptied: a million paths are not kept twice.
        """
        return await asyncio.to_thread(self._submit, who, body)

    async def follow_request(
        self, who: Grant, request_id: int, after: int
    ) -> AsyncIterator[bytes]:
        """A request's events as they come, and its status after each batch of them."""
        await self._own(who, request_id)
        return self._request_news(request_id, after)

    async def follow_library(self, who: Grant) -> AsyncIterator[bytes]:
        """Drives and queue, at each change."""
        _need_read(who)
        staging = self._house.staging
        return self._pictures("library", "library", _LIBRARY_PACE_S, lambda: staging.library(who))

    async def follow_jobs(self, who: Grant, request_id: int) -> AsyncIterator[bytes]:
        """How a request of jobs stands, at each change."""

        def look() -> JobRequestWire:
            return JobRequestWire(self._house.jobs.request(who, request_id), made=False)

        await asyncio.to_thread(look)  # refused before the stream begins
        return self._pictures(f"j{request_id}", "status", _PACE_S, look)

    async def _request_news(self, request_id: int, after: int) -> AsyncIterator[bytes]:
        with self._news.follow(f"r{request_id}") as event:
            async for fresh in paced(event, _PACE_S):
                if not fresh:
                    yield b": still here\n\n"
                    continue
                found = await self._pool.rows(items.events(request_id, after=after, limit=500))
                for each in map(items.event, found):
                    after = each.seq
                    yield message(each.kind, each, each.seq)
                view = requests.view((await self._pool.rows(requests.one(request_id)))[0])
                yield message("status", view)

    async def _pictures(
        self, what: str, kind: str, pace_s: float, look: Callable[[], object]
    ) -> AsyncIterator[bytes]:
        """The whole as it is now, at each news of it."""
        with self._news.follow(what) as event:
            async for fresh in paced(event, pace_s):
                if fresh:
                    yield message(kind, await asyncio.to_thread(look))
                else:
                    yield b": still here\n\n"

    def _submit(self, who: Grant, body: bytearray) -> tuple[int, object]:
        asked = parse(body, StageBody)
        body.clear()
        store = asked.store or ""
        if asked.dataset is not None:
            if asked.paths:
                raise MalformedError("Give paths or a dataset, not both.")
            paths = self._house.catalogue.dataset_paths(who, store, asked.dataset)
        else:
            paths = asked.paths or []
        done = self._house.staging.submit(who, asked.ask(paths, store))
        return 201 if done.made else 200, SubmittedWire.of(done)

    async def _own(self, who: Grant, request_id: int) -> dict[str, object]:
        _need_read(who)
        found = await self._pool.rows(requests.one(request_id))
        if not found or not (who.admin or found[0]["owner_id"] == who.user_id):
            raise NotFoundError(f"There is no stage request {request_id}.")
        return found[0]

    async def _store(self, who: Grant, name: str) -> StoreInfo:
        """A store by name, remembered for half a minute; rights are asked each time."""
        now_s = asyncio.get_running_loop().time()
        if now_s > self._stores_until:
            found = await asyncio.to_thread(self._house.catalogue.every_store)
            self._stores = {s.name: s for s in found}
            self._stores_until = now_s + _STORES_S
        where = self._stores.get(name) if name else None
        if where is None or not who.may_read(where.readers):
            return await asyncio.to_thread(self._house.catalogue.store, who, name)
        return where


def _need_read(who: Grant) -> None:
    if Scope.READ not in who.scopes:
        raise ForbiddenError("This token is not for reading.", advice="Make one that is.")
