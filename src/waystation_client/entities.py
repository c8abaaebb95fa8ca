"""What the API returns, as frozen structs: field names, units and states are the API's own."""

from datetime import datetime
from typing import Any

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all: immutable; members a newer server adds are ignored."""


class Eta(Struct, frozen=True, kw_only=True):
    """When something should be ready: the middle, and the ends of an 80 % band."""

    at: datetime
    low: datetime
    high: datetime


class Counts(Struct, frozen=True, kw_only=True):
    """How many files of a request are in each state."""

    waiting: int = 0
    queued: int = 0
    recalling: int = 0
    online: int = 0
    failed: int = 0
    cancelled: int = 0
    released: int = 0


class Request(Struct, frozen=True, kw_only=True):
    """A stage request as it is now. Sizes in bytes; `bytes` is None when not all are known."""

    id: int
    store: str
    state: str
    files: int
    counts: Counts
    created: datetime
    owner: str = ""
    label: str | None = None
    external_id: str | None = None
    priority: int = 4
    deadline: datetime | None = None
    expires: datetime | None = None
    finished: datetime | None = None
    pin_lifetime_s: int = 0
    bytes: int | None = None
    bytes_online: int = 0
    eta: Eta | None = None
    why: str | None = None
    position: int | None = None
    last_event: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state != "active"


class RequestPage(Struct, frozen=True, kw_only=True):
    """Some requests, newest first; `next_before` asks for the page after."""

    requests: list[Request]
    next_before: int | None = None


class Refused(Struct, frozen=True, kw_only=True):
    """A path that was not taken, and why."""

    path: str
    reason: str


class Submitted(Struct, frozen=True, kw_only=True):
    """The answer to a stage request: what was taken, folded together and refused."""

    id: int
    store: str
    files: int
    state: str
    created: datetime
    label: str | None = None
    folded: int = 0
    refused: list[Refused] = []
    refused_count: int = 0
    url: str = ""


class File(Struct, frozen=True, kw_only=True):
    """One file of a request; `n` is its number in it."""

    n: int
    path: str
    state: str
    bytes: int | None = None
    attempts: int = 0
    error: str | None = None
    tape: str | None = None
    finished: datetime | None = None
    pinned_until: datetime | None = None


class FilePage(Struct, frozen=True, kw_only=True):
    """Some files of a request in order; `next_after` asks for the page after."""

    files: list[File]
    next_after: int | None = None


class RequestTape(Struct, frozen=True, kw_only=True):
    """The part of a request that lies on one tape (None: not yet known which)."""

    tape: str | None
    files: int
    online: int = 0
    failed: int = 0
    state: str = "waiting"
    position: int | None = None
    eta: Eta | None = None


class RequestTapes(Struct, frozen=True, kw_only=True):
    """A request's files by tape, in service order."""

    tapes: list[RequestTape]


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to some files of a request, in plain words."""

    seq: int
    at: datetime
    kind: str
    words: str
    count: int = 0
    bytes: int | None = None
    ranges: list[tuple[int, int]] = []


class EventPage(Struct, frozen=True, kw_only=True):
    """Some events in order; `next_after` asks for the page after."""

    events: list[Event]
    next_after: int | None = None


class Estimate(Struct, frozen=True, kw_only=True):
    """A forecast for paths not yet asked for; `unknown` files are on no tape we know of."""

    files: int
    bytes: int | None = None
    tapes: int | None = None
    unknown: int = 0
    low_s: float | None = None
    at_s: float | None = None
    high_s: float | None = None


class FileStatus(Struct, frozen=True, kw_only=True):
    """Where a file is now: on tape (nearline), on disk (online), both, or nowhere."""

    path: str
    state: str
    staging: str | None = None
    tape: str | None = None
    bytes: int | None = None
    pinned_until: datetime | None = None
    request: int | None = None


class FileStatuses(Struct, frozen=True, kw_only=True):
    """Answers in the order of the question."""

    files: list[FileStatus]


class Backend(Struct, frozen=True, kw_only=True):
    """A tape system and what it lets us see."""

    name: str
    kind: str
    state: str
    sees: str = "nothing"
    message: str | None = None


class Drive(Struct, frozen=True, kw_only=True):
    """A tape drive and what it does."""

    backend: str
    name: str
    state: str
    tape: str | None = None
    files_left: int | None = None
    since: datetime | None = None


class QueuedTape(Struct, frozen=True, kw_only=True):
    """A tape somebody waits for; `why` says why it is where it is in the order."""

    backend: str
    tape: str
    files: int
    state: str
    bytes: int | None = None
    oldest: datetime | None = None
    owners: int = 1
    why: str | None = None
    eta: Eta | datetime | None = None


class Library(Struct, frozen=True, kw_only=True):
    """The tape libraries now: drives, and the queue in service order (its first 200)."""

    backends: list[Backend]
    drives: list[Drive]
    tapes: list[QueuedTape]
    queued_files: int = 0
    queued_bytes: int | None = None
    mounts_last_hour: int = 0
    bytes_last_minute: int = 0
    series: dict[str, Any] = {}


class Store(Struct, frozen=True, kw_only=True):
    """A tree of files that is kept on one tape system."""

    name: str
    backend: str
    root: str
    default: bool = False


class Stores(Struct, frozen=True, kw_only=True):
    """The stores we may use."""

    stores: list[Store]


class Dataset(Struct, frozen=True, kw_only=True):
    """A named set of files."""

    name: str
    store: str
    files: int = 0
    bytes: int | None = None


class Datasets(Struct, frozen=True, kw_only=True):
    """The datasets we may use."""

    datasets: list[Dataset]


class Identity(Struct, frozen=True, kw_only=True):
    """Who the token speaks for, and what it is good for."""

    name: str
    full_name: str = ""
    admin: bool = False
    scopes: list[str] = []
    token: str | None = None
    expires: datetime | None = None


class Message(Struct, frozen=True, kw_only=True):
    """Something that the operators tell; `severity` is notice, warning or urgent."""

    id: int
    text: str
    severity: str = "notice"
    audience: str = "everyone"
    down_from: datetime | None = None
    down_until: datetime | None = None


class Messages(Struct, frozen=True, kw_only=True):
    """All that one is told now."""

    messages: list[Message]


class Health(Struct, frozen=True, kw_only=True):
    """A server's word that it is there."""

    status: str
    version: str = ""
