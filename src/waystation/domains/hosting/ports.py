"""What hosting needs of a storage system: parts that become files at once or not at all.

Paths are relative to the tree that the storage was built for, of names that were looked at before
(`paths.names`); a storage still never leaves its tree, also not by symbolic links that others put
there. `OSError` of the system is passed on for what is not named.
"""

from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """What is at a path.

    Attributes:
        folder: it is a folder.
        bytes: of a file.
        inode, mtime_ns: tell whether it is still the same file.
    """

    folder: bool
    bytes: int
    inode: int
    mtime_ns: int


class Sink(Protocol):
    """A part that is being written, in order."""

    def write(self, data: bytes) -> None:
        """Append all of it.

        Raises:
            StorageFullError: there is no room; the part is to be discarded.
        """
        ...

    def sync(self) -> None:
        """Everything written is on the disk itself."""
        ...

    def close(self) -> None:
        """No more is written; can be called twice."""
        ...


class Resumed(Sink, Protocol):
    """A part of which some is written already."""

    @property
    def written(self) -> int:
        """Bytes that are there."""
        ...

    def cut(self, offset: int) -> None:
        """What is behind the offset goes; writing goes on there."""
        ...


class Storage(Protocol):
    """A tree of bytes."""

    def receive(self, part: str, *, expected: int | None) -> Sink:
        """Begin a part. `expected` bytes may be reserved on the disk.

        Raises:
            StorageFullError: there is no room for so much.
        """
        ...

    def resume(self, part: str) -> Resumed:
        """Go on with a part behind what is there, for this caller alone.

        A part that is not there is begun. The caller is alone until the sink is closed or its
        process ends, whichever way.

        Raises:
            BusyError: somebody else is at it.
        """
        ...

    def written(self, part: str) -> int | None:
        """Bytes of a part that are there, also when its writer was killed; None without a part."""
        ...

    def reread(self, part: str) -> BinaryIO:
        """A part for reading, at its beginning.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def place(self, part: str, path: str, *, durable: bool) -> Found:
        """Make a finished part the file at this path, at once, also over another file.

        Raises:
            FileNotFoundError: the part, or the folder of the path, is not there.
            IsADirectoryError: the path is a folder.
        """
        ...

    def discard(self, part: str) -> bool:
        """The part is not wanted; False when it was not there."""
        ...

    def find(self, path: str) -> Found | None:
        """What is at a path; None when nothing, or nothing that we follow (a symbolic link)."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A file for reading, at its beginning.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def local(self, path: str) -> str | None:
        """Where a file lies on this machine, for a program that sends it for us; None: nowhere."""
        ...

    def make_folder(self, path: str) -> None:
        """Make a folder; one that is there already is good."""
        ...

    def move(self, path: str, target: str) -> None:
        """Rename a file or folder; nothing may be at the target.

        Raises:
            FileNotFoundError: nothing is at the path.
            FileExistsError: something is at the target.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file or a folder with all that is in it; nothing there is good."""
        ...

    def parts(self, before_s: float) -> list[str]:
        """Names of parts that nobody has written to since, in seconds since 1970."""
        ...
