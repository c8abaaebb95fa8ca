"""Copies files of a job's own folder into ours. Neither side may lead us elsewhere by links."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from waystation.backends.batch.hands.bundle import comes_home, wanted
from waystation.backends.batch.hands.folder import Owner

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def bring(session: Path, folder: Path, owner: Owner | None) -> None:
    """Copy what is wanted of a session; what is there already and the same stays.

    Args:
        session: where A-REX' files say that it is. Jobs can change those files, so what is there
            must be the owner's.
        folder: ours.
        owner: whose jobs they are; None is who we are, who can read no more than they.

    Raises:
        FileNotFoundError: there is no session.
        OSError: it cannot be copied.
    """
    names = wanted(folder)
    root = os.open(session, _FOLDER)
    try:
        for where, _, files, place in os.fwalk(".", dir_fd=root, follow_symlinks=False):
            if not _is_of(owner, os.fstat(place)):
                raise PermissionError(errno.EPERM, "Not of the user of its jobs", str(session))
            for name in files:
                path = os.path.normpath(f"{where}/{name}")
                if comes_home(path, names):
                    _copy(place, name, folder, path, owner)
    finally:
        os.close(root)


def _copy(place: int, name: str, folder: Path, path: str, owner: Owner | None) -> None:
    try:
        file = os.open(name, _READ, dir_fd=place)
    except OSError as problem:
        if stat.S_ISLNK(os.lstat(name, dir_fd=place).st_mode):
            return
        raise problem from None
    with os.fdopen(file, "rb") as source:
        told = os.fstat(source.fileno())
        plain = stat.S_ISREG(told.st_mode) and _is_of(owner, told)
        if not plain or _same(folder, path, told):
            return
        with arriving(folder, path, owner) as target:
            shutil.copyfileobj(source, target, 2**20)
            target.flush()
            now = os.fstat(source.fileno())
            if (now.st_size, now.st_mtime_ns, target.tell()) != (
                told.st_size, told.st_mtime_ns, told.st_size,
            ):  # fmt: skip
                raise OSError(errno.EBUSY, "A file changed while it was copied", name)
            os.utime(target.fileno(), ns=(told.st_atime_ns, told.st_mtime_ns))
            os.fchmod(target.fileno(), stat.S_IMODE(told.st_mode) & 0o777)


@contextmanager
def arriving(folder: Path, path: str, owner: Owner | None) -> Iterator[BinaryIO]:
    """A file below a folder, which has its name when it is whole; folders are made.

    Raises:
        OSError: it cannot be written, or a link is on the way.
    """
    *parents, name = path.split("/")
    place = os.open(folder, _FOLDER)
    try:
        for each in parents:
            with suppress(FileExistsError):
                os.mkdir(each, 0o750, dir_fd=place)
            below = os.open(each, _FOLDER, dir_fd=place)
            os.close(place)
            place = below
            if owner is not None:
                os.fchown(place, owner.uid, owner.gid)
        part = f".{os.urandom(8).hex()}.part"
        try:
            with os.fdopen(os.open(part, _NEW, 0o640, dir_fd=place), "wb") as target:
                yield target
                if owner is not None:
                    os.fchown(target.fileno(), owner.uid, owner.gid)
            os.replace(part, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=place)
            raise
    finally:
        os.close(place)


def _is_of(owner: Owner | None, told: os.stat_result) -> bool:
    return owner is None or told.st_uid == owner.uid


def _same(folder: Path, path: str, told: os.stat_result) -> bool:
    """Whether a file that we gave along came back as it was."""
    try:
        ours = (folder / path).lstat()
    except OSError:
        return False
    return (ours.st_size, int(ours.st_mtime)) == (told.st_size, int(told.st_mtime))
