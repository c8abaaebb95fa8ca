"""`/dav/SPACE/PATH`: WebDAV class 1 over spaces, without locks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from waystation.domains.accounts.door import Grant
from waystation.domains.accounts.door import Verb as Right
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import OnTapeError, Remotes, Role, Space
from waystation.domains.hosting.door import names as names_of
from waystation.interfaces.dav import asking, giving, listing, markers, nearline, thirdparty, xml
from waystation.interfaces.dav.asking import PREFIX, Where
from waystation.interfaces.dav.callers import caller, known, who_are_you
from waystation.interfaces.dav.copying import copy
from waystation.interfaces.dav.digests import Sums, announced
from waystation.interfaces.dav.leaving import ClientGoneError, watched
from waystation.interfaces.dav.listing import Found
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.dav.thirdparty import Copies, Errand
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.dav.ways import Opened, Ways
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_json, send_problem
from waystation.interfaces.macaroons import asking as macaroons
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


def make(ways: Ways, remotes: Callable[[], Remotes], copies: int) -> MakeMouth:
    """For the lane.

    Args:
        ways: how files get to who may have them.
        remotes: makes what reaches other servers, once a process.
        copies: made at a time with those.
    """
    return lambda desk: Dav(desk, ways, Copies(desk.house.hosting, remotes(), copies))


class Dav:
    """A `Mouth`."""

    def __init__(self, desk: Desk, ways: Ways, copies: Copies) -> None:
        self._desk = desk
        self._copies = copies
        self._ways = ways
        self._hosting = desk.house.hosting
        self._verbs: Mapping[str, Verb] = {
            "GET": self._get,
            "HEAD": self._get,
            "PUT": self._put,
            "POST": self._post,
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
        space, entry = await self._look(who, at, content=scope["method"] == "GET")
        if entry.folder:
            raise WrongVerbError(
                "This is a folder.", advice="List it by PROPFIND, or look at it on the page Files."
            )
        storage = self._hosting.spaces.storage(space)
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        try:
            file = await far(storage.open, at.path, entry)
        except FileNotFoundError as problem:
            raise NotFoundError(
                "The file is not on the disk any more.", advice="Tell the operators."
            ) from problem
        except OnTapeError:
            if scope["method"] == "HEAD":
                await giving.describe(send, headers, giving.remembered(entry))
            elif nearline.prefers(headers):
                await nearline.begin(send, self._desk.house, known(who), space, at.path)
            else:
                raise
            return
        with file, watched(receive, send) as to_client:
            shown = giving.face(entry, file, nearline=storage.nearline)
            opened = Opened(file, shown, storage.local(at.path))
            await self._ways.send(to_client, scope, self._desk.house, opened)

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

    async def _post(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        """A macaroon for the path is asked for; nothing else is posted here."""
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        given = dict(headers)
        media = given.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media != macaroons.MEDIA:
            raise WrongVerbError("Only macaroons are asked for by POST.", advice="Files: PUT.")
        who = known(await caller(self._desk, scope, writes=True))
        body = await bodies.read(receive, macaroons.LARGEST)
        asked = bodies.parse(body or b"{}", macaroons.Request)
        house, path = self._desk.house, str(scope["path"])
        here = names_of(at.path)
        every = tuple(Right)
        await asyncio.to_thread(
            house.hosting.spaces.need, who, at.space, Role.READER, at=here, verbs=every
        )
        # Below a folder that is not there a macaroon for the path alone would be good for nothing:
        # gfal2 (`mkdir -p`) then goes on with what it asked with.
        await self._look(who, Where(at.space, "/".join(here[:-1])), content=False)
        secure = house.secure or scope.get("scheme") == "https"
        host = given.get(b"host", b"").decode("latin-1")
        site, now = f"{'https' if secure else 'http'}://{host}", house.clock.now()
        made = macaroons.made(house.capability_key, who, path, asked, site=site, now=now)
        await send_json(send, macaroons.answer(made, f"{site}{path}"))

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
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = known(await caller(self._desk, scope, writes=True))
        wanted = thirdparty.errand(headers)
        if wanted is not None:
            await bodies.read(receive, LARGEST_XML)
            await asyncio.to_thread(self._copies.allow, who, at, wanted)
            await self._copy_far(receive, send, who, at, wanted)
            return
        to = asking.destination(headers)
        space, entry = await self._look(who, at)
        # Of a folder all files are read.
        await asyncio.to_thread(
            self._hosting.spaces.need,
            who,
            at.space,
            Role.READER,
            at=names_of(at.path),
            verbs=[Right.READ],
        )
        new = await copy(
            self._hosting,
            who,
            (space, at.path, entry),
            to,
            overwrite=asking.overwrites(headers),
            inside=dict(headers).get(b"depth", b"infinity") != b"0",
        )
        if thirdparty.asked(headers):
            await markers.done(send)
        else:
            await _empty(send, 201 if new else 204)

    async def _copy_far(
        self, receive: Receive, send: Send, who: Grant, at: Where, wanted: Errand
    ) -> None:
        """COPY from or to another server, told of while it goes on."""
        clock = self._desk.house.clock
        if wanted.pull:
            work = partial(self._copies.pull, who, at, wanted)
            await markers.told(send, receive, work, clock)
            return
        space, entry = await self._look(who, at)
        storage = self._hosting.spaces.storage(space)
        with await far(storage.open, at.path, entry) as file:
            shown = giving.face(entry, file, nearline=storage.nearline)
            work = partial(self._copies.push, wanted, file, shown)
            await markers.told(send, receive, work, clock)

    async def _propfind(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = await caller(self._desk, scope, writes=False)
        inside = asking.depth(headers) == 1
        names = xml.asked(await bodies.read(receive, LARGEST_XML))
        if not at.space:
            await listing.spaces(send, self._hosting, known(who), names, inside=inside)
            return
        space, entry = await self._look(who, at, content=False)
        if inside and entry.folder and who is not None and who.limits is not None:
            here, verbs = names_of(at.path), [Right.LIST]
            need = self._hosting.spaces.need
            await asyncio.to_thread(need, who, at.space, Role.READER, at=here, verbs=verbs)
        found = Found(space, at.path, entry)
        with watched(receive, send) as to_client:
            await listing.entry(to_client, self._hosting, found, names, inside=inside)

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

    async def _look(
        self, who: Grant | None, at: Where, *, content: bool = True
    ) -> tuple[Space, Entry]:
        look = self._hosting.files.look
        try:
            return await asyncio.to_thread(look, who, at.space, at.path, content=content)
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
