"""What hosting needs of a storage system: parts that become files at once or not at all.

Paths are relative to the tree that the storage was built for, of names that were looked at before
(`paths.names`); a storage still never leaves its tree, also not by symbolic links that others put
there. `OSError` of the system is passed on for what is not named, and `UnavailableError` is raised
by storages on other machines that do not answer.

Most storages are trees: names are the same there and in the catalogue. Others have `Keys`: a file
lies under a key that was drawn when its first byte came, and only the catalogue knows its name.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from waystation.domains.hosting.entities import Locality


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


class Stamp(Protocol):
    """What the catalogue keeps of a placed file: `Found` has it, and so has the file's entry."""

    @property
    def inode(self) -> int:
        """Of it, as `place` told."""
        ...

    @property
    def mtime_ns(self) -> int:
        """Of it, as `place` told."""
        ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file of another server that has begun to come.

    Attributes:
        size: bytes; None when it is not said.
        headers: of the answer, names in lower case.
        chunks: the bytes; raises `RemoteError` or an error of the line when they stop.
    """

    size: int | None
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Remotes(Protocol):
    """Other HTTP servers that files are copied from and to, for somebody who may.

    Headers are what that somebody gave for the other server, and nothing of ours; they never go to
    another host than the one of the URL.
    """

    def objection(self, url: str) -> str | None:
        """Why a URL may not be reached from here, one sentence; None when it may."""
        ...

    def fetch(self, url: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager[Incoming]:
        """Begin to fetch a file.

        Raises:
            RemoteError: it is not to be had; the words say why.
        """
        ...

    async def store(
        self, url: str, headers: Mapping[str, str], *, size: int, chunks: AsyncIterator[bytes]
    ) -> None:
        """Store so many bytes there.

        Raises:
            RemoteError: they were not taken.
        """
        ...

    async def describe(self, url: str, headers: Mapping[str, str]) -> Mapping[str, str] | None:
        """Headers of a file there, names in lower case; None when there is none.

        Raises:
            RemoteError: the server does not say.
        """
        ...


class Sink(Protocol):
    """A part that is being written, in order."""

    def write(self, data: bytes) -> None:
        """Append all of it.

        Raises:
            StorageFullError: there is no room; the part is to be discarded.
        """
        ...

    def finish(self, *, durable: bool) -> None:
        """All bytes came: the part is whole, can be read, and can be placed.

        Args:
            durable: they are on the disk itself when this returns.

        Raises:
            StorageFullError: there is no room; the part is to be discarded.
        """
        ...

    def close(self) -> None:
        """No more is written; can be called twice. A part that is not finished stays as it is."""
        ...


class Resumed(Sink, Protocol):
    """A part of which some is written already."""

    @property
    def written(self) -> int:
        """Bytes that are there."""
        ...

    def sync(self) -> None:
        """Everything written is on the disk itself."""
        ...

    def cut(self, offset: int) -> None:
        """What is behind the offset goes; writing goes on at `written`.

        That is the offset wherever a sink, of any process, was synced or closed there, or began.
        """
        ...


class Reader(Protocol):
    """An open file, read by one at a time, of any thread."""

    @property
    def found(self) -> Found:
        """What it was when it was opened."""
        ...

    @property
    def handle(self) -> int | None:
        """The system's own, for a program that sends from it; None: the bytes come by `read`."""
        ...

    def seek(self, offset: int, length: int) -> None:
        """Read so many bytes from there on next; storages far away are asked for just those."""
        ...

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end.

        Raises:
            FileNotFoundError: it was taken away meanwhile.
            UnavailableError: the storage does not answer any more.
        """
        ...

    def look(self) -> Found:
        """What it is now: others may have written to it."""
        ...

    def forget(self) -> None:
        """Let caches on this machine go: what is read next comes from the disk itself."""
        ...

    def close(self) -> None:
        """No more is read; can be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Keys(Protocol):
    """Of a storage whose files lie under keys: nothing is ever renamed or replaced there.

    A part is finished under the key at which it stays; it is a file when the catalogue says so. So
    moves are the catalogue's alone, and what nobody refers to any more is erased later.
    """

    def stamp(self, part: str) -> Stamp:
        """What `place` will tell of the file that this part becomes."""
        ...

    def erase(self, stamps: Sequence[Stamp]) -> None:
        """These files go for good; those that are not there are good."""
        ...


