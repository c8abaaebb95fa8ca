"""The folder of a task: what we lay into it, and what its run left there.

The job's user may write in it, so nothing here is believed to be a file or to be short, and no
link is followed.
"""

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from waystation.backends.batch.hands import runner
from waystation.domains.jobs.entities import Task

WAY = ".way"
Said = TypeVar("Said")
RUNNER = Path(runner.__file__)
_MOST = 2**16
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


class Began(msgspec.Struct, frozen=True):
    """What a run wrote when it began: moment, node, its guard's process and the system's name."""

    began: float
    node: str
    pid: int
    id: str = ""

    @property
    def moment(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.began, UTC)


class Ended(msgspec.Struct, frozen=True):
    """What a run wrote when it ended; see `runner.Run.result`."""

    code: int | None
    why: str
    words: str
    began: float
    ended: float
    node: str
    cpu_s: float
    peak: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What a folder tells of its run.

    Attributes:
        claimed: a run has begun, and no other ever will.
        began, ended: what it said, as far as it came.
    """

    claimed: bool = False
    began: Began | None = None
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the guard of a run has to see to, where the batch system does not.

    Attributes:
        time_s: wall time, seconds; 0 is none.
        memory: bytes of all processes together; 0 is none.
    """

    time_s: float = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """Who runs jobs: numbers of a user and a group of this machine."""

    uid: int
    gid: int


def lay(task: Task, limits: Limits, owner: Owner | None = None, *, guard: bool = True) -> None:
    """Put the guard and what it has to know beside the job. Can be repeated.

    Args:
        task: whose folder is there.
        limits: that the guard holds.
        owner: who gets the folder and all in it that is in no other place; None is who we are.
        guard: put the program there too; the batch system may have its own.

    Raises:
        OSError: it cannot be written, or the folder is another run's.
    """
    told = {
        "key": task.key,
        "command": task.command,
        "around": task.around,
        "environment": {"WAYSTATION_RUN": task.key, **task.environment},
        "time_s": limits.time_s,
        "memory": limits.memory,
    }
    way = task.folder / WAY
    with suppress(FileExistsError):
        way.mkdir(mode=0o700)
    with _folder(way) as place:
        if _is_claimed(place):
            return  # it runs or ran, and its user may be changing what is here
        with suppress(FileNotFoundError):
            if _read(place, "key", 0, _MOST) != task.key.encode():
                words = "This folder belongs to another run"
                raise FileExistsError(errno.EEXIST, words, str(task.folder))
        write_at(place, "key", task.key.encode(), owner)
        if guard:
            write_at(place, "runner.py", RUNNER.read_bytes(), owner)
        write_at(place, "task", json.dumps(told).encode("ascii"), owner)
    if owner is not None:
        _give(task.folder, owner)


def write_at(place: int, name: str, data: bytes, owner: Owner | None = None) -> None:
    """Write a file in an open folder; it is whole when it has its name."""
    part = f"{name}.{os.getpid()}.part"
    file = os.open(part, _WRITE, 0o600, dir_fd=place)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        if owner is not None:
            os.fchown(file, owner.uid, owner.gid)
    os.replace(part, name, src_dir_fd=place, dst_dir_fd=place)


def note(folder: Path, name: str, data: bytes, owner: Owner | None = None) -> None:
    """Keep something of our own beside the job. `owner` is as for `trace`.

    Raises:
        OSError: it cannot be written.
    """
    with _folder(folder / WAY, owner) as place:
        write_at(place, name, data, owner)


def noted(folder: Path, name: str) -> bytes:
    """What `note` kept; empty when there is nothing."""
    try:
        with _folder(folder / WAY) as place:
            return _read(place, name, 0, _MOST)
    except OSError:
        return b""


def trace(folder: Path, owner: Owner | None = None) -> Trace:
    """What the run of a folder left there; it never fails, for there may be nothing.

    Args:
        folder: of the job.
        owner: whose the files must be, where their user could choose the folder; None is anybody.
    """
    try:
        with _folder(folder / WAY, owner) as place:
            ended = _said(place, "ended", Ended)
            began = _said(place, "began", Began)
            return Trace(_is_claimed(place), began, ended)
    except OSError:
        return Trace()


def tail(folder: Path, stream: str, offset: int, limit: int, owner: Owner | None = None) -> bytes:
    """Bytes of `stdout` or `stderr`; empty when there are none. `owner` is as for `trace`."""
    if stream not in {"stdout", "stderr"} or limit <= 0:
        return b""
    try:
        with _folder(folder, owner) as place:
            return _read(place, stream, offset, limit, owner)
    except OSError:
        return b""


def _give(folder: Path, owner: Owner) -> None:
    """A file with a second name is somebody's elsewhere, and stays theirs."""
    for _, _, files, place in os.fwalk(folder, follow_symlinks=False):
        os.fchown(place, owner.uid, owner.gid)
        for name in files:
            told = os.stat(name, dir_fd=place, follow_symlinks=False)
            if stat.S_ISREG(told.st_mode) and told.st_nlink == 1:
                os.chown(name, owner.uid, owner.gid, dir_fd=place, follow_symlinks=False)


@contextmanager
def _folder(path: Path, owner: Owner | None = None) -> Iterator[int]:
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if owner is not None and os.fstat(place).st_uid != owner.uid:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        yield place
    finally:
        os.close(place)


def _is_claimed(place: int) -> bool:
    try:
        os.stat("claim", dir_fd=place, follow_symlinks=False)
    except OSError:
        return False
    return True


def _read(place: int, name: str, offset: int, limit: int, owner: Owner | None = None) -> bytes:
    """Bytes of a plain file, from its end where `offset` is below 0; nothing of anything else."""
    file = os.open(name, _READ, dir_fd=place)
    try:
        told = os.fstat(file)
        if not stat.S_ISREG(told.st_mode) or (owner is not None and told.st_uid != owner.uid):
            return b""
        return os.pread(file, limit, offset if offset >= 0 else max(0, told.st_size + offset))
    finally:
        os.close(file)


def _said(place: int, name: str, kind: type[Said]) -> Said | None:
    try:
        return msgspec.json.decode(_read(place, name, 0, _MOST), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None
