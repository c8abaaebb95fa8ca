"""Giving disk space back: only files that a cartridge holds just as they are on disk."""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Sequence
from contextlib import suppress

from waystation.backends.tape.ltfs.cartridges import complaint, folder_of
from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.index import Copy
from waystation.backends.tape.ltfs.trees import Spot, open_folder

IN_USE = frozenset({errno.EAGAIN, errno.EBUSY})


class Releaser:
    """Removes disk copies. Make a new one for each call: what it saw of cartridges gets old."""

    def __init__(self, config: LtfsConfig) -> None:
        self._config = config
        self._complaints: dict[tuple[str, str], str] = {}

    def release(self, spot: Spot, copies: Sequence[Copy]) -> bool:
        """Remove the disk copy of a file, if a cartridge's copy is known good; whether it was.

        Known good: the cartridge is mounted and is the one that was looked through, and it has
        the file now, with the size and the modification time of the file on disk.
        """
        with suppress(OSError):
            folder = open_folder(spot.root, spot.folders)
            try:
                return self._remove(folder, spot, copies)
            finally:
                os.close(folder)
        return False

    def _remove(self, folder: int, spot: Spot, copies: Sequence[Copy]) -> bool:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(spot.name, flags, dir_fd=folder)
        try:
            seen = os.fstat(file)
            good = stat.S_ISREG(seen.st_mode) and any(self._good(spot, c, seen) for c in copies)
            if not good or _in_use(file):
                return False
            now = os.stat(spot.name, dir_fd=folder, follow_symlinks=False)
            if _facts(now) != _facts(seen) or _facts(os.fstat(file)) != _facts(seen):
                return False
            os.unlink(spot.name, dir_fd=folder)
        finally:
            os.close(file)
        return True

    def _good(self, spot: Spot, copy: Copy, disk: os.stat_result) -> bool:
        if (copy.size, copy.mtime_ns) != (disk.st_size, disk.st_mtime_ns):
            return False
        which = (copy.tape, copy.uuid)
        if which not in self._complaints:
            self._complaints[which] = complaint(self._config, *which)
        if self._complaints[which]:
            return False
        place = folder_of(self._config, copy.tape)
        *folders, name = spot.on_tape.split(b"/")
        with suppress(OSError):
            folder = open_folder(place, folders)
            try:
                seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
            finally:
                os.close(folder)
            same = (seen.st_size, seen.st_mtime_ns) == (copy.size, copy.mtime_ns)
            return stat.S_ISREG(seen.st_mode) and same
        return False


def _in_use(file: int) -> bool:
    """Somebody has the file open: a write lease is refused then (`fcntl(2)`, F_SETLEASE).

    File systems without leases say so in another way, and the file counts as not in use.
    """
    try:
        # Who opens it while we hold the lease waits a moment; the signal for us must be harmless.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        return error.errno in IN_USE
    return False


def _facts(seen: os.stat_result) -> tuple[int, int, int, int]:
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns
