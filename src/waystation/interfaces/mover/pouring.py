"""Bytes into a connection: of a file by sendfile, or through TLS where that is spoken."""

import os
import socket
import ssl
import struct

from waystation.interfaces.dav.ranges import Slice
from waystation.interfaces.mover.pace import Pace

STEP = 4 * 2**20
"""Asked of the kernel at a time."""
TLS_STEP = 256 * 1024


class CutError(ConnectionError):
    """The file became shorter while it was sent; the client sees too few bytes and knows."""


def say(line: socket.socket, data: bytes | memoryview, pace: Pace, *, more: bool = False) -> None:
    """Send bytes that are here; with `more` they share a packet with what follows.

    Raises:
        TooSlowError: nobody takes them.
        OSError: the client has gone.
    """
    view = memoryview(data)
    flags = socket.MSG_MORE if more and not isinstance(line, ssl.SSLSocket) else 0
    while view:
        line.settimeout(pace.left_s())
        try:
            count = line.send(view, flags)
        except TimeoutError:
            continue  # the pace says whether to go on; TLS then gets the same bytes, as it wants
        pace.sent(count)
        view = view[count:]


def pour(line: socket.socket, file: int, part: Slice, pace: Pace) -> None:
    """Send a part of an open file.

    Raises:
        TooSlowError: nobody takes it.
        CutError: the file ended.
        OSError: the client has gone.
    """
    at, end = part.start, part.start + part.length
    step = _through_tls if isinstance(line, ssl.SSLSocket) else _by_kernel
    while at < end:
        count = step(line, file, at, end - at, pace)
        if not count:
            raise CutError("the file was cut while it was sent")
        at += count


def _by_kernel(line: socket.socket, file: int, at: int, left: int, pace: Pace) -> int:
    """Page cache to network card: no byte comes through here.

    The kernel waits for room by itself, which is cheaper than being told of each; it wakes when a
    good part of its buffer is free, so that a reader who dribbles does not keep it going.
    """
    seconds = pace.left_s()
    line.settimeout(None)
    wait = struct.pack("@ll", int(seconds), int(seconds % 1 * 1e6) + 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
    while True:
        try:
            count = os.sendfile(line.fileno(), file, at, min(STEP, left))
        except BlockingIOError:
            pace.left_s()
            continue
        pace.sent(count)
        return count


def _through_tls(line: socket.socket, file: int, at: int, left: int, pace: Pace) -> int:
    """Python cannot ask the kernel to encrypt: the bytes come through here, so many at a time."""
    data = os.pread(file, min(TLS_STEP, left), at)
    say(line, data, pace)
    return len(data)
