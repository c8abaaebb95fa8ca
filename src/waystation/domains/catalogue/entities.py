"""Words of the catalogue."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """A tree of files behind one tape back end.

    Attributes:
        id: in our tables.
        name: as people say it.
        root: absolute path; every file of the store is below it.
        backend: name of the tape back end.
        readers: groups whose members may use it; `*` is everyone.
        confirm_above_files: larger requests must say that they are meant.
        files_per_owner: most files one owner may have waiting; 0 is no limit.
    """

    id: int
    name: str
    root: str
    backend: str
    readers: tuple[str, ...]
    confirm_above_files: int
    files_per_owner: int


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A named list of files of one store; `bytes` is None when not known."""

    id: int
    name: str
    store: str
    files: int
    bytes: int | None
    changed: datetime


class EntryKind(IntEnum):
    """What a name in a folder is."""

    FOLDER = 0
    FILE = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder of a tree that we keep.

    Attributes:
        id: stays the same when it is renamed or moved.
        parent_id: folder it is in; 0 for the root of a tree.
        name: in that folder.
        kind: file or folder.
        size: bytes of a file; 0 for a folder.
        adler32: of the bytes received; None when not known yet.
        sha256: 32 bytes of digest of the bytes received; None when not known yet.
        mtime: of the content, as its owner has it.
        changed: when we last wrote the entry.
        version: grows with each new content.
        owner_id: whose it is.
        inode, mtime_ns: of the file on disk when it was stored: it is still that file while both
            are the same.
    """

    id: int
    parent_id: int
    name: str
    kind: EntryKind
    size: int
    adler32: int | None
    sha256: bytes | None
    mtime: datetime
    changed: datetime
    version: int
    owner_id: int
    inode: int
    mtime_ns: int

    @property
    def folder(self) -> bool:
        """It is a folder."""
        return self.kind is EntryKind.FOLDER

    @property
    def etag(self) -> str:
        """RFC 9110 entity tag, quoted: another one for each content."""
        return f'"{self.id:x}-{self.version:x}"'


@dataclass(frozen=True, slots=True)
class Content:
    """What a file has now.

    Attributes:
        size: bytes.
        adler32, sha256: of them; None when nobody has read them yet.
        mtime: as its owner has it.
        inode, mtime_ns: of the file on disk.
    """

    size: int
    adler32: int | None
    sha256: bytes | None
    mtime: datetime
    inode: int
    mtime_ns: int
