"""Uploads that are gone on with: full parts are kept as such, what is behind them in a mark.

Wherever somebody stops (a synced or closed sink) a mark is written, and every few parts. What
came after the newest one does not count and is sent again. The mark at which a sink began stays
until another sink begins: it can be cut back to.
"""

from collections.abc import Callable

from waystation.backends.storage.keys import Tree
from waystation.backends.storage.s3.bucket import Bucket
from waystation.backends.storage.s3.grid import Grid
from waystation.backends.storage.s3.marks import Mark, Marks
from waystation.backends.storage.s3.sink import ObjectSink, quietly
from waystation.kernel.errors import UnavailableError

MARK_EVERY = 8
"""Full parts between marks while bytes come: so much is sent again after a sudden death."""


def reached(bucket: Bucket, tree: Tree, part: str) -> Mark | None:
    """Ask the bucket how far an unfinished part came; None when nothing is there."""
    key, marks = tree.of_part(part), Marks(bucket, tree.marks(part))
    there = marks.offsets()
    if not there:
        return None
    known = {each.id for each in bucket.begun(key) if each.key == key}
    for offset in there:
        mark = marks.read(offset)
        # The bucket's own rules may have ended the multipart upload.
        if not mark.parts or mark.upload in known:
            return mark
    return Mark(0)


class ResumedSink(ObjectSink):
    """A `Resumed`.

    Args:
        bucket, tree, part: what is gone on with.
        grid: its parts.
        at: how far it came.
        whole: it is finished.
        leave: somebody else may go on with it.
    """

    def __init__(
        self,
        bucket: Bucket,
        tree: Tree,
        part: str,
        *,
        grid: Grid,
        at: Mark,
        whole: bool,
        leave: Callable[[], None],
    ) -> None:
        super().__init__(bucket, tree.of_part(part), grid)
        self._marks = Marks(bucket, tree.marks(part))
        self._leave: Callable[[], None] | None = leave
        self._finished, self._size = whole, at.offset
        self._first, self._marked = at, at.offset
        self._take(at)

    @property
    def written(self) -> int:
        """As the port promises."""
        return self._size if self._finished else super().written

    def sync(self) -> None:
        """As the port promises: the mark says so."""
        if not self._finished and self.written != self._marked:
            self._mark()

    def cut(self, offset: int) -> None:
        """As the port promises; elsewhere than at a mark no further than to a full part."""
        if self._finished or offset >= self.written:
            return
        self._drain()
        self._take(self._before(offset))
        if self._first.offset > self.written:
            self._first = self._now()
        # What is behind counts no more, also when this process dies now.
        self._mark()

    def finish(self, *, durable: bool) -> None:
        """As the port promises."""
        size = self.written
        super().finish(durable=durable)
        self._size = size
        try:
            self._marks.clear()
        except UnavailableError as problem:
            quietly("marks of a finished upload stay for a while", problem)

    def close(self) -> None:
        """As the port promises: what came is kept."""
        if self._leave is None:
            return
        try:
            self.sync()
        except UnavailableError as problem:
            quietly("the last bytes of an upload are not kept", problem)
        finally:
            super().close()
            leave, self._leave = self._leave, None
            leave()

    def _send(self, data: bytes) -> None:
        full = len(data) == self._grid.size(self._number)
        super()._send(data)
        if full and (self._number - 1) % MARK_EVERY == 0:
            self._drain()
            done = self._grid.start(self._number)
            self._write(Mark(done, self._upload, self._parts()))

    def _mark(self) -> None:
        """Write down how far it came."""
        self._drain()
        self._write(self._now())

    def _write(self, mark: Mark) -> None:
        self._marks.put(mark, keep={self._first.offset})
        self._marked = mark.offset

    def _now(self) -> Mark:
        return Mark(self.written, self._upload, self._parts(), bytes(self._buffer))

    def _take(self, at: Mark) -> None:
        """Go on from there; a multipart upload that was begun since stays the one."""
        self._upload = at.upload or self._upload
        self._sent = {each.number: each for each in at.parts}
        self._number = len(at.parts) + 1
        self._buffer[:] = at.tail

    def _before(self, offset: int) -> Mark:
        """How far it was at an offset, or a little before."""
        if offset == self._first.offset:
            return self._first
        if offset in self._marks.offsets():
            return self._marks.read(offset)
        number = self._grid.number(offset)
        start = self._grid.start(number)
        here = number == self._number
        tail = bytes(self._buffer[: offset - start]) if here else b""
        return Mark(start + len(tail), self._upload, self._parts()[: number - 1], tail)
