"""`/tree/SPACE/FOLDER`: a folder as one thing.

GET   a list of all below it, a JSON line each; `?archive=tar`, `?archive=zip`; `?depth=1`
PUT   a tar is unpacked into it (POST too: curl -T sends PUT, curl --data POST)
POST  JSON `{"paths": [...]}`: what is known of these; with `?archive=tar`, these as a tar
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from urllib.parse import quote

import msgspec

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Role, Space
from waystation.interfaces.dav import asking as dav
from waystation.interfaces.dav.callers import caller, known, who_are_you
from waystation.interfaces.dav.giving import NEVER_RUN
from waystation.interfaces.dav.leaving import watched
from waystation.interfaces.dav.taking import gathered
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_json, send_problem
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.interfaces.tree import asking, packing, tape, walking
from waystation.interfaces.tree.asking import PREFIX, Answer, Where
from waystation.interfaces.tree.unpacking import Told, Unpacking
from waystation.kernel import tracing
from waystation.kernel.errors import MalformedError, NotFoundError, TooLargeError, UnavailableError

AT_ONCE = 16
"""Archives that one process unpacks at a time: each has a thread for as long as it comes."""

LARGEST_LIST = 2**24
"""Bytes of a body that names files."""

_MEDIA: Mapping[Answer, bytes] = {
    Answer.LIST: b"application/x-ndjson",
    Answer.TAR: b"application/x-tar",
    Answer.ZIP: b"application/zip",
}
_ALLOW = [(b"allow", b"GET, HEAD, POST, PUT")]


def make() -> MakeMouth:
    """For the lane."""
    return Tree


class Tree:
    """A `Mouth`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hosting = desk.house.hosting
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="unpack")

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        if not path.startswith(f"{PREFIX}/"):
            return None
        if method in {"GET", "HEAD"}:
            return self._get
        if method == "POST" and asking.names_files(headers):
            return self._named
        return self._put if method in {"PUT", "POST"} else self._unknown

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        at, query = asking.where(str(scope["path"])), _query(scope)
        if not at.space:
            await self._spaces(scope, send)
            return
        answer, flat = asking.answer(query), asking.flat(query)
        who = await caller(self._desk, scope, writes=False, space=at.space)
        try:
            space, top = await asyncio.to_thread(self._hosting.files.look, who, at.space, at.path)
        except NotFoundError as problem:
            raise who_are_you(who, problem) from problem
        if not top.folder:
            raise WrongVerbError("This is a file.", advice=f"Fetch it from {dav.PREFIX}.")
        if answer is Answer.ZIP:
            await asyncio.to_thread(self._fits_a_zip, top)
        if answer is not Answer.LIST:
            asked = walking.below(self._hosting, top, flat=flat)
            await asyncio.to_thread(tape.need_all_on_disk, self._hosting, space, at, asked)
        leaves = walking.below(self._hosting, top, flat=flat)
        body = scope["method"] == "GET"
        name = f"{at.path.rpartition('/')[2] or at.space}.{answer.value}"
        pieces = self._pieces(answer, space, at, leaves) if body else iter(())
        with watched(receive, send) as to_client:
            await _stream(to_client, pieces, _MEDIA[answer], "" if answer is Answer.LIST else name)

    async def _spaces(self, scope: Scope, send: Send) -> None:
        """The caller's spaces."""
        who = known(await caller(self._desk, scope, writes=False, space=""))
        mine = await asyncio.to_thread(self._hosting.spaces.mine, who)
        told = [
            {"name": s.space.name, "title": s.space.title, "role": s.role.name.lower()}
            for s in mine
        ]
        await send_json(send, {"spaces": told})

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        at, answer = asking.where(str(scope["path"])), asking.answer(_query(scope))
        # It only reads; but what a page's cookie is good for is GET alone.
        who = known(await caller(self._desk, scope, writes=True, space=at.space))
        names = asking.named(await bodies.read(receive, LARGEST_LIST))
        spaces = self._hosting.spaces
        space = await asyncio.to_thread(spaces.need, who, at.space, Role.READER)
        found = walking.known(self._hosting, who, at, names)
        if answer is Answer.LIST:
            told = await asyncio.to_thread(
                lambda: [None if leaf is None else walking.line(leaf) for leaf in found]
            )
            await send_json(send, {"files": told})
            return
        if answer is Answer.ZIP:
            raise MalformedError("Files by name come as a tar.", advice="Ask for ?archive=tar.")
        leaves = await asyncio.to_thread(
            lambda: [leaf for leaf in found if leaf is not None and not leaf.entry.folder]
        )
        await asyncio.to_thread(tape.need_all_on_disk, self._hosting, space, at, leaves)
        with watched(receive, send) as to_client:
            pieces = packing.Packer(self._hosting, space, at).tar(iter(leaves))
            await _stream(to_client, pieces, _MEDIA[answer], "files.tar")

    async def _put(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        at, condition = asking.where(str(scope["path"])), dav.condition(headers)
        who = known(await caller(self._desk, scope, writes=True, space=at.space))
        await asyncio.to_thread(self._hosting.spaces.need, who, at.space, Role.WRITER)
        if not self._room.acquire(blocking=False):
            raise UnavailableError(
                "Too many archives are being unpacked at once.", advice="Try again in a moment."
            )
        try:
            told = await self._unpack(Unpacking(self._hosting, who, at, condition), receive)
        finally:
            self._room.release()
        media, status = _MEDIA[Answer.LIST], 207 if told.bad else 200
        await _stream(send, told.read(), media, "", status)

    async def _unpack(self, unpacking: Unpacking, receive: Receive) -> Told:
        """Unpack in a thread, which asks for each piece when it wants it."""
        loop, pieces = asyncio.get_running_loop(), gathered(receive)
        over, asked = threading.Event(), list[Future[bytes]]()

        async def piece() -> bytes:
            return await anext(pieces, b"")

        def pull() -> bytes:
            if over.is_set():
                raise MalformedError("The body ended early.")
            asked[:] = [asyncio.run_coroutine_threadsafe(piece(), loop)]
            return asked[0].result()

        try:
            return await loop.run_in_executor(self._threads, unpacking.run, pull)
        finally:
            # Whoever ends this request from outside does not leave the thread waiting.
            over.set()
            for each in asked:
                each.cancel()

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        problem = WrongVerbError(f"{scope['method']} is not done here.")
        await send_problem(send, problem, _ALLOW)

    def _fits_a_zip(self, top: Entry) -> None:
        most = packing.MOST_ZIPPED
        if self._hosting.batches.weigh(top, most=most + 1) > most:
            raise TooLargeError(
                f"A zip has at most {most:,} files and folders.", advice="Ask for ?archive=tar."
            )

    def _pieces(
        self, answer: Answer, space: Space, at: Where, leaves: Iterator[walking.Leaf]
    ) -> Iterator[bytes]:
        if answer is Answer.LIST:
            return packing.lines(leaves, _line)
        packer = packing.Packer(self._hosting, space, at)
        makers: Mapping[Answer, Callable[[Iterator[walking.Leaf]], Iterator[bytes]]] = {
            Answer.TAR: packer.tar,
            Answer.ZIP: packer.zip,
        }
        return makers[answer](leaves)


async def _stream(
    send: Send, pieces: Iterator[bytes], media: bytes, name: str, status: int = 200
) -> None:
    """Send pieces as they are made, each in another thread: a slow disk holds up nobody else."""
    headers = [
        (b"content-type", media),
        (b"cache-control", b"no-store"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *(pair for pair in NEVER_RUN if pair[0] != b"content-disposition"),
    ]
    if name:
        said = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers.append((b"content-disposition", said.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    step = partial(next, pieces, b"")
    while data := await asyncio.to_thread(step):
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _line(leaf: walking.Leaf) -> bytes:
    return msgspec.json.encode(walking.line(leaf)) + b"\n"


def _query(scope: Scope) -> bytes:
    query = scope["query_string"]
    assert isinstance(query, bytes)
    return query
