"""Files below a folder of this machine: read and written without ever leaving it.

Every folder on the way is opened by its name inside the one before, and symbolic links are not
followed (openat(2) with O_NOFOLLOW): whatever others put there meanwhile, a path leads nowhere
else. A file is written beside its place and gets its name when it is whole and right.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from waystation.backends.transfer.hands import digests
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.domains.transfers.entities import MISMATCH, Endpoint, Kind, Piece

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def root_of(end: Endpoint) -> str:
    """The folder of a PATH endpoint."""
    return end.facts["root"]


def objection(end: Endpoint, host: str) -> str | None:
    """Why files of a PATH endpoint cannot be reached on this host; None when they can."""
    if end.kind is not Kind.PATH:
        return f"A {end.kind.value} endpoint is no folder of this machine."
    if not end.facts.get("root", "").startswith("/"):
        return "A path endpoint needs an absolute folder as its root."
    hosts = end.facts.get("hosts", "").split()
    if hosts and host not in hosts:
        return f"The folder is seen by {' '.join(hosts)}; this is {host}."
    return None


@contextmanager
def folder(root: str, names: list[str], *, make: bool) -> Iterator[int]:
    """A folder below the root, open; those on the way are made if wished."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=handle)
            inner = os.open(name, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


@contextmanager
def reading(root: str, path: str) -> Iterator[int]:
    """A regular file below the root, open.

    Raises:
        MoveError: it is not there, or is something else.
    """
    *folders, name = path.split("/")
    try:
        with folder(root, folders, make=False) as at:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            file = os.open(name, flags, dir_fd=at)
    except OSError as problem:
        raise MoveError(_source_words(problem)) from problem
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise MoveError("The source is no regular file.")
        yield file
    finally:
        os.close(file)


def checked_size(file: int, piece: Piece) -> None:
    """Look whether an open file has the size that was told.

    Raises:
        MoveError: it has not.
    """
    size = os.fstat(file).st_size
    if size != piece.size:
        raise MoveError(f"The file has {size} bytes, {piece.size} were told.")


def checked(file: int, piece: Piece, check: Callable[[], None]) -> None:
    """Look whether an open file is what was told, by its size and its cheapest checksum.

    Raises:
        MoveError: it is not.
    """
    checked_size(file, piece)
    kind = digests.cheapest(piece.checksums)
    if kind is not None:
        compare(kind, digests.of_file(file, kind, check), piece)


def compare(kind: str, found: str, piece: Piece) -> None:
    """Hold a checksum against the one that was told.

    Raises:
        MoveError: it is another.
    """
    wanted = piece.checksums[kind]
    if not digests.same(found, wanted):
        raise MoveError(f"{MISMATCH}: {kind} is {found}, {wanted} was told.")


def is_there(root: str, piece: Piece, check: Callable[[], None]) -> bool:
    """Whether the target has the file already, right by size and its strongest checksum."""
    kind = digests.strongest(piece.checksums)
    if kind is None:
        return False
    try:
        with reading(root, piece.target) as file:
            if os.fstat(file).st_size != piece.size:
                return False
            return digests.same(digests.of_file(file, kind, check), piece.checksums[kind])
    except (MoveError, OSError):
        check()
        return False


def part_name(task: Task, piece: Piece) -> str:
    """What a file is called until it is whole: the same when the same load is begun again."""
    told = f"{task.load.key}\0{piece.n}".encode()
    return f".{hashlib.sha256(told).hexdigest()[:24]}.part"


@contextmanager
def landing(root: str, path: str, part: str, *, durable: bool) -> Iterator[int]:
    """A new file to be written; when the block ends well it has its name, else it is removed.

    Raises:
        MoveError: it cannot be made, in words.
    """
    *folders, name = path.split("/")
    try:
        with folder(root, folders, make=True) as at:
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(part, flags, 0o644, dir_fd=at)
            try:
                yield file
                if durable:
                    os.fsync(file)
                os.rename(part, name, src_dir_fd=at, dst_dir_fd=at)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=at)
                raise
            finally:
                os.close(file)
    except OSError as problem:
        raise MoveError(_target_words(problem)) from problem


def rename(root: str, old: str, new: str) -> None:
    """Give a file below the root another name there; folders on the way are made.

    Raises:
        MoveError: it cannot be.
    """
    *old_folders, old_name = old.split("/")
    *new_folders, new_name = new.split("/")
    try:
        with (
            folder(root, old_folders, make=False) as before,
            folder(root, new_folders, make=True) as after,
        ):
            os.rename(old_name, new_name, src_dir_fd=before, dst_dir_fd=after)
    except OSError as problem:
        raise MoveError(_target_words(problem)) from problem


def keep_names(root: str, paths: Iterator[str]) -> None:
    """Have the names of files that arrived survive a power cut."""
    for inside in {path.rpartition("/")[0] for path in paths}:
        with suppress(FileNotFoundError), folder(root, _names(inside), make=False) as at:
            os.fsync(at)


def _names(inside: str) -> list[str]:
    return inside.split("/") if inside else []


def _source_words(problem: OSError) -> str:
    if problem.errno == errno.ENOENT:
        return "The source is not there."
    if problem.errno in {errno.ELOOP, errno.ENOTDIR}:
        return "A symbolic link or a file is on the way to the source."
    return f"The source cannot be read: {problem.strerror}."


def _target_words(problem: OSError) -> str:
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk of the target is full."
    if problem.errno in {errno.ELOOP, errno.ENOTDIR}:
        return "A symbolic link or a file is on the way to the target."
    if problem.errno == errno.EISDIR:
        return "A folder is where the target should be."
    return f"The target cannot be written: {problem.strerror}."
