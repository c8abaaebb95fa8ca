"""Moving the bytes of one file between two collections of this machine, and what can go wrong."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from waystation_sim.globus.settings import Collection

FROM_SOURCE = frozenset({"FILE_NOT_FOUND", "PERMISSION_DENIED"})
"""Faults of a source that `skip_source_errors` passes over."""


class MoveError(Exception):
    """A file could not be moved now.

    Attributes:
        code: as in events.
    """

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """How a task wants its files moved; see `TransferData` of the SDK."""

    sync_level: int | None = None
    verify: bool = True
    preserve_time: bool = False
    corrupt: bool = False


def confined(collection: Collection, path: str) -> Path:
    """Where a path of a collection is here; `~` is its default directory.

    Raises:
        MoveError: it leads out of the collection.
    """
    root = Path(collection.root).resolve()
    place = Path(os.path.normpath(root / path.removeprefix("/~/").lstrip("/")))
    if not place.is_relative_to(root) or not place.parent.resolve().is_relative_to(root):
        raise MoveError("PERMISSION_DENIED", f"{path} is not in {collection.name}")
    return place


def below(source: Path) -> list[str]:
    """Files in a folder, by their paths in it; empty folders are not told.

    Raises:
        MoveError: there is no such folder.
    """
    if not source.is_dir():
        raise MoveError("FILE_NOT_FOUND", f"No such directory: {source}")
    return sorted(str(each.relative_to(source)) for each in source.rglob("*") if each.is_file())


def move(
    source: Path, target: Path, wish: Wish, *, checksum: str | None, algorithm: str | None
) -> int | None:
    """Copy one file; its bytes, or None when the target is as wished already.

    Raises:
        MoveError: it could not be.
    """
    try:
        if wish.sync_level is not None and _is_there(source, target, wish.sync_level):
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".globus.{target.name}")
        shutil.copyfile(source, part)
        if wish.verify and _digest(part, algorithm) != (checksum or _digest(source, algorithm)):
            part.unlink()
            raise MoveError("VERIFY_CHECKSUM", f"checksum of {source.name} is another")
        if wish.corrupt:
            _flip(part)
        if wish.preserve_time:
            shutil.copystat(source, part)
        size = part.stat().st_size
        part.replace(target)
    except FileNotFoundError as problem:
        raise MoveError("FILE_NOT_FOUND", f"No such file: {problem.filename}") from problem
    except (PermissionError, IsADirectoryError) as problem:
        raise MoveError("PERMISSION_DENIED", str(problem)) from problem
    except OSError as problem:
        code = "QUOTA_EXCEEDED" if problem.errno in {28, 122} else "ENDPOINT_ERROR"
        raise MoveError(code, str(problem)) from problem
    return size


def remove(place: Path) -> None:
    """Delete a file or a folder with all in it; what is not there is no fault."""
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _is_there(source: Path, target: Path, level: int) -> bool:
    """Whether a target need not be copied: 0 exists, 1 size, 2 not older, 3 checksum."""
    if not target.exists():
        return False
    old, new = target.stat(), source.stat()
    same = (
        True,
        old.st_size == new.st_size,
        old.st_size == new.st_size and old.st_mtime >= new.st_mtime,
    )
    return same[level] if level < len(same) else _digest(source, None) == _digest(target, None)


def _digest(path: Path, algorithm: str | None) -> str:
    with path.open("rb") as file:
        name = (algorithm or "md5").replace("-", "").lower()
        return hashlib.file_digest(file, name).hexdigest()


def _flip(path: Path) -> None:
    """Change one bit of the first byte."""
    with path.open("r+b") as file:
        first = file.read(1)
        if first:
            file.seek(0)
            file.write(bytes([first[0] ^ 1]))
