"""Bytes from one open file to another, within the kernel where it can."""

import errno
import os
from collections.abc import Callable

from waystation.backends.transfer.hands import digests

STRIDE = 32 * 2**20
"""Bytes that the kernel copies before we look whether the task is still wanted, and check them
while they are in memory."""
_NOT_HERE = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


def pour(
    old: int, new: int, check: Callable[[], None], sums: digests.Running | None = None
) -> None:
    """Copy all that is left of a file; what has been written is added to a checksum."""
    at = 0
    while moved := _stride(old, new):
        check()
        if sums is not None:
            _add(sums, new, at, moved)
        at += moved


def _stride(old: int, new: int) -> int:
    """Copy the next bytes of a file; how many."""
    try:
        return os.copy_file_range(old, new, STRIDE)
    except OSError as problem:
        if problem.errno not in _NOT_HERE:
            raise
    data = memoryview(os.read(old, digests.CHUNK))
    done = 0
    while done < len(data):
        done += os.write(new, data[done:])
    return done


def _add(sums: digests.Running, file: int, at: int, size: int) -> None:
    """Add bytes that were just written to a checksum."""
    end = at + size
    while at < end:
        data = os.pread(file, min(digests.CHUNK, end - at), at)
        if not data:
            return
        sums.update(data)
        at += len(data)
