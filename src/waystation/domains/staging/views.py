"""What people and programs are shown: plain frozen structs, the same for pages, API and CLI."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Band:
    """A forecast moment with its 80 % band."""

    at: datetime
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Files of a request by state."""

    waiting: int
    queued: int
    recalling: int
    online: int
    failed: int
    cancelled: int
    released: int


@dataclass(frozen=True, slots=True)
class RequestView:
    """A stage request. Sizes in bytes; `bytes` is None until every size is known."""

    id: int
    store: str
    owner: str
    label: str
    external_id: str | None
    state: str
    priority: int
    created: datetime
    deadline: datetime | None
    expires: datetime | None
    finished: datetime | None
    pin_lifetime_s: int
    files: int
    bytes: int | None
    counts: Counts
    bytes_online: int
    eta: Band | None
    why: str | None
    position: int | None
    last_event: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """One file of a request."""

    n: int
    path: str
    state: str
    bytes: int | None
    attempts: int
    error: str | None
    tape: str | None
    finished: datetime | None
    pinned_until: datetime | None


@dataclass(frozen=True, slots=True)
class Strip:
    """The states of all files as cells of `bucket` files each, one byte a cell (`ItemState`)."""

    files: int
    bucket: int
    cells: bytes
    codes: dict[str, str]


@dataclass(frozen=True, slots=True)
class TapeShare:
    """A request's files on one cartridge; `state` waiting, next, mounted or done."""

    tape: str | None
    files: int
    online: int
    failed: int
    state: str
    position: int | None
    eta: Band | None


@dataclass(frozen=True, slots=True)
class EventView:
    """What happened to a request; `ranges` are item numbers, first and last."""

    seq: int
    at: datetime
    kind: str
    count: int
    bytes: int
    ranges: list[tuple[int, int]]
    words: str


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a store, as far as it is known."""

    path: str
    state: str
    staging: str | None = None
    tape: str | None = None
    bytes: int | None = None
    pinned_until: datetime | None = None
    request: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Failed files of a request with the same cause."""

    words: str
    files: int
    example: str


@dataclass(frozen=True, slots=True)
class BackendView:
    """A tape system; `sees` is positions, tape or nothing; `state` up, down or unknown."""

    name: str
    kind: str
    state: str
    sees: str
    message: str


@dataclass(frozen=True, slots=True)
class DriveView:
    """A drive now."""

    backend: str
    name: str
    state: str
    tape: str | None
    files_left: int | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TapeView:
    """A cartridge that somebody waits for; `state` queued, mounted or reading."""

    backend: str
    tape: str
    files: int
    bytes: int
    oldest: datetime | None
    owners: int
    state: str
    why: str
    eta: datetime | None


@dataclass(frozen=True, slots=True)
class Series:
    """The last hour by the minute: unix seconds, mounts, bytes online."""

    minute: list[int]
    mounts: list[int]
    bytes: list[int]


@dataclass(frozen=True, slots=True)
class LibraryView:
    """Drives and queue of all tape systems."""

    backends: list[BackendView]
    drives: list[DriveView]
    tapes: list[TapeView]
    queued_files: int
    queued_bytes: int
    mounts_last_hour: int
    bytes_last_minute: int
    series: Series


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request would cost, before it is made: times in seconds from now, an 80 % band."""

    files: int
    bytes: int | None
    tapes: int | None
    unknown: int
    low_s: float
    at_s: float
    high_s: float
    drive_s: float
