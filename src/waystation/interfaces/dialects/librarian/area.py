"""The staging area: a folder that clients and we both see, with a directory for each upload.

Clients copy what they upload into it themselves. Whoever may write there may write anything, so
nothing is followed: a symbolic link anywhere in an upload, or on the way to it, refuses it.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1_048_576
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Group members write here too, and what they make is the group's.
_MODE = 0o2775


class OddError(Exception):
    """An upload has something in it that is neither file nor directory."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of an upload, open, or a directory in it.

    Attributes:
        path: below the upload; empty is the upload itself.
        handle: of the open file; None of a directory.
        size: bytes when it was opened.
        mtime: of the content.
    """

    path: str
    handle: int | None
    size: int
    mtime: datetime

    def chunks(self) -> Iterator[bytes]:
        """The bytes of a file, from its beginning to its end."""
        assert self.handle is not None
        offset = 0
        while data := os.pread(self.handle, _CHUNK, offset):
            yield data
            offset += len(data)


class Area:
    """The folder of the settings."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def make(self, folder: str) -> None:
        """Make the directory of an upload; one that is there is good.

        Raises:
            OSError: it cannot be made.
        """
        made = self._root / folder
        made.mkdir(exist_ok=True)
        made.chmod(_MODE)

    def location(self, folder: str, name: str) -> str:
        """Where a client has to put an upload."""
        return str(self._root / folder / name)

    def free(self) -> int:
        """Bytes that have room on its disk."""
        return shutil.disk_usage(self._root).free

    def is_directory(self, folder: str, name: str) -> bool:
        """Whether an upload is a directory.

        Raises:
            FileNotFoundError: nothing was put there.
            OddError: it, or the directory of the upload, is neither that nor a file.
        """
        with self._opened(folder) as at:
            seen = os.stat(name, dir_fd=at, follow_symlinks=False)
        if not stat.S_ISDIR(seen.st_mode) and not stat.S_ISREG(seen.st_mode):
            raise OddError(name)
        return stat.S_ISDIR(seen.st_mode)

    def pieces(self, folder: str, name: str) -> Iterator[Piece]:
        """The file that was put, or all below a directory, each directory before what is in it.

        A file is open until the next piece is asked for.

        Raises:
            FileNotFoundError: it was taken away.
            OddError: something in it is neither file nor directory.
        """
        with self._opened(folder) as at:
            if self.is_directory(folder, name):
                yield from _walked(name, at)
            else:
                yield from _file(name, at, "")

    def remove(self, folder: str) -> None:
        """What is staged there goes; nothing there is good.

        Raises:
            OSError: others made it so that it cannot be removed.
        """
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._root / folder)

    def folders(self) -> Iterator[str]:
        """Directories of uploads; what others keep here beside them is not looked at."""
        with os.scandir(self._root) as there:
            for each in there:
                if _UUID.fullmatch(each.name) and each.is_dir(follow_symlinks=False):
                    yield each.name

    @contextlib.contextmanager
    def _opened(self, folder: str) -> Iterator[int]:
        root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            handle = os.open(folder, _FOLDER, dir_fd=root)
        except NotADirectoryError as problem:
            raise OddError(folder) from problem
        finally:
            os.close(root)
        try:
            yield handle
        finally:
            os.close(handle)


def _walked(name: str, at: int) -> Iterator[Piece]:
    """A directory in an open one; a link that takes its place meanwhile is not followed."""

    def failed(problem: OSError) -> None:
        raise problem

    for top, folders, files, here in os.fwalk(
        name, dir_fd=at, onerror=failed, follow_symlinks=False
    ):
        below = top[len(name) :].lstrip("/")
        for each in folders:
            seen = os.stat(each, dir_fd=here, follow_symlinks=False)
            if not stat.S_ISDIR(seen.st_mode):
                raise OddError(f"{below}/{each}".lstrip("/"))
            yield Piece(f"{below}/{each}".lstrip("/"), None, 0, _moment(seen))
        for each in files:
            yield from _file(each, here, f"{below}/{each}".lstrip("/"))


def _file(name: str, at: int, path: str) -> Iterator[Piece]:
    try:
        handle = os.open(name, _FILE, dir_fd=at)
    except OSError as problem:
        if problem.errno in {errno.ELOOP, errno.ENXIO}:
            raise OddError(path or name) from problem
        raise
    try:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode):
            raise OddError(path or name)
        yield Piece(path, handle, seen.st_size, _moment(seen))
    finally:
        os.close(handle)


def _moment(seen: os.stat_result) -> datetime:
    return datetime.fromtimestamp(seen.st_mtime, UTC)
