"""Bytes between a server and an open file of ours."""

import os
from collections.abc import Iterator, Mapping

from waystation.backends.transfer.hands import digests, places
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.backends.transfer.http import told
from waystation.backends.transfer.http.server import BrokenError, Servers, There, good, refusal
from waystation.domains.transfers.entities import Piece

_PARTIAL, _RANGE_ERROR = 206, 416


def send(
    task: Task, servers: Servers, file: int, piece: Piece, target: There
) -> Mapping[str, str]:
    """Store an open file by PUT; the checksum of what was sent.

    Raises:
        MoveError: it was not stored, or is not what was told.
    """
    kind = digests.cheapest(piece.checksums) or "adler32"
    sums = digests.running(kind)

    def body() -> Iterator[bytes]:
        nonlocal sums
        sums, at = digests.running(kind), 0
        while data := os.pread(file, digests.CHUNK, at):
            task.check()
            sums.update(data)
            at += len(data)
            task.passed(piece, at)
            yield data

    with servers.call("PUT", target, {"Content-Length": str(piece.size)}, body) as answer:
        good(answer, "The target")
    if kind in piece.checksums:
        places.compare(kind, sums.hexdigest(), piece)
    return {kind: sums.hexdigest()}


class Fetching:
    """One file that comes by GET, in several pieces if its connection breaks."""

    def __init__(self, task: Task, servers: Servers, piece: Piece, source: There) -> None:
        self._task = task
        self._servers = servers
        self._piece = piece
        self._source = source
        self._known = dict(piece.checksums)
        self._kind = digests.cheapest(self._known)
        self._at = 0
        self._etag = ""
        self._sums = digests.running(self._kind or "adler32")

    def into(self, file: int, tries: int) -> None:
        """Write the file; go on from where it broke off.

        Raises:
            MoveError: it did not come, or is not what was told.
        """
        for left in range(tries - 1, -1, -1):
            self._task.check()
            try:
                self._once(file)
            except BrokenError:
                if not left:
                    raise
            else:
                break
        places.checked_size(file, self._piece)
        if self._kind is not None:
            places.compare(self._kind, self._sums.hexdigest(), self._piece)
        elif self._known and not digests.same(self._known["adler32"], self._sums.hexdigest()):
            raise MoveError("The checksum is not the one that the source tells.")

    def _once(self, file: int) -> None:
        headers = {} if self._kind else told.wanted("adler32")
        if self._at and (self._etag or self._kind):  # or two files could be put together
            headers |= {"Range": f"bytes={self._at}-"}
            headers |= {"If-Match": self._etag} if self._etag else {}
        else:
            self._again(file)
        with self._servers.call("GET", self._source, headers) as answer:
            status = answer.status_code
            if self._at and status not in {_PARTIAL, *range(500, 600)}:
                # Another file by now, or a server without ranges: from the beginning.
                self._again(file)
                raise BrokenError(refusal(status, "The source"))
            good(answer, "The source")
            etag = answer.headers.get("etag", "")
            self._etag = "" if etag.startswith("W/") else etag
            if self._kind is None and not self._at:
                self._known = {k: v for k, v in told.found(dict(answer.headers)).items()
                               if k == "adler32"}  # fmt: skip
            for (
                data
            ) in answer.iter_raw():  # as it comes: what waits for more is lost with the line
                self._write(file, data)
        if self._at < self._piece.size:
            raise BrokenError(f"The source ended after {self._at} of {self._piece.size} bytes.")

    def _write(self, file: int, data: bytes) -> None:
        self._task.check()
        if self._at + len(data) > self._piece.size:
            raise MoveError(f"The source has more than the {self._piece.size} bytes told.")
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        self._sums.update(data)
        self._at += len(data)
        self._task.passed(self._piece, self._at)

    def _again(self, file: int) -> None:
        """Forget what came."""
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        self._at, self._etag = 0, ""
        self._sums = digests.running(self._kind or "adler32")
