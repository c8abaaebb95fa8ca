"""Words of hosting."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

SIGNED_IN, ANYONE = "signed-in", "anyone"


class Role(IntEnum):
    """What somebody may do in a space; each may also do what those below it may."""

    NONE = 0
    READER = 1  # list and fetch
    WRITER = 2  # put, move, delete
    MANAGER = 3  # decide who may what, empty the trash, share
    OWNER = 4  # limits, and its end


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
