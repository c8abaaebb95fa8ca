"""Folders beside the files of a tree, where transfers put what they bring."""

import contextlib
import errno
import os
import shutil
import stat
from pathlib import Path

from waystation.backends.storage.posix.beneath import at
from waystation.backends.storage.posix.reader import FileReader
from waystation.domains.hosting.paths import HIDDEN

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV}
_MODE = 0o640


class PosixLandings:
    """`Landings` of a tree: `.waystation/landings/NAME`.

    Args:
        root: of the tree.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def make(self, landing: str) -> str:
        """As the port promises."""
        where = Path(self._root) / HIDDEN / "landings" / landing
        where.parent.mkdir(mode=0o2770, parents=True, exist_ok=True)
        where.mkdir(mode=0o2770, exist_ok=True)
        return str(where)

    def open(self, landing: str, path: str) -> FileReader:
        """As the port promises."""
        try:
            with at(self._root, _place(landing, path)) as where:
                handle = os.open(where.name, _READ, dir_fd=where.folder)
        except OSError as problem:
            if problem.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise FileNotFoundError(errno.ENOENT, "not a file", path) from problem
            raise
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileNotFoundError(errno.ENOENT, "not a file", path)
        return FileReader(handle)

    def take(self, landing: str, path: str, part: str, *, durable: bool) -> None:
        """As the port promises.

        It is linked, so that a death before the commit, whose part is swept, loses no bytes.
        """
        source, target = _place(landing, path), f"{HIDDEN}/parts/{part}"
        with at(self._root, source) as old, at(self._root, target) as new:
            folders = {"src_dir_fd": old.folder, "dst_dir_fd": new.folder}
            try:
                os.link(old.name, new.name, **folders, follow_symlinks=False)
            except OSError as problem:
                if problem.errno not in _NO_LINKS:
                    raise
                os.rename(old.name, new.name, **folders)  # noqa: PTH104 - inside open folders
            handle = os.open(new.name, _READ, dir_fd=new.folder)
            try:
                with contextlib.suppress(PermissionError):  # whoever brought it may own it
                    os.fchmod(handle, _MODE)
                if durable:
                    os.fsync(handle)
            finally:
                os.close(handle)

    def clear(self, landing: str) -> None:
        """As the port promises."""
        with contextlib.suppress(FileNotFoundError), at(self._root, _place(landing)) as where:
            shutil.rmtree(where.name, dir_fd=where.folder)


def _place(landing: str, path: str = "") -> str:
    return f"{HIDDEN}/landings/{landing}/{path}"
