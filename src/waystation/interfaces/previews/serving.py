"""`/preview/SPACE/PATH?signature=...`: a picture for a page of ours, as harmless as can be.

For the page of a share link it is `/preview/.link/SECRET`, which tells nothing of where the file
is.

Bytes that a browser may interpret are only given here: to nobody but who has an address that we
signed for the viewer of a page a moment ago, never for a cookie; and where `web.content_url` is
set, from that other origin alone, which has nothing else of ours (docs/adr/0018-previews.md).
"""

import asyncio
import logging
from urllib.parse import urlsplit

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Reader, Storage
from waystation.interfaces import signing
from waystation.interfaces.dav.leaving import ClientGoneError, watched
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_problem
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.interfaces.previews import pictures
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.errors import NotFoundError, UnauthenticatedError, WaystationError

log = logging.getLogger(__name__)

PREFIX = "/preview"
LINK = ".link"
"""In place of a space, whose name never begins with a point."""
LIFETIME_S = 120
"""The page that an address is written in fetches it at once."""
CHUNK = 2**18

HARMLESS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
    # A picture in a page is shown all the same; who opens the address itself gets a download.
    (b"content-disposition", b"attachment"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"private, no-store"),
    (b"x-robots-tag", b"noindex"),
]


def address(house: Services, who: Grant, space: str, path: str) -> str:
    """Where the viewer of a page gets a picture of a space for a moment."""
    return _signed(house, who, f"{space}/{path}")


def link_address(house: Services, who: Grant, secret: str) -> str:
    """Where the viewer of a share link's page gets its picture for a moment.

    Args:
        house: of this process.
        who: the link acts for.
        secret: of the link; the page was opened with its password, should it have one.
    """
    return _signed(house, who, f"{LINK}/{secret}")


def _signed(house: Services, who: Grant, below: str) -> str:
    ends = int(house.clock.now().timestamp()) + LIFETIME_S
    said = signing.Signed(who.user_id, 0, "GET", ends)
    signed = signing.mint(house.capability_key, said, f"{PREFIX}/{below}")
    return f"{house.content_url}{signed}"


def make(content_url: str) -> MakeMouth:
    """For the lane, before all others; `content_url` is empty where there is no other origin."""
    return lambda desk: Previews(desk, content_url)


class Previews:
    """A `Mouth`."""

    def __init__(self, desk: Desk, content_url: str) -> None:
        self._desk = desk
        self._host = urlsplit(content_url).netloc.lower().encode()
        # A page of another origin may show it: that is what it is there for.
        policy = b"cross-origin" if content_url else b"same-origin"
        self._headers: Headers = [*HARMLESS, (b"cross-origin-resource-policy", policy)]

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises; of the other origin everything, also what is not there."""
        ours = path.startswith(f"{PREFIX}/")
        if self._host:
            asked = next((value for name, value in headers if name == b"host"), b"")
            there = asked.lower() == self._host
            if ours != there:
                return self._nothing
        if not ours:
            return None
        return self._get if method in {"GET", "HEAD"} else self._unknown

    async def _nothing(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send_problem(send, NotFoundError("There is nothing here."), self._said())

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        problem = WrongVerbError(f"{scope['method']} is not done here.")
        await send_problem(send, problem, [*self._said(), (b"allow", b"GET, HEAD")])

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._give(scope, receive, send)
        except ClientGoneError:
            log.info("the client left before the end of a preview")
        except WaystationError as problem:
            await send_problem(send, problem, self._said())

    async def _give(self, scope: Scope, receive: Receive, send: Send) -> None:
        who, space_name, path = await self._asked(scope)
        hosting = self._desk.house.hosting
        space, entry = await asyncio.to_thread(hosting.files.look, who, space_name, path)
        storage = hosting.spaces.storage(space)
        file, media, size = await far(_opened, storage, path, entry)
        headers = [
            (b"content-type", media.encode()),
            (b"content-length", b"%d" % size),
            (b"x-request-id", tracing.request_id.get().encode()),
            *self._headers,
        ]
        with file, watched(receive, send) as to_client:
            await to_client({"type": "http.response.start", "status": 200, "headers": headers})
            left = size if scope["method"] == "GET" else 0
            while left:
                data = await far(file.read, min(CHUNK, left))
                if not data:
                    raise ConnectionError("the file was cut while it was sent")
                left -= len(data)
                await to_client({"type": "http.response.body", "body": data, "more_body": True})
            await to_client({"type": "http.response.body", "body": b""})

    async def _asked(self, scope: Scope) -> tuple[Grant, str, str]:
        """Who asks, for which file of which space.

        Raises:
            UnauthenticatedError: the address is not good, or not any more.
            NotFoundError: the link is not.
        """
        callers = self._desk.callers
        who = await callers.by_signature(scope)
        if who is None:
            raise UnauthenticatedError(
                "This preview is over, or not for you.", advice="Load the page of the file again."
            )
        space_name, _, path = str(scope["path"]).removeprefix(f"{PREFIX}/").partition("/")
        if space_name != LINK:
            return who, space_name, path
        visit = await asyncio.to_thread(self._desk.house.sharing.visit, path)
        # What the link gives out now, not what its maker might see.
        return callers.admit(visit.who, limited=True), visit.space.name, visit.path

    def _said(self) -> Headers:
        """With a refusal, which has its own word on sniffing and caches."""
        usual = {b"x-content-type-options", b"cache-control", b"content-disposition"}
        return [each for each in self._headers if each[0] not in usual]


def _opened(storage: Storage, path: str, entry: Entry) -> tuple[Reader, str, int]:
    """A picture at its beginning, its type, its size.

    Raises:
        NotFoundError: it is none that is shown.
        OnTapeError: it is not on disk.
    """
    try:
        file = storage.open(path, entry)
    except (FileNotFoundError, IsADirectoryError) as problem:
        raise NotFoundError("There is no such file on the disk.") from problem
    size = file.found.bytes
    media = pictures.kind(entry.name, file.read(pictures.LOOK))
    if media is None or size > pictures.MOST_BYTES:
        file.close()
        raise NotFoundError("It is no picture that is shown.", advice="Download it.")
    file.seek(0, size)
    return file, media, size