class Landings(Protocol):
    """Folders beside the files of a space, on its file system, for what transfers bring.

    Nobody sees what is there until it was read, compared and taken in. A landing has a name of
    letters, digits and `-`; paths in it are as in the space.
    """

    def make(self, landing: str) -> str:
        """The absolute folder of a landing, which others of our group may write to."""
        ...

    def open(self, landing: str, path: str) -> Reader:
        """A file in it, at its beginning.

        Raises:
            FileNotFoundError: there is none, or what is there is no file.
        """
        ...

    def take(self, landing: str, path: str, part: str, *, durable: bool) -> None:
        """Make it a finished part, at once.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def clear(self, landing: str) -> None:
        """It goes with all that is in it; one that is not there is good."""
        ...


class Storage(Protocol):
    """Bytes of a space."""

    @property
    def nearline(self) -> bool:
        """Files may be on tape only; one that came back may have another inode number."""
        ...

    @property
    def prompt(self) -> bool:
        """Writing, cutting and closing a sink need no other machine: an event loop may do it."""
        ...

    @property
    def keys(self) -> Keys | None:
        """None of a tree. With keys, `find` finds nothing, and there are no `children`."""
        ...

    def receive(self, part: str, *, expected: int | None) -> Sink:
        """Begin a part. `expected` bytes may be reserved on the disk.

        Raises:
            StorageFullError: there is no room for so much.
        """
        ...

    def resume(self, part: str, *, expected: int) -> Resumed:
        """Go on with a part, of so many bytes in the end, for this caller alone.

        A part that is not there is begun; one that is finished already has all bytes. The caller
        is alone until the sink is closed or its process ends, whichever way.

        Raises:
            BusyError: somebody else is at it.
        """
        ...

    def written(self, part: str) -> int | None:
        """Bytes of a part that are there, also when its writer was killed; None without a part."""
        ...

    def reread(self, part: str) -> Reader:
        """A finished part for reading, at its beginning.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def place(self, part: str, path: str, *, durable: bool) -> Found:
        """Make a finished part the file at this path, at once, also over another file.

        With keys it tells whether all is there.

        Raises:
            FileNotFoundError: the part, or the folder of the path, is not there.
            IsADirectoryError: the path is a folder.
        """
        ...

    def receive_many(self, parts: Sequence[tuple[str, bytes]], *, durable: bool) -> None:
        """Write small parts whole; durable ones are on the disk itself when this returns.

        Raises:
            StorageFullError: there is no room; some of them may be there.
        """
        ...

    def place_many(
        self, moves: Sequence[tuple[str, str]], *, durable: bool
    ) -> list[Found | OSError]:
        """`place` for each (part, path), in their order; what went wrong in place of a result."""
        ...

    def discard(self, part: str) -> bool:
        """The part is not wanted; False when it was not there. A file that it became stays."""
        ...

    def find(self, path: str) -> Found | None:
        """What is at a path; None when nothing, or nothing that we follow (a symbolic link)."""
        ...

    def open(self, path: str, known: Stamp) -> Reader:
        """A file for reading, at its beginning.

        Args:
            path: of it; trees open what is there now.
            known: what the catalogue has of it; storages with keys open that.

        Raises:
            FileNotFoundError: there is none.
            OnTapeError: reading it would wait for a tape.
        """
        ...

    def localities(self, paths: Sequence[str]) -> list[Locality]:
        """Where the bytes of files are, in the order asked."""
        ...

    def children(self, path: str) -> Iterator[tuple[str, Found]]:
        """Names of files and folders in a folder, in no order, with what is there.

        Without our own hidden folder, symbolic links and what is neither file nor folder.

        Raises:
            FileNotFoundError: there is no such folder.
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

    @property
    def landings(self) -> "Landings | None":
        """Where others may put whole files; None when there is no such place."""
        ...

    def parts(self, before_s: float) -> list[str]:
        """Names of parts that nobody has written to since, in seconds since 1970."""
        ...
