"""Files that survive a crash, in directories that are ours alone."""

import os
import stat
from pathlib import Path
from uuid import uuid4


def write(place: Path, content: bytes) -> None:
    """Write a file for good, readable by us only: afterwards it is whole or as it was before.

    Raises:
        OSError: the directory cannot be used or the disk is full.
    """
    fresh = place.with_name(f"{place.name}.{uuid4().hex}.new")  # several threads may write it
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def objection(folder: Path) -> tuple[str, str] | None:
    """Why a directory is no place for files that others must not change, and how to mend it."""
    try:
        seen = folder.stat()
    except OSError as error:
        return (
            f"{folder} cannot be used: {error.strerror}.",
            f"Create it for our user alone: install -d -m 0700 {folder}",
        )
    if not stat.S_ISDIR(seen.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        return (
            f"{folder} is not a directory we can write.",
            "Give it to our user: chown it, or name another.",
        )
    if seen.st_uid != os.geteuid() or seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return (
            f"Others may write {folder}, so they could change what is recalled.",
            f"Make it ours: chmod 0700 {folder}",
        )
    return None
