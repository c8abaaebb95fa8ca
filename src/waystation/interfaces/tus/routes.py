"""`/tus/SPACE/`: tus 1.0 with creation (with bytes too), checksum, termination, expiration."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import NoParentError, Received, Ticket
from waystation.interfaces.dav.asking import condition, length
from waystation.interfaces.dav.callers import known
from waystation.interfaces.dav.digests import Sums
from waystation.interfaces.dav.ranges import http_date
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_problem
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.interfaces.tus import asking, form
from waystation.interfaces.tus.asking import PREFIX, VERSION, Where
from waystation.interfaces.tus.taking import Held, Piece, hold, pour, store
from waystation.kernel import tracing
from waystation.kernel.errors import ConflictError, NotFoundError, WaystationError

Verb = Callable[[Scope, Receive, Send, Where], Awaitable[None]]
_ID = re.compile(r"[0-9a-f]{32}")
_SPEAKS = (b"tus-resumable", VERSION)
_EXTENSIONS = b"creation,creation-with-upload,checksum,termination,expiration"


def make() -> MakeMouth:
    """For the lane."""
    return Tus


class Tus:
    """A `Mouth`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hosting = desk.house.hosting
        self._verbs: Mapping[str, Verb] = {
            "POST": self._create,
            "HEAD": self._head,
            "PATCH": self._patch,
            "DELETE": self._delete,
            "OPTIONS": self._options,
        }

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        del headers
        if not path.startswith(f"{PREFIX}/"):
            return None
        if method == "POST" and asking.where(path).name == form.NAME:
            return self._form
        verb = self._verbs.get(method, self._unknown)

        async def handler(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await verb(scope, receive, send, asking.where(str(scope["path"])))
            except WaystationError as refusal:
                await send_problem(send, refusal, [_SPEAKS, (b"tus-version", VERSION)])

        return handler

    async def _create(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        headers, who = await self._asked(scope, at)
        if at.name:
            raise WrongVerbError("An upload is sent by PATCH.")
        size, said = asking.number(headers, b"upload-length"), asking.metadata(headers)
        ticket = await asyncio.to_thread(self._begin, who, at, headers, size, said)
        name = ticket.part.removesuffix(".part")
        held = await self._hold(who, Where(at.space, name))
        try:
            if asking.has_piece(headers):
                piece = Piece(0, length(headers), asking.checksum(headers))
                await pour(self._hosting, held, receive, piece)
            made = await store(self._hosting, held) if held.whole else None
        finally:
            await held.close()
        location = (b"location", f"{PREFIX}/{at.space}/{name}".encode())
        await _empty(send, 201, [location, *_told(held), *_stored(made)])

    def _begin(
        self, who: Grant, at: Where, headers: Headers, size: int, said: dict[str, str]
    ) -> Ticket:
        """The row; folders on the way are made when they are not there."""
        path, when, mtime = asking.path(said), condition(headers), asking.mtime(said)
        uploads = self._hosting.uploads

        def begin() -> Ticket:
            return uploads.begin(
                who, at.space, path, bytes_=size, condition=when, mtime=mtime, resumable=True
            )

        try:
            return begin()
        except NoParentError:
            self._hosting.files.make_way(who, at.space, path)
            return begin()

    async def _head(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive
        _, who = await self._asked(scope, at)
        _must_name(at)
        found = await asyncio.to_thread(
            self._hosting.resuming.find, who, at.space, f"{at.name}.part"
        )
        if isinstance(found, Received):
            await _empty(send, 200, _far(found.size, found.size))
            return
        came = await asyncio.to_thread(self._hosting.resuming.came, found)
        if came < found.size:
            await _empty(send, 200, [*_far(came, found.size), _until(found.expires)])
            return
        # The request that brought the last bytes died before it stored them.
        held = await hold(self._hosting, who, at)
        if isinstance(held, Held):
            try:
                await store(self._hosting, held)
            finally:
                await held.close()
        await _empty(send, 200, _far(found.size, found.size))

    async def _patch(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        headers, who = await self._asked(scope, at)
        asking.media(headers)
        _must_name(at)
        offset = asking.number(headers, b"upload-offset")
        piece = Piece(offset, length(headers), asking.checksum(headers))
        held = await hold(self._hosting, who, at)
        if isinstance(held, Received):
            if offset != held.size:
                raise ConflictError("This upload is stored already.")
            await _empty(send, 204, [(b"upload-offset", b"%d" % offset)])
            return
        try:
            await pour(self._hosting, held, receive, piece)
            made = await store(self._hosting, held) if held.whole else None
        finally:
            await held.close()
        await _empty(send, 204, [*_told(held), *_stored(made)])

    async def _delete(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive
        _, who = await self._asked(scope, at)
        held = await self._hold(who, at)
        try:
            await asyncio.to_thread(self._hosting.uploads.abort, held.pending.ticket)
        finally:
            await held.close()
        await _empty(send, 204, [])

    async def _options(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del scope, receive, at
        speaks = [
            (b"tus-version", VERSION),
            (b"tus-extension", _EXTENSIONS),
            (b"tus-checksum-algorithm", ",".join(asking.ALGORITHMS).encode()),
        ]
        await _empty(send, 204, speaks)

    async def _form(self, scope: Scope, receive: Receive, send: Send) -> None:
        await form.take(self._desk, scope, receive, send, asking.where(str(scope["path"])).space)

    async def _unknown(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive, send, at
        raise WrongVerbError(f"{scope['method']} is not done here.")

    async def _asked(self, scope: Scope, at: Where) -> tuple[Headers, Grant]:
        """The headers of a request that speaks tus, and its caller."""
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        callers = self._desk.callers
        who = known(await callers.of(scope, writes=True, space=at.space, limited=True))
        asking.version(headers)
        return headers, who

    async def _hold(self, who: Grant, at: Where) -> Held:
        _must_name(at)
        held = await hold(self._hosting, who, at)
        if isinstance(held, Received):
            raise ConflictError("This upload is stored already.")
        return held


def _must_name(at: Where) -> None:
    if not _ID.fullmatch(at.name):
        raise NotFoundError("There is no such upload.", advice="Begin it again.")


def _far(offset: int, size: int) -> Headers:
    return [(b"upload-offset", b"%d" % offset), (b"upload-length", b"%d" % size)]


def _until(expires: datetime) -> tuple[bytes, bytes]:
    return (b"upload-expires", http_date(expires).encode())


def _told(held: Held) -> Headers:
    return [(b"upload-offset", b"%d" % held.offset), _until(held.pending.expires)]


def _stored(made: tuple[Entry, bool] | None) -> Headers:
    """What is known of the file, when it was made."""
    if made is None:
        return []
    sums = Sums(made[0].adler32, made[0].sha256)
    return [(b"etag", made[0].etag.encode()), (b"repr-digest", sums.rfc9530().encode())]


async def _empty(send: Send, status: int, more: Headers) -> None:
    headers = [
        _SPEAKS,
        (b"cache-control", b"no-store"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *([] if status == 204 else [(b"content-length", b"0")]),  # noqa: PLR2004 - No Content
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
