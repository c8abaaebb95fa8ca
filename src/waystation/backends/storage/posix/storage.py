"""A tree of files on an ordinary file system.

Parts are written in the tree's own hidden folder, so that becoming a file is one rename.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from waystation.backends.storage.posix.beneath import At, at, opened
from waystation.backends.storage.posix.landings import PosixLandings
from waystation.backends.storage.posix.reader import FileReader, seen_of
from waystation.backends.storage.posix.sink import FileSink, full_or, sync_all, write_all
from waystation.domains.hosting.entities import Locality
from waystation.domains.hosting.errors import BusyError
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.ports import Found, Landings, Reader, Resumed, Sink, Stamp

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_AGAIN = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class PosixStorage:
    """A `Storage` in a folder.

    Args:
        root: the folder; made, with its hidden one, by `make_folder("")`.
    """

    nearline = False
    prompt = True
    keys = None

    def __init__(self, root: str) -> None:
        self._root = root
        self.landings: Landings | None = PosixLandings(root)

    def receive(self, part: str, *, expected: int | None) -> Sink:
        """As the port promises; the room is asked for at once, so that a full disk says so."""
        with full_or(), at(self._root, _part(part)) as where:
            handle = os.open(where.name, _NEW, 0o640, dir_fd=where.folder)
            if expected:
                _allocate(handle, expected)
            return FileSink(handle)

    def resume(self, part: str, *, expected: int) -> Resumed:
        """As the port promises; nothing is asked for ahead, so that the size is what came."""
        del expected
        with full_or(), at(self._root, _part(part)) as where:
            handle = os.open(where.name, _AGAIN, 0o640, dir_fd=where.folder)
        try:
            # Goes with the process, however that ends.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sink = FileSink(handle)
            sink.cut(os.fstat(handle).st_size)
        except BlockingIOError as problem:
            os.close(handle)
            raise BusyError(
                "Another request is writing to this upload.", advice="Try again in a moment."
            ) from problem
        return sink

    def written(self, part: str) -> int | None:
        """As the port promises."""
        found = self.find(_part(part))
        return found.bytes if found is not None else None

    def reread(self, part: str) -> Reader:
        """As the port promises."""
        return self._open(_part(part))

    def place(self, part: str, path: str, *, durable: bool) -> Found:
        """As the port promises."""
        with at(self._root, _part(part)) as source, at(self._root, path) as target:
            os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
            if durable:
                os.fsync(target.folder)
            found = _found(target)
        assert found is not None
        return found

    def receive_many(self, parts: Sequence[tuple[str, bytes]], *, durable: bool) -> None:
        """As the port promises; many are synced at a time, which shares the disk's journal."""
        with opened(self._root, [HIDDEN, "parts"]) as folder:
            handles: list[int] = []
            try:
                for part, data in parts:
                    handles.append(os.open(part, _NEW, 0o640, dir_fd=folder))
                    write_all(handles[-1], data)
                if durable:
                    sync_all(handles)
            finally:
                for handle in handles:
                    os.close(handle)

    def place_many(
        self, moves: Sequence[tuple[str, str]], *, durable: bool
    ) -> list[Found | OSError]:
        """As the port promises; each folder is opened, and synced, once."""
        found: dict[int, Found | OSError] = {}
        order = sorted(range(len(moves)), key=lambda n: moves[n][1].rpartition("/")[0])
        with opened(self._root, [HIDDEN, "parts"]) as parts:
            for folder, group in groupby(order, key=lambda n: moves[n][1].rpartition("/")[0]):
                numbers = list(group)
                try:
                    with opened(self._root, [n for n in folder.split("/") if n]) as target:
                        for n in numbers:
                            part, name = moves[n][0], moves[n][1].rpartition("/")[2]
                            found[n] = _placed(parts, part, At(target, name))
                        if durable:
                            os.fsync(target)
                except OSError as problem:
                    found |= dict.fromkeys(numbers, problem)
        return [found[n] for n in range(len(moves))]

    def discard(self, part: str) -> bool:
        """As the port promises."""
        try:
            with at(self._root, _part(part)) as where:
                os.unlink(where.name, dir_fd=where.folder)
        except FileNotFoundError:
            return False
        return True

    def find(self, path: str) -> Found | None:
        """As the port promises."""
        try:
            with at(self._root, path) as where:
                return _found(where)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, path: str, known: Stamp) -> Reader:
        """As the port promises."""
        del known
        return self._open(path)

    def _open(self, path: str) -> FileReader:
        try:
            with at(self._root, path) as where:
                handle = os.open(where.name, _READ, dir_fd=where.folder)
        except OSError as problem:
            if problem.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise FileNotFoundError(errno.ENOENT, "a symbolic link", path) from problem
            raise
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileNotFoundError(errno.ENOENT, "not a file", path)
        return FileReader(handle)

    def local(self, path: str) -> str | None:
        """As the port promises."""
        return self.place_of(path)

    def localities(self, paths: Sequence[str]) -> list[Locality]:
        """As the port promises."""
        return [Locality.DISK] * len(paths)

    def children(self, path: str) -> Iterator[tuple[str, Found]]:
        """As the port promises."""
        names = [name for name in path.split("/") if name]
        with opened(self._root, names) as folder, os.scandir(folder) as there:
            for each in there:
                if each.name == HIDDEN and not names:
                    continue
                seen = each.stat(follow_symlinks=False)
                if (found := seen_of(seen)) is not None:
                    yield each.name, found

    def place_of(self, path: str) -> str:
        """A path of the tree as the file system has it."""
        return f"{self._root}/{path.strip('/')}"

    @staticmethod
    def resident(handle: int) -> bool:
        """Whether an open file has bytes on this disk, or none at all."""
        seen = os.fstat(handle)
        return seen.st_blocks > 0 or not seen.st_size

    def make_folder(self, path: str) -> None:
        """As the port promises; the top folder comes with the places for parts and trash."""
        if path:
            with contextlib.suppress(FileExistsError), at(self._root, path) as where:
                os.mkdir(where.name, 0o2770, dir_fd=where.folder)
            return
        for inner in ("parts", "trash"):
            (Path(self._root) / HIDDEN / inner).mkdir(mode=0o700, parents=True, exist_ok=True)

    def move(self, path: str, target: str) -> None:
        """As the port promises; nobody else moves in between, the catalogue's lock is held."""
        with at(self._root, path) as old, at(self._root, target) as new:
            if _found(new) is not None:
                raise FileExistsError(errno.EEXIST, "something is there", target)
            os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)

    def remove(self, path: str) -> None:
        """As the port promises; symbolic links are removed, never followed."""
        with contextlib.suppress(FileNotFoundError), at(self._root, path) as where:
            found = os.stat(where.name, dir_fd=where.folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                shutil.rmtree(where.name, dir_fd=where.folder)
            else:
                os.unlink(where.name, dir_fd=where.folder)

    def parts(self, before_s: float) -> list[str]:
        """As the port promises."""
        with opened(self._root, [HIDDEN, "parts"]) as folder, os.scandir(folder) as there:
            return [e.name for e in there if e.stat(follow_symlinks=False).st_mtime < before_s]


def _placed(parts: int, part: str, target: At) -> Found | OSError:
    try:
        os.rename(part, target.name, src_dir_fd=parts, dst_dir_fd=target.folder)
    except OSError as problem:
        return problem
    found = _found(target)
    return found or FileNotFoundError(errno.ENOENT, "it was taken away at once", target.name)


def _part(name: str) -> str:
    return f"{HIDDEN}/parts/{name}"


def _found(where: At) -> Found | None:
    try:
        seen = os.stat(where.name, dir_fd=where.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return seen_of(seen)


def _allocate(handle: int, expected: int) -> None:
    """Ask for the room; a file system that cannot say so is asked by writing."""
    try:
        os.posix_fallocate(handle, 0, expected)
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
    # What was allocated and not written is cut off when the sink is closed.
