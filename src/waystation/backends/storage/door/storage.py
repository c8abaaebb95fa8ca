"""A space's bytes at a Storage Element of another site.

An upload is on this machine until it is whole, then it is PUT under a key that it keeps, and the
checksum that the door tells is compared. Nothing is renamed there: which key is a file, and by
which name, is the catalogue's to say, so a PUT that broke off is seen by nobody.
"""

import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import httpx

from waystation.backends.storage import keys
from waystation.backends.storage.door.door import Door
from waystation.backends.storage.door.sink import ResumedSpooledSink, SpooledSink, Whole
from waystation.backends.storage.keys import Drawn, Tree
from waystation.backends.storage.nameless import Nameless
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.backends.storage.ranged import RangedReader
from waystation.domains.hosting.ports import Found, Reader, Resumed, Sink, Stamp

_BROKEN = (httpx.HTTPError, OSError)


class DoorStorage(Nameless):
    """A `Storage` with `Keys`.

    Args:
        door: of the other site.
        base: folder of the space there.
    """

    nearline = False
    prompt = True  # bytes come to our own disk first

    def __init__(self, door: Door, base: str) -> None:
        self._door = door
        self._tree = Tree(base.strip("/"))
        self._spool = PosixStorage(f"{door.config.spool}/{base.strip('/')}")
        self._many = ThreadPoolExecutor(door.config.at_once, f"door-{door.config.name}")

    # ------------------------------------------------------------------------------------- keys

    @property
    def keys(self) -> "DoorStorage":
        """As the port promises."""
        return self

    def stamp(self, part: str) -> Drawn:
        """As the port promises."""
        return keys.stamp(part)

    def erase(self, stamps: Sequence[Stamp]) -> None:
        """As the port promises."""
        for _ in self._many.map(lambda each: self._door.delete(self._key(each)), stamps):
            pass

    def _key(self, stamp: Stamp) -> str:
        """With folders of their own for each 256th, as file systems like it."""
        folder, _, number = self._tree.object(stamp).rpartition("/")
        return f"{folder}/{number[:2]}/{number[2:]}"

    # ------------------------------------------------------------------------------------ parts

    def receive(self, part: str, *, expected: int | None) -> Sink:
        """As the port promises; the room is asked for here."""
        self._spool.make_folder("")
        spooled = self._spool.receive(part, expected=expected)
        return SpooledSink(spooled, partial(self._send, part))

    def resume(self, part: str, *, expected: int) -> Resumed:
        """As the port promises."""
        self._spool.make_folder("")
        if self._spool.written(part) is None:
            there = self._door.head(self._key(keys.stamp(part)))
            if there is not None and there.bytes == expected:
                return Whole(expected)
        spooled = self._spool.resume(part, expected=expected)
        return ResumedSpooledSink(spooled, partial(self._send, part))

    def written(self, part: str) -> int | None:
        """As the port promises."""
        here = self._spool.written(part)
        if here is not None:
            return here
        there = self._door.head(self._key(keys.stamp(part)))
        return there.bytes if there is not None else None

    def reread(self, part: str) -> Reader:
        """As the port promises."""
        return self.open(part, keys.stamp(part))

    def discard(self, part: str) -> bool:
        """As the port promises."""
        return self._spool.discard(part)

    def parts(self, before_s: float) -> list[str]:
        """As the port promises."""
        self._spool.make_folder("")
        return self._spool.parts(before_s)

    def receive_many(self, parts: Sequence[tuple[str, bytes]], *, durable: bool) -> None:
        """As the port promises; a door has what it answers for."""
        del durable

        def put(each: tuple[str, bytes]) -> None:
            part, data = each
            self._door.put(self._key(keys.stamp(part)), BytesIO(data), len(data))

        for _ in self._many.map(put, parts):
            pass

    def _send(self, part: str) -> None:
        """Bring a whole part to the door; then it is not needed here."""
        with self._spool.reread(part) as file:
            assert file.handle is not None
            with os.fdopen(os.dup(file.handle), "rb") as data:
                self._door.put(self._key(keys.stamp(part)), data, file.found.bytes)
        self._spool.discard(part)

    # ------------------------------------------------------------------------------------ files

    def place(self, part: str, path: str, *, durable: bool) -> Found:
        """As the port promises."""
        del durable
        drawn = keys.stamp(part)
        there = self._door.head(self._key(drawn)) if self._spool.written(part) is None else None
        if there is None:
            raise FileNotFoundError(errno.ENOENT, "the upload was not finished", path)
        return Found(folder=False, bytes=there.bytes, inode=drawn.inode, mtime_ns=drawn.mtime_ns)

    def place_many(
        self, moves: Sequence[tuple[str, str]], *, durable: bool
    ) -> list[Found | OSError]:
        """As the port promises."""

        def placed(move: tuple[str, str]) -> Found | OSError:
            try:
                return self.place(*move, durable=durable)
            except OSError as problem:
                return problem

        return list(self._many.map(placed, moves))

    def open(self, path: str, known: Stamp) -> Reader:
        """As the port promises."""
        key = self._key(known)
        there = self._door.head(key)
        if there is None:
            raise FileNotFoundError(errno.ENOENT, "nothing is there", path)
        found = Found(folder=False, bytes=there.bytes, inode=known.inode, mtime_ns=known.mtime_ns)
        fetch = partial(self._door.get, key)
        return RangedReader(fetch, found, self._door.config.name, _BROKEN)

    def make_folder(self, path: str) -> None:
        """As the port promises; for the top one the door has to let us in."""
        if not path:
            self._spool.make_folder("")
            self._door.check()
