"""GET and HEAD: a file, some of it, or what is known of it."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Reader
from waystation.interfaces.dav import ranges
from waystation.interfaces.dav.digests import Sums, wanted
from waystation.interfaces.dav.ranges import Slice
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.dav.xml import media_type
from waystation.interfaces.hot.reply import Send
from waystation.interfaces.mouths import Headers
from waystation.kernel import tracing
from waystation.kernel.errors import WaystationError

LARGEST, SMALLEST = 2**20, 2**17
"""A piece that is read and handed on at a time; some of them are on the way in each download."""
TOGETHER = 2**24
"""Pieces of all downloads of a process: large ones cost less CPU, small ones less memory."""
NEVER_RUN = (
    (b"x-content-type-options", b"nosniff"),
    # Whatever somebody stored here, a browser shows it without its scripts and as nobody's page.
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"content-disposition", b"attachment"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@dataclass(frozen=True, slots=True)
class Face:
    """An open file as HTTP shows it.

    Attributes:
        size: of the file on disk.
        etag, mtime: of the content.
        sums: digests; nothing when the file is not the one that we stored.
        media: its type by its name.
    """

    size: int
    etag: str
    mtime: datetime
    sums: Sums
    media: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a file: what is said of it, and its body piece by piece."""

    status: int
    headers: Headers
    pieces: tuple[bytes | Slice, ...] = ()


def face(entry: Entry, file: Reader, *, nearline: bool = False) -> Face:
    """What an open file is: what we stored, or something that others put in its place.

    Args:
        entry: what we stored.
        file: what is there.
        nearline: of the storage; where it is not, another inode is another file.
    """
    seen = file.found
    same = (seen.mtime_ns, seen.bytes) == (entry.mtime_ns, entry.size)
    if same and (seen.inode == entry.inode or nearline):
        return remembered(entry)
    mtime = datetime.fromtimestamp(seen.mtime_ns / 1e9, UTC)
    etag = f'"{seen.inode:x}-{seen.mtime_ns:x}-{seen.bytes:x}"'
    return Face(seen.bytes, etag, mtime, Sums(None, None), media_type(entry.name))


def remembered(entry: Entry) -> Face:
    """What a file is that cannot be opened now: what we stored."""
    sums = Sums(entry.adler32, entry.sha256)
    return Face(entry.size, entry.etag, entry.mtime, sums, media_type(entry.name))


async def hand_over(send: Send, headers: Headers, shown: Face, told: tuple[bytes, bytes]) -> None:
    """Let the proxy in front send the file; it also looks after ranges.

    Our own headers go with the answer by its configuration (deploy/nginx): nginx keeps few.
    """
    given = dict(headers)
    if not ranges.as_expected(given, shown.etag, shown.mtime):
        await _start(send, 412, _common(shown))
    elif ranges.unchanged(given, shown.etag, shown.mtime):
        await _start(send, 304, _common(shown))
    else:
        # nginx says itself that it knows ranges.
        common = [
            each
            for each in _common(shown)
            if each[0] != b"accept-ranges" or told[0] != b"x-accel-redirect"
        ]
        more = [(b"content-type", shown.media.encode()), (b"content-length", b"0"), told]
        await _start(send, 200, [*common, *wanted(headers, shown.sums), *more])


