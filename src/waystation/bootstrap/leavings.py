"""Files of the folders in which jobs run: put there, found there, taken away. No link is followed.

Whoever runs jobs can write into these folders at any moment: each file is opened by its names,
folder by folder, and what is a link or no plain file is passed over.
"""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from waystation.backends.storage.posix import beneath

_BLOCK = 2**20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
OURS = ".way"
"""What begins so is ours: a folder in each, and inputs that are not whole yet."""


class Source(Protocol):
    """What can be read to its end."""

    @property
    def handle(self) -> int | None: ...  # noqa: D102 - a file of this machine, if it is one

    def read(self, size: int, /) -> bytes: ...  # noqa: D102


def copied(source: Source, folder: Path, name: str) -> None:
    """Put a file into a folder, whole or not at all; one that is there is right."""
    if not (folder / name).exists():
        with placed(folder, name) as file:
            _pour(source, file.fileno())


@contextmanager
def placed(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A new file that gets its name in a folder when all is written."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: another worker may be at it too, when this one takes long.
    part = target.with_name(f"{OURS}.{secrets.token_hex(8)}")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def leavings(folder: Path, patterns: Sequence[str], but: Collection[str]) -> list[str]:
    """Names of plain files below a folder that fit a pattern, sorted."""
    fits = [_pattern(each) for each in patterns]
    return sorted(
        name
        for name in _walk(folder, "")
        if name not in but and any(each.fullmatch(name) for each in fits)
    )


def digest(folder: Path, name: str) -> tuple[int, bytes, datetime]:
    """Bytes, sha256 and time of change of a file."""
    with beneath.at(str(folder), name) as at:
        handle = os.open(at.name, _READ, dir_fd=at.folder)
    with os.fdopen(handle, "rb") as file:
        known = os.fstat(handle)
        sha256 = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), sha256, datetime.fromtimestamp(known.st_mtime, UTC)


def taken(folder: Path, name: str, into: Path, path: str) -> None:
    """Copy a file of a folder to a place where it waits to be taken in."""
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with beneath.at(str(folder), name) as at:
        handle = os.open(at.name, _READ, dir_fd=at.folder)
    try:
        new = os.open(target, _NEW, 0o600)
        try:
            _pour(_Open(handle), new)
        finally:
            os.close(new)
    finally:
        os.close(handle)


class _Open:
    def __init__(self, handle: int) -> None:
        self.handle = handle

    def read(self, size: int, /) -> bytes:
        return os.read(self.handle, size)


def _pour(source: Source, target: int) -> None:
    """All bytes; on file systems that can, without a copy of them (copy_file_range(2))."""
    handle = source.handle
    if handle is not None:
        try:
            while os.copy_file_range(handle, target, 2**30):
                pass
        except OSError:
            # Between file systems that cannot; what was written is written again.
            os.lseek(handle, 0, os.SEEK_SET)
            os.lseek(target, 0, os.SEEK_SET)
        else:
            return
    while data := source.read(_BLOCK):
        _write(target, data)


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]


def _walk(folder: Path, above: str) -> Iterator[str]:
    """Plain files below a folder, by name."""
    with os.scandir(folder) as found:
        for each in found:
            name = f"{above}{each.name}"
            if each.name.startswith(OURS):
                continue
            mode = each.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                yield from _walk(Path(each.path), f"{name}/")
            elif stat.S_ISREG(mode):
                yield name


def _pattern(text: str) -> re.Pattern[str]:
    """`*` and `?` within a name, `**` over folders; the rest is as it is."""
    parts = re.split(r"(\*\*/?|\*|\?)", text)
    return re.compile("".join(_MEANT.get(part, re.escape(part)) for part in parts), re.DOTALL)


_MEANT = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
