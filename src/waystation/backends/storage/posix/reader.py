"""An open file of a tree."""

import os
import stat
from contextlib import suppress
from types import TracebackType
from typing import Self

from waystation.domains.hosting.ports import Found


class FileReader:
    """A `Reader` of a file of the system; it takes the handle over."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.found = self.look()
        self._at = 0
        self._end: int | None = None

    @property
    def handle(self) -> int | None:
        """As the port promises."""
        return self._handle

    def seek(self, offset: int, length: int) -> None:
        """As the port promises."""
        self._at, self._end = offset, offset + length

    def read(self, size: int, /) -> bytes:
        """As the port promises."""
        some = size if self._end is None else min(size, self._end - self._at)
        data = os.pread(self._handle, some, self._at)
        self._at += len(data)
        return data

    def look(self) -> Found:
        """As the port promises."""
        found = seen_of(os.fstat(self._handle))
        assert found is not None, "only files are opened"
        return found

    def forget(self) -> None:
        """As the port promises; a file system that has no caches is as good."""
        with suppress(OSError):
            os.posix_fadvise(self._handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """As the port promises."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def seen_of(seen: os.stat_result) -> Found | None:
    """What the system tells; None of what is neither a file nor a folder."""
    folder = stat.S_ISDIR(seen.st_mode)
    if not folder and not stat.S_ISREG(seen.st_mode):
        return None
    return Found(folder, 0 if folder else seen.st_size, seen.st_ino, seen.st_mtime_ns)
