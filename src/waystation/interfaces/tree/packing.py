"""A folder as a tar or a zip, made while it is sent."""

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import RawIOBase

from waystation.domains.hosting.door import Hosting, Reader, Space
from waystation.interfaces.tree.asking import Where
from waystation.interfaces.tree.walking import Leaf

PIECE = 2**18
_CHUNK = 2**20
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_ZIP_FROM, _ZIP_TO = 1980, 2107
"""Years that a zip can say."""

_FOLDER_BITS = 0o040000 << 16 | 0x10
_FILE_BITS = 0o100000 << 16

MOST_ZIPPED = 100_000
"""Entries of a zip: it ends with a list of all of them, which is held until then."""


class Packer:
    """Reads the files of one folder of a space."""

    def __init__(self, hosting: Hosting, space: Space, at: Where) -> None:
        self._storage = hosting.spaces.storage(space)
        self._at = at

    def tar(self, leaves: Iterator[Leaf]) -> Iterator[bytes]:
        """A tar (POSIX 2001) in pieces worth sending.

        What is not on the disk any more, or is shorter than it was, ends it without an end mark:
        the reader sees that it is broken.
        """
        yield from _gathered(self._tar(leaves))

    def zip(self, leaves: Iterator[Leaf]) -> Iterator[bytes]:
        """A zip, not compressed: most data is not the smaller for it, and the machine idle."""
        out = Pipe()
        with zipfile.ZipFile(out, "w") as made:
            for leaf in leaves:
                info = zipfile.ZipInfo(leaf.name + "/" * leaf.entry.folder, _zip_time(leaf))
                if leaf.entry.folder:
                    info.external_attr = _FOLDER_BITS | _FOLDER_MODE << 16
                    made.writestr(info, b"")
                    continue
                info.external_attr = _FILE_BITS | _FILE_MODE << 16
                with (
                    self._open(leaf) as file,
                    made.open(info, "w", force_zip64=leaf.entry.size >= 2**31) as into,
                ):
                    for data in _read(file, leaf.entry.size):
                        into.write(data)
                        if out.waiting >= PIECE:
                            yield out.take()
        yield out.take()

    def _tar(self, leaves: Iterator[Leaf]) -> Iterator[bytes]:
        for leaf in leaves:
            info = tarfile.TarInfo(leaf.name)
            info.mtime = int(leaf.entry.mtime.timestamp())
            if leaf.entry.folder:
                info.type, info.mode = tarfile.DIRTYPE, _FOLDER_MODE
                yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
                continue
            info.mode = _FILE_MODE
            with self._open(leaf) as file:
                info.size = file.found.bytes
                yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
                yield from _read(file, info.size)
            yield bytes(-info.size % tarfile.BLOCKSIZE)
        yield bytes(2 * tarfile.BLOCKSIZE)

    def _open(self, leaf: Leaf) -> Reader:
        return self._storage.open(self._at.below(leaf.name), leaf.entry)


def lines(leaves: Iterator[Leaf], line: Callable[[Leaf], bytes]) -> Iterator[bytes]:
    """A list in pieces worth sending."""
    yield from _gathered(line(leaf) for leaf in leaves)


class Pipe(RawIOBase):
    """Where a zip is written to: what has not been taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        """Only that; no going back."""
        return True

    def write(self, data: object, /) -> int:
        """Keep it until it is taken."""
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        self.waiting += len(part)
        return len(part)

    def take(self) -> bytes:
        """All that waits."""
        whole = b"".join(self._parts)
        self._parts, self.waiting = [], 0
        return whole


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []
    waiting = 0
    for piece in pieces:
        parts.append(piece)
        waiting += len(piece)
        if waiting >= PIECE:
            yield b"".join(parts)
            parts, waiting = [], 0
    if parts:
        yield b"".join(parts)


def _read(file: Reader, size: int) -> Iterator[bytes]:
    """So many bytes of a file.

    Raises:
        ConnectionError: it was cut meanwhile; the reader must not take the archive for whole.
    """
    left = size
    while left:
        data = file.read(min(_CHUNK, left))
        if not data:
            raise ConnectionError("the file was cut while it was sent")
        left -= len(data)
        yield data


def _zip_time(leaf: Leaf) -> tuple[int, int, int, int, int, int]:
    at = leaf.entry.mtime.astimezone(UTC)
    if at.year < _ZIP_FROM:
        at = datetime(_ZIP_FROM, 1, 1, tzinfo=UTC)
    elif at.year > _ZIP_TO:
        at = datetime(_ZIP_TO, 12, 31, tzinfo=UTC)
    return at.year, at.month, at.day, at.hour, at.minute, at.second
