"""Parts on their way to an object store.

Bytes are held until a part of the grid is full, then it is sent by another thread while the next
one fills: at most three parts of an upload are in memory.
"""

import logging
from collections import deque
from concurrent.futures import Future

from waystation.backends.storage.s3.bucket import Bucket, Part
from waystation.backends.storage.s3.grid import MOST_PARTS, Grid
from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import WaystationError

log = logging.getLogger(__name__)

AHEAD = 2
"""Parts under way at a time."""


class ObjectSink:
    """A `Sink` that becomes an object at `finish`, and not before.

    Args:
        bucket: that it goes to.
        key: that it will have.
        grid: its parts.
    """

    def __init__(self, bucket: Bucket, key: str, grid: Grid) -> None:
        self._bucket = bucket
        self._key = key
        self._grid = grid
        self._number = 1
        self._buffer = bytearray()
        self._upload = ""
        self._sent: dict[int, Part] = {}
        self._flying: deque[Future[Part]] = deque()
        self._finished = False

    @property
    def written(self) -> int:
        """Bytes so far, also those that are still held here."""
        return self._grid.start(self._number) + len(self._buffer)

    def write(self, data: bytes) -> None:
        """As the port promises; waits while too much is under way."""
        self._buffer += data
        while len(self._buffer) >= (size := self._grid.size(self._number)):
            with memoryview(self._buffer) as held:
                part = bytes(held[:size])
            del self._buffer[:size]
            self._send(part)

    def finish(self, *, durable: bool) -> None:
        """As the port promises; an object store has what it answers for."""
        del durable
        if self._finished:
            return
        if not self._upload and self._number == 1:
            self._bucket.put(self._key, bytes(self._buffer))
        else:
            if self._buffer:
                self._send(bytes(self._buffer))
                self._buffer.clear()
            self._drain()
            self._bucket.complete(self._key, self._upload, self._parts())
        self._finished = True

    def close(self) -> None:
        """As the port promises."""
        while self._flying:
            self._flying.popleft().cancel()

    def _send(self, data: bytes) -> None:
        if self._number > MOST_PARTS:
            raise StorageFullError(
                "The file has more parts than an object store takes.",
                advice="Say its length before it comes (Content-Length).",
            )
        if not self._upload:
            self._upload = self._bucket.begin(self._key)
        while len(self._flying) >= AHEAD:
            self._land()
        send = self._bucket.send
        self._flying.append(
            self._bucket.threads.submit(send, self._key, self._upload, self._number, data)
        )
        self._number += 1

    def _parts(self) -> tuple[Part, ...]:
        """Those that were sent and came, in order."""
        return tuple(self._sent[n] for n in sorted(self._sent))

    def _land(self) -> None:
        part = self._flying.popleft().result()
        self._sent[part.number] = part

    def _drain(self) -> None:
        while self._flying:
            self._land()


def quietly(what: str, problem: WaystationError) -> None:
    """Note what went wrong where nothing needs to be done about it."""
    log.warning("%s: %s", what, problem)
