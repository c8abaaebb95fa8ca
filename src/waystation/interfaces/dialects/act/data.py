"""Bytes of jobs: inputs that clients upload, and what jobs left."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import ALWAYS
from waystation.domains.jobs.door import safe
from waystation.interfaces.dav import asking as dav
from waystation.interfaces.dav import giving
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.dialects.act import translate
from waystation.interfaces.dialects.act.asking import Asking, Found, Wanted
from waystation.interfaces.dialects.act.call import RefusalError, Reply, told
from waystation.interfaces.dialects.act.results import Results, Stored, Told
from waystation.interfaces.mouths import Headers, Receive, Scope, Send
from waystation.interfaces.services import Services

_BYTES = b"application/octet-stream"


class Data:
    """The calls that move files."""

    def __init__(self, house: Services, asking: Asking) -> None:
        self._hosting = house.hosting
        self._asking = asking
        self._results = Results(house)

    async def put(
        self, who: Grant, number: int, name: str, scope: Scope, receive: Receive
    ) -> Reply:
        """An input of a job that is not confirmed yet; again is in its place."""
        job = await self._job(who, number, status=400)
        if job.kept.request_id is not None:
            raise RefusalError(409, f"Job {number} is submitted already")
        if not safe(name):
            raise RefusalError(400, "A file name is a path below the job's folder, without '..'")
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        size, path = dav.length(headers), f"{job.kept.folder}/in/{name}"
        await asyncio.to_thread(self._hosting.files.make_way, who, job.kept.space, path)
        ticket = await asyncio.to_thread(
            self._hosting.uploads.begin, who, job.kept.space, path, bytes_=size
        )
        await take(self._hosting, ticket, receive, Announced(size, {}, ALWAYS))
        return Reply(204)

    async def get(self, who: Grant, number: int, name: str, send: Send) -> Reply | None:
        """A folder of the results, when it ends with a slash or is all of them; or a file."""
        job = await self._kept(who, number)
        if not name or name.endswith("/"):
            return told(await asyncio.to_thread(self._results.listing, who, job, name.rstrip("/")))
        found = await asyncio.to_thread(self._results.one, who, job, name)
        return await self._give(found, send)

    async def zip(self, who: Grant, number: int) -> Reply:
        """All of it."""
        job = await self._kept(who, number)
        pieces = await asyncio.to_thread(self._results.zipped, who, job)
        if pieces is None:
            return Reply(204)
        name = f"attachment; filename=act{number}.zip".encode()
        more = [(b"content-disposition", name)]
        return Reply(200, parts=_parts(pieces), media=b"application/zip", headers=more)

    async def stream(self, who: Grant, number: int, name: str, send: Send) -> Reply | None:
        """What a job writes, also while it runs; or another file that it left."""
        job = await self._job(who, number, status=404)
        found = self._results.stream(who, job, name) if job.kept.request_id else None
        if found is None:
            return await self.get(who, number, name, send)
        return await self._give(found, send)

    async def _give(self, found: Stored | Told, send: Send) -> Reply | None:
        if isinstance(found, Told):
            return Reply(200, parts=_parts(found.pieces()), media=_BYTES)
        storage = self._hosting.spaces.storage(found.space)
        try:
            file = await far(storage.open, found.path, found.entry)
        except FileNotFoundError as problem:
            raise RefusalError(404, "The file is not on the disk any more") from problem
        with file:
            shown = giving.face(found.entry, file, nearline=storage.nearline)
            await giving.give(send, [], file, shown, body=True)
        return None

    async def _kept(self, who: Grant, number: int) -> Found:
        """A job that has results.

        Raises:
            RefusalError: it has none, or is none of the caller's.
        """
        job = await self._job(who, number, status=404)
        if job.state not in translate.KEPT:
            raise RefusalError(404, "Results for job not found")
        return job

    async def _job(self, who: Grant, number: int, *, status: int) -> Found:
        found = await asyncio.to_thread(self._asking.find, who, Wanted([number]))
        if not found:
            raise RefusalError(status, f"Client Job ID {number} does not exist")
        return found[0]


async def _parts(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (part := await asyncio.to_thread(partial(next, pieces, None))) is not None:
        if part:
            yield part
