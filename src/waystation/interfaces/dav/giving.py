"""GET and HEAD: a file, some of it, or what is known of it."""

import asyncio
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import quote

from waystation.domains.catalogue.door import Entry
from waystation.interfaces.dav import ranges
from waystation.interfaces.dav.digests import Sums, wanted
from waystation.interfaces.dav.ranges import Slice
from waystation.interfaces.dav.xml import media_type
from waystation.interfaces.hot.reply import Send
from waystation.interfaces.mouths import Headers
from waystation.kernel import tracing

CHUNK = 2**20
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


def face(entry: Entry, file: BinaryIO) -> Face:
    """What an open file is: what we stored, or something that others put in its place."""
    seen = os.fstat(file.fileno())
    if (seen.st_ino, seen.st_mtime_ns, seen.st_size) == (entry.inode, entry.mtime_ns, entry.size):
        sums = Sums(entry.adler32, entry.sha256)
        return Face(entry.size, entry.etag, entry.mtime, sums, media_type(entry.name))
    mtime = datetime.fromtimestamp(seen.st_mtime, UTC)
    etag = f'"{seen.st_ino:x}-{seen.st_mtime_ns:x}-{seen.st_size:x}"'
    return Face(seen.st_size, etag, mtime, Sums(None, None), media_type(entry.name))


async def hand_over(send: Send, headers: Headers, shown: Face, place: str) -> None:
    """Let the proxy in front send the file; it also looks after ranges.

    Our own headers go with the answer by its configuration (deploy/nginx): nginx keeps few.
    """
    given = dict(headers)
    if not ranges.as_expected(given, shown.etag, shown.mtime):
        await _start(send, 412, _common(shown))
    elif ranges.unchanged(given, shown.etag, shown.mtime):
        await _start(send, 304, _common(shown))
    else:
        # The proxy says itself that it knows ranges.
        common = [each for each in _common(shown) if each[0] != b"accept-ranges"]
        told = [*common, *wanted(headers, shown.sums)]
        more = [
            (b"content-type", shown.media.encode()),
            (b"content-length", b"0"),
            (b"x-accel-redirect", quote(place).encode()),
        ]
        await _start(send, 200, [*told, *more])


async def give(send: Send, headers: Headers, file: BinaryIO, shown: Face, *, body: bool) -> None:
    """Answer with the file, or what was asked for of it; `body` is False for HEAD."""
    given = dict(headers)
    if not ranges.as_expected(given, shown.etag, shown.mtime):
        await _start(send, 412, _common(shown))
        return
    if ranges.unchanged(given, shown.etag, shown.mtime):
        await _start(send, 304, _common(shown))
        return
    slices = None
    if b"range" in given and ranges.range_holds(given, shown.etag, shown.mtime):
        slices = ranges.slices(given[b"range"].decode("latin-1"), shown.size)
    told = [*_common(shown), *wanted(headers, shown.sums)]
    if slices is None:
        more = [(b"content-type", shown.media.encode()), (b"content-length", b"%d" % shown.size)]
        await _send(send, 200, [*told, *more], file, [Slice(0, shown.size)] if body else [])
    elif not slices:
        nothing = [(b"content-range", b"bytes */%d" % shown.size), (b"content-length", b"0")]
        await _send(send, 416, [*told, *nothing], file, [])
    elif len(slices) == 1:
        more = [
            (b"content-type", shown.media.encode()),
            (b"content-length", b"%d" % slices[0].length),
            (b"content-range", slices[0].content_range(shown.size).encode()),
        ]
        await _send(send, 206, [*told, *more], file, slices if body else [])
    else:
        await _several(send, told, file, shown, slices, body=body)


async def _several(
    send: Send, told: Headers, file: BinaryIO, shown: Face, slices: list[Slice], *, body: bool
) -> None:
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
    await send(_begin(206, [*told, *more]))
    for head, each in zip(heads, slices, strict=True) if body else ():
        await send({"type": "http.response.body", "body": head, "more_body": True})
        await _pour(send, file, each)
    await send({"type": "http.response.body", "body": end if body else b""})


async def _send(
    send: Send, status: int, headers: Headers, file: BinaryIO, slices: list[Slice]
) -> None:
    await send(_begin(status, headers))
    for each in slices:
        await _pour(send, file, each)
    await send({"type": "http.response.body", "body": b""})


async def _pour(send: Send, file: BinaryIO, part: Slice) -> None:
    """Send a slice, read in another thread: a slow disk holds up nobody else."""
    at, left = part.start, part.length
    while left:
        data = await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK, left), at)
        if not data:
            # It was cut while we sent it; the client sees too few bytes and knows.
            raise ConnectionError("the file was cut while it was sent")
        await send({"type": "http.response.body", "body": data, "more_body": True})
        at, left = at + len(data), left - len(data)


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
