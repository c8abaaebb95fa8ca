"""A space's bytes in a bucket of an S3-compatible object store.

Each upload draws a key that it keeps: `BASE/objects/<128 random bits>`. An object appears whole
(PUT, or the completion of a multipart upload) and is never written again, renamed or replaced;
which one is a file, and by which name, is the catalogue's to say.
"""

import errno
from collections.abc import Sequence
from functools import partial

from botocore.exceptions import BotoCoreError

from waystation.backends.storage import keys
from waystation.backends.storage.keys import Drawn, Tree
from waystation.backends.storage.nameless import Nameless
from waystation.backends.storage.ranged import RangedReader
from waystation.backends.storage.s3.bucket import Bucket
from waystation.backends.storage.s3.grid import Grid
from waystation.backends.storage.s3.marks import Mark, Marks
from waystation.backends.storage.s3.resuming import ResumedSink, reached
from waystation.backends.storage.s3.sink import ObjectSink
from waystation.domains.hosting.errors import BusyError
from waystation.domains.hosting.ports import Found, Reader, Resumed, Sink, Stamp
from waystation.kernel.locks import Locks


class S3Storage(Nameless):
    """A `Storage` with `Keys`.

    Args:
        bucket: of the store.
        base: folder of the space in it.
        locks: so that one request at a time goes on with an upload.
    """

    nearline = False
    prompt = False

    def __init__(self, bucket: Bucket, base: str, locks: Locks) -> None:
        self._bucket = bucket
        self._tree = Tree(base.strip("/"))
        self._locks = locks

    # ------------------------------------------------------------------------------------- keys

    @property
    def keys(self) -> "S3Storage":
        """As the port promises."""
        return self

    def stamp(self, part: str) -> Drawn:
        """As the port promises."""
        return keys.stamp(part)

    def erase(self, stamps: Sequence[Stamp]) -> None:
        """As the port promises."""
        self._bucket.delete([self._tree.object(each) for each in stamps])

    # ------------------------------------------------------------------------------------ parts

    def receive(self, part: str, *, expected: int | None) -> Sink:
        """As the port promises; room is not asked for: a bucket does not tell it."""
        grid = Grid.of(expected, self._bucket.config.part_bytes)
        return ObjectSink(self._bucket, self._tree.of_part(part), grid)

    def resume(self, part: str, *, expected: int) -> Resumed:
        """As the port promises."""
        name = f"part:{keys.digits(part)}"
        if not self._locks.take(name):
            raise BusyError(
                "Another request is writing to this upload.", advice="Try again in a moment."
            )
        leave = partial(self._locks.give, name)
        try:
            whole = self._bucket.head(self._tree.of_part(part))
            if whole is not None:
                at = Mark(whole.bytes)
            else:
                at = reached(self._bucket, self._tree, part) or Mark(0)
            return ResumedSink(
                self._bucket,
                self._tree,
                part,
                grid=Grid.of(expected, self._bucket.config.part_bytes),
                at=at,
                whole=whole is not None,
                leave=leave,
            )
        except BaseException:
            leave()
            raise

    def written(self, part: str) -> int | None:
        """As the port promises."""
        whole = self._bucket.head(self._tree.of_part(part))
        if whole is not None:
            return whole.bytes
        at = reached(self._bucket, self._tree, part)
        return at.offset if at is not None else None

    def reread(self, part: str) -> Reader:
        """As the port promises."""
        return self.open(part, keys.stamp(part))

    def discard(self, part: str) -> bool:
        """As the port promises."""
        key = self._tree.of_part(part)
        uploads = [each for each in self._bucket.begun(key) if each.key == key]
        gone = [self._bucket.abort(key, each.id) for each in uploads]
        marked = Marks(self._bucket, self._tree.marks(part)).clear()
        return any(gone) or marked

    def parts(self, before_s: float) -> list[str]:
        """As the port promises."""
        begun = self._bucket.begun(self._tree.objects)
        old = [each.key for each in begun if each.began.timestamp() < before_s]
        marks = self._bucket.list(self._tree.all_marks)
        old += [each.key for each in marks if each.modified.timestamp() < before_s]
        found = {self._tree.part(key) for key in old}
        return sorted(part for part in found if part is not None)

    def receive_many(self, parts: Sequence[tuple[str, bytes]], *, durable: bool) -> None:
        """As the port promises; an object store has what it answers for."""
        del durable
        put, tree = self._bucket.put, self._tree
        for _ in self._bucket.threads.map(lambda p: put(tree.of_part(p[0]), p[1]), parts):
            pass

    # ------------------------------------------------------------------------------------ files

    def place(self, part: str, path: str, *, durable: bool) -> Found:
        """As the port promises."""
        del durable
        there = self._bucket.head(self._tree.of_part(part))
        if there is None:
            raise FileNotFoundError(errno.ENOENT, "the upload was not finished", path)
        drawn = keys.stamp(part)
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

        return list(self._bucket.threads.map(placed, moves))

    def open(self, path: str, known: Stamp) -> Reader:
        """As the port promises."""
        key = self._tree.object(known)
        there = self._bucket.head(key)
        if there is None:
            raise FileNotFoundError(errno.ENOENT, "no such object", path)
        found = Found(folder=False, bytes=there.bytes, inode=known.inode, mtime_ns=known.mtime_ns)
        name, fetch = self._bucket.config.name, partial(self._bucket.get, key, etag=there.etag)
        return RangedReader(fetch, found, name, (BotoCoreError, OSError))

    def make_folder(self, path: str) -> None:
        """As the port promises; for the top one the bucket has to be there."""
        if not path:
            self._bucket.check()
