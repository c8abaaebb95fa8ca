"""Small files by the hundred in one request: a tar that is made while it is sent, and read."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from waystation_client.errors import MalformedError, WaystationError, from_problem
from waystation_client.files import digests
from waystation_client.files.local import Local
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally
from waystation_client.files.wire import Wire, tree

SMALL = 2**20
"""Bytes up to which a file goes with others."""

MOST_FILES, MOST_BYTES = 1000, 2**25
"""Of one request: what is lost when the line breaks, and what one end holds in memory is less."""

_PIECE = 2**18
_BLOCK = 2**13
"""The library copies what is left of a block at each read of it: small ones cost less."""


def send(wire: Wire, folder: Place, files: Sequence[Local], tally: Tally) -> None:
    """Put small files and empty folders into a folder, and have each proved.

    What goes wrong with one is told to the tally.

    Raises:
        WaystationError: none of them could be sent.
    """
    sent: dict[str, tuple[int, str]] = {}

    def body() -> Iterator[bytes]:
        sent.clear()
        return _pieces(files, sent, failed)

    failed: dict[str, Exception] = {}
    answer = wire.call(
        "PUT", tree(folder), body=body, headers={"Content-Type": "application/x-tar"}
    )
    for name, error in failed.items():
        tally.failure(name, error)
    for line in answer.iter_lines():
        said = json.loads(line)
        if "path" in said:
            _proved(said, sent, tally)
    for name in sent:
        tally.failure(name, WaystationError("The server said nothing about it."))


def read(chunks: Iterator[bytes]) -> Iterator[tuple[str, int, bytes]]:
    """The files of a tar as it comes: name, mtime, content.

    Raises:
        MalformedError: it is no tar, broken, or a file in it is larger than we asked for.
    """
    reader: Any = _Chunks(chunks)
    try:
        with tarfile.open(fileobj=reader, mode="r|", bufsize=_BLOCK) as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]
                content: IO[bytes] | None = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    continue
                if member.size > SMALL:
                    raise MalformedError("The server sends what nobody asked for.")
                yield member.name, int(member.mtime), content.read()
    except tarfile.TarError as error:
        raise MalformedError(f"The server's archive is broken: {error}.") from error


def _pieces(
    files: Sequence[Local], sent: dict[str, tuple[int, str]], failed: dict[str, Exception]
) -> Iterator[bytes]:
    """The tar; what is read of each file is what its header says."""
    parts: list[bytes] = []
    waiting = 0
    for each in files:
        info = tarfile.TarInfo(each.name)
        info.mtime, data = each.mtime, b""
        try:
            if each.folder:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            else:
                data = each.path.read_bytes()
        except OSError as error:
            failed[each.name] = error
            continue
        info.size = len(data)
        if not each.folder:
            sent[each.name] = (len(data), hashlib.sha256(data).hexdigest())
        head = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
        parts += (head, data, bytes(-len(data) % tarfile.BLOCKSIZE))
        waiting += len(head) + len(data)
        if waiting >= _PIECE:
            yield b"".join(parts)
            parts, waiting = [], 0
    yield b"".join([*parts, bytes(2 * tarfile.BLOCKSIZE)])


def _proved(said: dict[str, Any], sent: dict[str, tuple[int, str]], tally: Tally) -> None:
    name = str(said["path"])
    mine = sent.pop(name, None)
    try:
        if "problem" in said:
            problem = said["problem"]
            raise from_problem(int(problem.get("status", 500)), problem)
        if mine is not None:
            digests.must_be(mine[1], str(said["sha256"]), name)
            tally.moved(mine[0])
    except WaystationError as error:
        tally.failure(name, error)


class _Chunks:
    """An answer as a file that can only be read onwards."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._piece = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Some bytes, at most so many; none at the end."""
        while not self._piece and (data := next(self._chunks, b"")):
            self._piece = memoryview(data)
        found, self._piece = self._piece[:size], self._piece[size:]
        return bytes(found)
