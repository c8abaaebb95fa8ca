"""`/s/SECRET/files/PATH` and `/s/SECRET/drop`: what a link gives out and takes in.

GET, HEAD  files/PATH   a file of the shared folder, or the shared file by its name
PUT        files/NAME   a file into a drop box
POST       drop         the same by a form, from browsers without JavaScript
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from waystation.domains.hosting.door import names
from waystation.domains.sharing.door import Visit
from waystation.interfaces.dav import giving, ranges
from waystation.interfaces.dav.leaving import ClientGoneError, watched
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.dav.ways import Opened, Ways
from waystation.interfaces.hot import capabilities
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_problem
from waystation.interfaces.mouths import Handler, Headers, Message, Receive, Scope, Send
from waystation.interfaces.shares import asking, dropping, passes
from waystation.interfaces.shares.asking import DROP, FILES, Where
from waystation.kernel.errors import (
    ForbiddenError,
    LimitReachedError,
    NotFoundError,
    UnauthenticatedError,
)

log = logging.getLogger(__name__)
_BASIC = b'Basic realm="the password of the link", charset="UTF-8"'
_UNLISTED = (b"x-robots-tag", b"noindex")
_REMEMBERED = 1_000
Verb = Callable[[Scope, Receive, Send, Where], Awaitable[None]]


def make(ways: Ways) -> MakeMouth:
    """For the lane; `ways` is how files get to who may have them."""
    return lambda desk: Shares(desk, ways)


class Shares:
    """A `Mouth`."""

    def __init__(self, desk: Desk, ways: Ways) -> None:
        self._desk = desk
        self._ways = ways
        self._key = desk.house.capability_key
        self._verbs: Mapping[tuple[str, str], Verb] = {
            ("GET", FILES): self._get,
            ("HEAD", FILES): self._get,
            ("PUT", FILES): self._put,
            ("POST", DROP): self._form,
        }
        # Passwords found right, as digests: a script that fetches a folder would else pay the
        # slow hash for each file.
        self._right: dict[bytes, None] = {}

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises; the pages of a link are Django's."""
        del headers
        at = asking.where(path)
        if at is None:
            return None
        verb = self._verbs.get((method, at.what))

        async def handler(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                if verb is None:
                    raise WrongVerbError(f"{method} is not done here.")
                await verb(scope, receive, send, at)
            except ClientGoneError:
                log.info("a visitor left before the end")
            except UnauthenticatedError as unknown:
                await send_problem(send, unknown, [(b"www-authenticate", _BASIC)])

        return handler

    async def _get(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        visit = await self._visit(scope, at)
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        path, body = _below(visit, at.path), scope["method"] == "GET"
        hosting = self._desk.house.hosting
        space, entry = await asyncio.to_thread(
            hosting.files.look, visit.who, visit.space.name, path, content=body
        )
        if entry.folder:
            raise WrongVerbError("This is a folder.", advice="Its page lists what is in it.")
        storage = hosting.spaces.storage(space)
        try:
            file = await far(storage.open, path, entry)
        except FileNotFoundError as problem:
            raise NotFoundError("The file is not on the disk any more.") from problem
        with file, watched(receive, send) as to_client:
            shown = giving.face(entry, file)
            if body and not ranges.unchanged(dict(headers), shown.etag, shown.mtime):
                client = asking.client(self._key, scope)
                goes_on = _goes_on(headers, shown.size)
                await asyncio.to_thread(
                    self._desk.house.sharing.use, visit, entry.id, client, goes_on=goes_on
                )
            quiet = _unlisted(to_client)
            opened = Opened(file, shown, storage.local(path))
            await self._ways.send(quiet, scope, self._desk.house, opened)

    async def _put(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        visit = await self._visit(scope, at)
        await dropping.Box(self._desk.house, visit, scope).put(at.path, receive, send)

    async def _form(self, scope: Scope, receive: Receive, send: Send, at: Where) -> None:
        try:
            visit = await self._visit(scope, at)
        except (UnauthenticatedError, LimitReachedError, NotFoundError):
            # A browser without JavaScript: the page itself says what is wrong.
            await dropping.lead(send, at.secret, {})
            return
        await dropping.Box(self._desk.house, visit, scope).form(at.secret, receive, send)

    async def _visit(self, scope: Scope, at: Where) -> Visit:
        """The link, if it is good and its password is given.

        Raises:
            NotFoundError: it is not good.
            UnauthenticatedError: it has a password, and this was not it.
            LimitReachedError: too many wrong ones.
        """
        house = self._desk.house
        visit = await asyncio.to_thread(house.sharing.visit, at.secret)
        self._desk.callers.admit(visit.who, limited=True)
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        share, now_s = visit.share, house.clock.now().timestamp()
        if not share.password:
            return visit
        shown = asking.cookie(headers, passes.name(share.id))
        if passes.good(self._key, share.id, share.password, shown, now_s=now_s):
            return visit
        password = asking.password(headers)
        if password is None:
            raise UnauthenticatedError(
                "This link has a password.",
                advice="Open its page, or send it: curl -u x:PASSWORD (any user name will do).",
            )
        mark = hashlib.sha256(f"{share.id}.{share.password}.{password}".encode()).digest()
        if mark not in self._right:
            await asyncio.to_thread(
                house.sharing.unlock, share, password, address=capabilities.address(scope)
            )
            if len(self._right) >= _REMEMBERED:
                self._right.clear()
            self._right[mark] = None
        return visit


def _below(visit: Visit, path: str) -> str:
    """The path in the space of what a visitor asks for.

    Raises:
        ForbiddenError: nothing is given out by this link.
        NotFoundError: the shared file has another name.
        MalformedError: a path that cannot be, such as one with `..` in it.
    """
    if visit.share.drop_box:
        raise ForbiddenError("Files are only put in here.")
    asked = names(path)
    if visit.entry.folder:
        return "/".join([*names(visit.path), *asked])
    if asked != [visit.entry.name]:
        raise NotFoundError("This link leads to another file.")
    return visit.path


def _unlisted(send: Send) -> Send:
    """A `send` whose answer tells search engines to look away."""

    async def send_(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            assert isinstance(headers, list)
            headers.append(_UNLISTED)
        await send(message)

    return send_


def _goes_on(headers: Headers, size: int) -> bool:
    """Whether only a part that is not the beginning is wanted: a download goes on."""
    text = dict(headers).get(b"range")
    found = ranges.slices(text.decode("latin-1"), size) if text else None
    return bool(found) and all(each.start > 0 for each in found or ())
