"""`/dav/SPACE/PATH`: WebDAV class 1 over spaces, without locks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Space
from waystation.interfaces.dav import asking, giving, listing, xml
from waystation.interfaces.dav.asking import PREFIX, Where
from waystation.interfaces.dav.callers import caller, known, who_are_you
from waystation.interfaces.dav.copying import copy
from waystation.interfaces.dav.digests import Sums, announced
from waystation.interfaces.dav.leaving import ClientGoneError, watched
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_problem
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    UnauthenticatedError,
)

Verb = Callable[[Scope, Receive, Send, Where], Awaitable[None]]
log = logging.getLogger(__name__)

LARGEST_XML = 65_536
BASIC = b'Basic realm="waystation", charset="UTF-8"'


def make(accel: str) -> MakeMouth:
    """For the lane; `accel` is where a proxy in front finds our disks, empty when it does not."""
    return lambda desk: Dav(desk, accel)


class Dav:
    """A `Mouth`."""

    def __init__(self, desk: Desk, accel: str) -> None:
        self._desk = desk
        self._accel = accel.rstrip("/")
        self._hosting = desk.house.hosting
        self._verbs: Mapping[str, Verb] = {
            "GET": self._get,
            "HEAD": self._get,
            "PUT": self._put,
            "DELETE": self._delete,
            "MKCOL": self._mkcol,
            "MOVE": self._move,
            "COPY": self._copy,
            "PROPFIND": self._propfind,
            "PROPPATCH": self._proppatch,
            "OPTIONS": self._options,
        }

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        del headers
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return None
        verb = self._verbs.get(method, self._unknown)

        async def handler(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await verb(scope, receive, send, asking.where(str(scope["path"])))
            except ClientGoneError:
                log.info("the client left before the end of %s", scope["path"])
            except UnauthenticatedError as unknown:
                # File managers know only this way of asking for a name and a password.
                await send_problem(send, unknown, [(b"www-authenticate", BASIC)])

        return handler

    async def _get(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        who = await caller(self._desk, scope, writes=False)
        space, entry = await self._look(who, at)
        if entry.folder:
            raise WrongVerbError(
                "This is a folder.", advice="List it by PROPFIND, or look at it on the page Files."
            )
        storage = self._hosting.spaces.storage(space)
        try:
            file = await asyncio.to_thread(storage.open, at.path)
        except FileNotFoundError as problem:
            raise NotFoundError(
                "The file is not on the disk any more.", advice="Tell the operators."
            ) from problem
        with file, watched(receive, send) as to_client:
            headers: Headers = scope["headers"]  # type: ignore[assignment]
            shown = giving.face(entry, file)
            body = scope["method"] == "GET"
            place = storage.local(at.path) if body and self._may_hand_over(headers) else None
            if place is None:
                await giving.give(to_client, headers, file, shown, body=body)
            else:
                await giving.hand_over(to_client, headers, shown, f"{self._accel}{place}")

    def _may_hand_over(self, headers: Headers) -> bool:
        """Whether the proxy that asks can send files of our disks itself."""
        return bool(self._accel) and (b"x-accel-capable", b"1") in headers

    async def _put(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = known(await caller(self._desk, scope, writes=True))
        if b"content-range" in dict(headers):
            raise MalformedError("A part of a file cannot be put.", advice="Send it whole.")
        condition = asking.condition(headers)
        told = Announced(asking.length(headers), announced(headers), condition)
        ticket = await asyncio.to_thread(
            self._hosting.uploads.begin,
            who,
            at.space,
            at.path,
            bytes_=told.size,
            condition=condition,
            mtime=asking.mtime(headers),
        )
        made, new = await take(self._hosting, ticket, receive, told)
        sums = Sums(made.adler32, made.sha256)
        more = [
            (b"etag", made.etag.encode()),
            (b"repr-digest", sums.rfc9530().encode()),
            (b"digest", sums.rfc3230().encode()),
            *([(b"x-oc-mtime", b"accepted")] if ticket.mtime is not None else []),
        ]
        await _empty(send, 201 if new else 204, more)

    async def _delete(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive
        who = known(await caller(self._desk, scope, writes=True))
        await asyncio.to_thread(self._hosting.files.remove, who, at.space, at.path)
        await _empty(send, 204)

    async def _mkcol(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        who = known(await caller(self._desk, scope, writes=True))
        if await bodies.read(receive, LARGEST_XML):
            await _empty(send, 415)
            return
        if not at.path.strip("/"):
            raise WrongVerbError("Spaces are not made this way.")
        try:
            await asyncio.to_thread(self._hosting.files.make_folder, who, at.space, at.path)
        except ConflictError as taken:
            raise WrongVerbError(taken.sentence) from taken
        await _empty(send, 201)

    async def _move(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = known(await caller(self._desk, scope, writes=True))
        to = asking.destination(headers)
        if to.space != at.space:
            raise ForbiddenError(
                "Files are not moved from one space to another.", advice="Copy, then delete."
            )
        new = await asyncio.to_thread(
            self._hosting.files.move,
            who,
            at.space,
            at.path,
            to.path,
            overwrite=asking.overwrites(headers),
        )
        await _empty(send, 201 if new else 204)

    async def _copy(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = known(await caller(self._desk, scope, writes=True))
        to = asking.destination(headers)
        if to.space != at.space:
            raise ForbiddenError("Files are not copied from one space to another yet.")
        space, entry = await self._look(who, at)
        new = await copy(
            self._hosting,
            who,
            (space, at.path, entry),
            to.path,
            overwrite=asking.overwrites(headers),
            inside=dict(headers).get(b"depth", b"infinity") != b"0",
        )
        await _empty(send, 201 if new else 204)

    async def _propfind(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = await caller(self._desk, scope, writes=False)
        inside = asking.depth(headers) == 1
        names = xml.asked(await bodies.read(receive, LARGEST_XML))
        if not at.space:
            await listing.spaces(send, self._hosting, known(who), names, inside=inside)
            return
        _, entry = await self._look(who, at)
        url = f"{PREFIX}/{at.space}/{at.path}"
        with watched(receive, send) as to_client:
            await listing.entry(to_client, self._hosting, url, entry, names, inside=inside)

    async def _proppatch(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        who = known(await caller(self._desk, scope, writes=True))
        wanted = xml.changes(await bodies.read(receive, LARGEST_XML))
        protected = [name for name in wanted if name.startswith(f"{{{xml.DAV}}}")]
        if not protected:
            await asyncio.to_thread(self._hosting.files.keep, who, at.space, at.path, wanted)
        # All or nothing: with one that only we write the others are not written either.
        good = "424 Failed Dependency" if protected else "200 OK"
        told = {n: "403 Forbidden" if n in protected else good for n in wanted}
        answer = xml.patched(f"{PREFIX}/{at.space}/{at.path}", told)
        await listing.whole(send, answer)

    async def _options(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del scope, receive, at
        allow = ", ".join(self._verbs).encode()
        await _empty(send, 200, [(b"dav", b"1"), (b"allow", allow), (b"ms-author-via", b"DAV")])

    async def _unknown(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        del receive, at
        problem = WrongVerbError(f"{scope['method']} is not done here.")
        await send_problem(send, problem, [(b"allow", ", ".join(self._verbs).encode())])

    async def _look(self, who: Grant | None, at: Where) -> tuple[Space, Entry]:
        try:
            return await asyncio.to_thread(self._hosting.files.look, who, at.space, at.path)
        except NotFoundError as problem:
            raise who_are_you(who, problem) from problem


async def _empty(send: Send, status: int, more: Headers | None = None) -> None:
    headers = [
        (b"content-length", b"0"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
