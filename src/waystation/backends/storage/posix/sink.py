"""A part that is being written."""

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from waystation.domains.hosting.errors import StorageFullError

_SYNCERS = 8
"""A journal takes as many as ask at once in one commit: more than one pays, hundreds do not."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def full_or() -> Iterator[None]:
    """A full disk is told as what it is; other trouble of the system goes on."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in _FULL:
            raise
        raise StorageFullError(
            "The disk of this space has no room.", advice="Tell the operators; try again later."
        ) from problem


def write_all(handle: int, data: bytes) -> None:
    """Write every byte, however many calls the system makes of it."""
    view = memoryview(data)
    with full_or():
        while view:
            view = view[os.write(handle, view) :]


def sync_all(handles: Sequence[int]) -> None:
    """Everything written to these is on the disk itself."""
    with full_or(), ThreadPoolExecutor(min(_SYNCERS, max(1, len(handles)))) as pool:
        for _ in pool.map(os.fsync, handles):
            pass


class FileSink:
    """A `Sink` on an open file; cut to what it has already, a `Resumed`."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._written = 0

    @property
    def written(self) -> int:
        """As the port promises."""
        return self._written

    def cut(self, offset: int) -> None:
        """As the port promises."""
        os.ftruncate(self._handle, offset)
        os.lseek(self._handle, offset, os.SEEK_SET)
        self._written = offset

    def write(self, data: bytes) -> None:
        """As the port promises."""
        view = memoryview(data)
        with full_or():
            while view:
                done = os.write(self._handle, view)
                self._written += done
                view = view[done:]

    def sync(self) -> None:
        """As the port promises."""
        with full_or():
            self._trim()
            os.fsync(self._handle)

    def finish(self, *, durable: bool) -> None:
        """As the port promises."""
        if durable:
            self.sync()

    def close(self) -> None:
        """As the port promises."""
        if self._handle >= 0:
            self._trim()
            os.close(self._handle)
            self._handle = -1

    def _trim(self) -> None:
        """Cut off what was allocated and not written; else not touched, nor its time."""
        if os.fstat(self._handle).st_size != self._written:
            os.ftruncate(self._handle, self._written)
