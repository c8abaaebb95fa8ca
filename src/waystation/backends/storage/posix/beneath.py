"""Walking a tree without ever leaving it.

Every folder on the way is opened by its name inside the one before, and symbolic links are not
followed (openat(2) with O_NOFOLLOW): whatever others put into the tree meanwhile, a path leads
nowhere else.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class At:
    """A name in an open folder."""

    folder: int
    name: str


@contextmanager
def opened(root: str, names: list[str]) -> Iterator[int]:
    """A folder below the root, open.

    Raises:
        FileNotFoundError: one on the way is not there.
        NotADirectoryError: one on the way is a file or a symbolic link.
    """
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


@contextmanager
def at(root: str, path: str) -> Iterator[At]:
    """The last name of a path, in its folder."""
    *folders, name = [part for part in path.split("/") if part]
    if ".." in {*folders, name}:
        raise ValueError(path)
    with opened(root, folders) as folder:
        yield At(folder, name)
