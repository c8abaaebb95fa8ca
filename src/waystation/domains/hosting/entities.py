"""Words of hosting."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

SIGNED_IN, ANYONE = "signed-in", "anyone"


class Role(IntEnum):
    """What somebody may do in a space; each may also do what those below it may."""

    NONE = 0
    READER = 1  # list and fetch
    WRITER = 2  # put, move, delete
    MANAGER = 3  # decide who may what, empty the trash, share
    OWNER = 4  # limits, and its end


class Locality(StrEnum):
    """Where the bytes of a file are."""

    DISK = "disk"  # on disk only
    BOTH = "both"  # on disk and on tape
    TAPE = "tape"  # on tape only: it is staged before it is read
    LOST = "lost"  # no copy can be read now
    UNKNOWN = "unknown"  # the tape system does not answer, or has a word of its own


@dataclass(frozen=True, slots=True)
class Space:
    """A tree of files that some people keep together.

    Attributes:
        id: in our tables.
        name: in paths and addresses.
        title: for people.
        kind: `user`, `group` or `project`.
        store_id: the store that its bytes are in.
        base: its folder on that store: an absolute path.
        root_id: catalogue entry of its top folder.
        owner_id: who pays, beside the space itself: an account.
        durable: what was stored is on the disk itself (fsync) before it is acknowledged.
        trash_days: how long deleted files can be brought back; 0 is not at all.
        closed: nothing more is taken.
        keep_days: so long after it was stored a file is not deleted or replaced; 0 is none.
        delete_days: so long after it was stored a file goes to the trash; 0 is never.
    """

    id: int
    name: str
    title: str
    kind: str
    store_id: int
    base: str
    root_id: int
    owner_id: int
    durable: bool
    trash_days: int
    closed: bool
    keep_days: int
    delete_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A space, and what the caller may do in it."""

    space: Space
    role: Role


@dataclass(frozen=True, slots=True)
class Ticket:
    """An upload that has begun: its bytes go to the part, then it is committed or given up.

    Attributes:
        id: in our tables.
        space: that it goes to.
        part: name of its part file.
        parent_id: catalogue entry of the folder.
        name: that it will have there.
        owner_id: who puts it.
        subjects: who is charged.
        held_bytes: reserved so far.
        mtime: of the content, None = when it is stored.
        size: bytes that will come, of an upload that can be resumed; None of one that cannot.
        absent: whoever puts it may not replace a file: nothing may be there at the commit.
        aside: nothing is ever replaced: a name that is taken gets a number.
    """

    id: int
    space: Space
    part: str
    parent_id: int
    name: str
    owner_id: int
    subjects: tuple[str, ...]
    held_bytes: int
    mtime: datetime | None
    size: int | None = None
    absent: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be so for a write to happen (RFC 9110 If-Match and If-None-Match).

    Attributes:
        absent: nothing may be there yet.
        etags: its entity tag must be one of these; empty is any, also none.
    """

    absent: bool = False
    etags: frozenset[str] = frozenset()


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Pending:
    """An upload that can be resumed.

    Attributes:
        ticket: of it.
        size: bytes that it will have.
        condition: when it may be stored.
        expires: it is given up then, unless bytes come before.
        doubtful_from: bytes from here on have a checksum of their own that was not looked at;
            None when there are none.
    """

    ticket: Ticket
    size: int
    condition: Condition
    expires: datetime
    doubtful_from: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that could be resumed and was stored; remembered for who did not hear of it.

    Attributes:
        size: bytes that came.
        expires: it is forgotten then.
    """

    size: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was taken in of a folder so far.

    Attributes:
        files, bytes, folders: that are new in the catalogue.
        young: files that somebody may still be writing.
        refusals: names that cannot be.
        refused: the first of those, in words.
    """

    files: int = 0
    bytes: int = 0
    folders: int = 0
    young: int = 0
    refusals: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that is not what was stored.

    Attributes:
        space, path: where it was when that was found.
        at: first found.
        words: what is wrong.
    """

    space: str
    path: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How far the reading of all files is.

    Attributes:
        began: this cycle, or the last one when it has ended.
        ended: when one last did.
        files, bytes: read since `began`.
        last_files, last_bytes: of the last whole cycle.
    """

    began: datetime | None
    ended: datetime | None
    files: int
    bytes: int
    last_files: int
    last_bytes: int


@dataclass(frozen=True, slots=True)
class Wreck:
    """A damaged file whose bytes could be fetched from elsewhere.

    Attributes:
        entry_id: in the catalogue.
        space, path: where it was when it was found so.
        size, sha256: what it should be.
        at: when it was found so.
        words: what is wrong with it.
    """

    entry_id: int
    space: str
    path: str
    size: int
    sha256: bytes
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something in the trash.

    Attributes:
        entry_id: in the catalogue.
        name: that it had.
        path: in its space, when it was deleted.
        folder: it is a folder.
        size: bytes of a file.
        by: name of who deleted it.
        at: when.
        expires: it goes for good then.
    """

    entry_id: int
    name: str
    path: str
    folder: bool
    size: int
    by: str
    at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A place where nothing goes.

    Attributes:
        id: in our tables.
        path: where it is in its space; empty is the space itself.
        by: name of who placed it.
        why: in their words.
        at: since when.
    """

    id: int
    path: str | None
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Small:
    """A small file that came whole, as one of many.

    Attributes:
        path: in the space.
        data: its bytes.
        adler32, sha256: of them, as they came.
        mtime: of the content, None = when it is stored.
    """

    path: str
    data: bytes
    adler32: int
    sha256: bytes
    mtime: datetime | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Landed:
    """A file that somebody put beside a space, whole, as one of many.

    Attributes:
        path: in the space, and in its landing.
        landing: name of the landing that it lies in.
        size: bytes.
        adler32, sha256: of them, as they were read there.
        mtime: of the content, None = when it is stored.
    """

    path: str
    landing: str
    size: int
    adler32: int
    sha256: bytes
    mtime: datetime | None = None
