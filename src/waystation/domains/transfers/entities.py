"""Words of transfers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How the files of a place are reached; `Endpoint.facts` says the rest.

    Every kind has a base below which the files lie: what is at `a/b` of an endpoint is at
    base/a/b.
    """

    PATH = "path"  # root: absolute folder; hosts: names that see it, by spaces; empty is only ours
    HTTP = "http"  # url: folder on a WebDAV server; token: bearer of least right, may be absent
    GRIDFTP = "gridftp"  # url: gsiftp://host:port/folder
    GLOBUS = "globus"  # collection: UUID; base: folder as the collection names it
    RSYNC = "rsync"  # url: host:/folder or rsync://host/module/folder
    RCLONE = "rclone"  # remote: as `rclone` names it, with the folder


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A folder of files, as one way of reaching it names it.

    Attributes:
        kind: the way.
        facts: what that way needs; see `Kind`. Values may be secrets: never logged or shown.
    """

    kind: Kind
    facts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to be moved.

    Attributes:
        n: of it in its load, from 1.
        source, target: paths below the two endpoints, "/" between names, no "." or "..".
        size: bytes.
        checksums: algorithm -> hex digits, of `adler32`, `md5`, `sha256`; those that are known.
    """

    n: int
    source: str
    target: str
    size: int
    checksums: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Load:
    """Files that an engine moves as one task.

    Attributes:
        key: of this attempt, kept before the call; the same key is the same task.
        source, target: the two ends.
        pieces: at most `Ability.most_files`.
        label: for people who look at the engine's own pages.
        deadline: nobody waits for it any longer then.
    """

    key: str
    source: Endpoint
    target: Endpoint
    pieces: Sequence[Piece]
    label: str
    deadline: datetime


class TaskState(StrEnum):
    """How a task stands, as its engine says."""

    MOVING = "moving"  # also when it waits for its turn, or repeats what did not work
    DONE = "done"  # every file is there
    FAILED = "failed"  # over; `Progress.failed` says which files are not there
    LOST = "lost"  # the engine does not know it: to be submitted again, with the same key


@dataclass(frozen=True, slots=True)
class Progress:
    """News of one task.

    Attributes:
        state: of it.
        files, bytes: that have arrived so far, as far as the engine tells.
        words: for people, what holds it up or why it failed; empty when all is well.
        failed: n of a piece -> why it is not there; of a task that failed. Pieces that are not
            named here may be there: whoever receives looks.
        attention: it stands still until a person does something (paused, expired credential).
    """

    state: TaskState
    files: int = 0
    bytes: int = 0
    words: str = ""
    failed: Mapping[int, str] = field(default_factory=dict)
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Ability:
    """What an engine can.

    Attributes:
        most_files: in one load.
        most_active: tasks at a time, of ours.
        verifies: it compares checksums at both ends by itself.
        survives: a task goes on when our process dies; without it the task is LOST then.
    """

    most_files: int
    most_active: int
    verifies: bool
    survives: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as two sites speak of it.

    Attributes:
        n: of it in its shipment, from 1.
        path: in the space of the receiver.
        size: bytes.
        sha256: hex digits; empty is not known.
        adler32: eight hex digits; empty is not known.
        mtime: of the content.
    """

    n: int
    path: str
    size: int
    sha256: str
    adler32: str
    mtime: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A shipment that a sender would like to bring.

    Attributes:
        key: of the shipment; the same key is the same shipment.
        space: of the receiver.
        parcels: its files.
    """

    key: str
    space: str
    parcels: Sequence[Parcel]


@dataclass(frozen=True, slots=True)
class Welcome:
    """A receiver's answer to an offer.

    Attributes:
        there: n of those that it has already, with the same content.
        refused: n -> why it does not take it.
        endpoints: where to put the others, the best way first; each with `path` of the parcel.
        places: n -> path below the endpoints, of a receiver that wants another than `path`.
    """

    there: Sequence[int]
    refused: Mapping[int, str]
    endpoints: Sequence[Endpoint]
    places: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a shipment that is carried: as the sites speak of it, and where it is here."""

    parcel: Parcel
    entry_id: int
    path: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A shipment of ours that is carried, with the files that have not ended.

    Attributes:
        id: of the shipment.
        key: the same at both sites.
        space, target_space: from and to.
        files: by number.
    """

    id: int
    key: str
    space: str
    target_space: str
    files: Sequence[PackedFile]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a shipment stands at its receiver.

    Attributes:
        open: it still waits for something.
        landed: n of those that are in its space.
        failed: n -> why it is not.
    """

    open: bool
    landed: Sequence[int]
    failed: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class CopyThere:
    """A copy of one of our files, of which somebody else has told.

    Attributes:
        entry_id: of our file.
        path: there.
        size: bytes.
        landed: when it came there.
    """

    entry_id: int
    path: str
    size: int
    landed: datetime


class Sending(StrEnum):
    """How a shipment stands at its sender."""

    COMING = "coming"  # its files may still arrive
    SENT = "sent"  # nothing more will come
    UNKNOWN = "unknown"


CORRUPT = "Its content is not what was sent"
"""How the words about a file begin that came, but with other bytes; partners say it too."""
MISMATCH = "The checksum is wrong"
"""The same, in the words of engines of ours."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a parcel: it is an entry of the catalogue, or the words say why not."""

    n: int
    entry_id: int | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Wreck:
    """A file of ours that is not what was stored.

    Attributes:
        entry_id: in the catalogue.
        space, path: where it is.
        size, sha256: what it should be.
        words: what is wrong with it.
    """

    entry_id: int
    space: str
    path: str
    size: int
    sha256: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Root:
    """Where the files of a space are in the catalogue."""

    store_id: int
    entry_id: int


@dataclass(frozen=True, slots=True)
class PartnerInfo:
    """Another site.

    Attributes:
        id: in our tables.
        name: unique here.
        kind: whose wire it speaks.
        url: of it.
        token: what we show there.
        account_id: our account for it; None before it was paired from there.
        enabled: shipments go out to it.
        engines: by preference; empty is the order of the settings.
        last_seen: it answered us.
        last_heard: it asked us something.
        words: why it does not answer; empty when it does.
    """

    id: int
    name: str
    kind: str
    url: str
    token: str = field(repr=False)
    account_id: int | None
    enabled: bool
    engines: Sequence[str]
    last_seen: datetime | None
    last_heard: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A standing order: what of a space goes where.

    Attributes:
        id: in our tables.
        name: unique.
        owner_id: whose rights it has in the space.
        space: from this one.
        root_id: its catalogue entry.
        prefix: only what is below this folder; empty is all.
        pattern: only names that fit it (`*`, `?`, `[...]`); empty is all.
        target_space: into this space of the partner.
        target_prefix: below this folder there; empty is its top.
        partners: names of the destinations.
        copies: how many of them each file goes to.
        priority: 0 to 9, larger goes first.
        min_age_s: seconds that a file must be unchanged.
        daily_bytes: at most so many leave on one day; None is no limit.
        windows: "HH:MM-HH:MM" when shipments leave; empty is always.
        enabled: it is at work.
        delete_after_s: files that are unchanged for so many seconds go from here, once as many
            partners as `copies` say that they have them; None is never.
    """

    name: str
    owner_id: int
    space: str
    target_space: str
    partners: Sequence[str]
    id: int = 0
    root_id: int = 0
    prefix: str = ""
    pattern: str = ""
    target_prefix: str = ""
    copies: int = 1
    priority: int = 5
    min_age_s: int = 0
    daily_bytes: int | None = None
    windows: Sequence[str] = ()
    enabled: bool = True
    delete_after_s: int | None = None