async def lead(send: Send, address: str) -> None:
    """Send the client to where the file is given."""
    more = [
        (b"location", address.encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-request-id", tracing.request_id.get().encode()),
    ]
    await _start(send, 307, more)


async def describe(send: Send, headers: Headers, shown: Face) -> None:
    """Answer a HEAD of a file that is not open."""
    told = [*_common(shown), *wanted(headers, shown.sums)]
    more = [(b"content-type", shown.media.encode()), (b"content-length", b"%d" % shown.size)]
    await _start(send, 200, [*told, *more])


async def give(send: Send, headers: Headers, file: Reader, shown: Face, *, body: bool) -> None:
    """Answer with the file, or what was asked for of it; `body` is False for HEAD."""
    told = answer(headers, shown, body=body)
    await send(_begin(told.status, told.headers))
    for piece in told.pieces:
        if isinstance(piece, Slice):
            await _pour(send, file, piece)
        else:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def answer(headers: Headers, shown: Face, *, body: bool) -> Answer:
    """What to answer with the file, or what was asked for of it. Pure but for the request id.

    Args:
        headers: of the request.
        shown: what the file is.
        body: False for HEAD.
    """
    given = dict(headers)
    if not ranges.as_expected(given, shown.etag, shown.mtime):
        return Answer(412, _common(shown))
    if ranges.unchanged(given, shown.etag, shown.mtime):
        return Answer(304, _common(shown))
    slices = None
    if b"range" in given and ranges.range_holds(given, shown.etag, shown.mtime):
        slices = ranges.slices(given[b"range"].decode("latin-1"), shown.size)
    told = [*_common(shown), *wanted(headers, shown.sums)]
    if slices is None:
        more = [(b"content-type", shown.media.encode()), (b"content-length", b"%d" % shown.size)]
        return Answer(200, [*told, *more], (Slice(0, shown.size),) if body else ())
    if not slices:
        nothing = [(b"content-range", b"bytes */%d" % shown.size), (b"content-length", b"0")]
        return Answer(416, [*told, *nothing])
    if len(slices) > 1:
        return _several(told, shown, slices, body=body)
    more = [
        (b"content-type", shown.media.encode()),
        (b"content-length", b"%d" % slices[0].length),
        (b"content-range", slices[0].content_range(shown.size).encode()),
    ]
    return Answer(206, [*told, *more], tuple(slices) if body else ())


def _several(told: Headers, shown: Face, slices: list[Slice], *, body: bool) -> Answer:
    """Several ranges, as multipart/byteranges."""
    line = secrets.token_hex(12)
    heads = [
        f"\r\n--{line}\r\nContent-Type: {shown.media}\r\n"
        f"Content-Range: {each.content_range(shown.size)}\r\n\r\n".encode()
        for each in slices
    ]
    end = f"\r\n--{line}--\r\n".encode()
    length = sum(map(len, heads)) + sum(each.length for each in slices) + len(end)
    media = f"multipart/byteranges; boundary={line}".encode()
    more = [(b"content-type", media), (b"content-length", b"%d" % length)]
    pieces: list[bytes | Slice] = []
    for head, each in zip(heads, slices, strict=True):
        pieces += [head, each]
    return Answer(206, [*told, *more], (*pieces, end) if body else ())


class _Pouring:
    """How many slices this process is sending now."""

    def __init__(self) -> None:
        self._slices = 0

    def __enter__(self) -> Self:
        self._slices += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._slices -= 1

    def piece(self) -> int:
        """Bytes to send next: all of them together have the same, also when they are many."""
        return max(SMALLEST, min(LARGEST, TOGETHER // self._slices))


_pouring = _Pouring()


async def _pour(send: Send, file: Reader, part: Slice) -> None:
    """Send a slice, read in another thread: a slow disk holds up nobody else."""
    left = part.length
    file.seek(part.start, left)
    with _pouring:
        while left:
            data = await far(_read, file, min(_pouring.piece(), left))
            await send({"type": "http.response.body", "body": data, "more_body": True})
            left -= len(data)


def _read(file: Reader, size: int) -> bytes:
    """The next bytes. Where none are to be had the client sees too few of them, and knows."""
    try:
        data = file.read(size)
    except WaystationError as problem:
        raise ConnectionError(f"the rest of the file is not to be had: {problem}") from problem
    if not data:
        raise ConnectionError("the file was cut while it was sent")
    return data


def _common(shown: Face) -> Headers:
    return [
        (b"etag", shown.etag.encode()),
        (b"last-modified", ranges.http_date(shown.mtime).encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, no-cache"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *NEVER_RUN,
    ]


async def _start(send: Send, status: int, headers: Headers) -> None:
    await send(_begin(status, headers))
    await send({"type": "http.response.body", "body": b""})


def _begin(status: int, headers: Headers) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": headers}
