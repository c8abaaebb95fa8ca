"""Frozen words of the subject: what back ends report, what people ask for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MAX_PRIORITY = 9
MAX_PIN_S = 400 * 86_400
# Further ahead than anybody means; the last years of the calendar cannot even be shown.
MAX_AHEAD = timedelta(days=3653)
MAX_LABEL = MAX_EXTERNAL_ID = 200
MAX_CALLBACK = 2_000


class Residency(StrEnum):
    """Where a file's bytes are, as a tape system sees them."""

    ONLINE = "online"  # on disk only: no copy on tape yet
    BOTH = "online_and_nearline"  # on disk and on tape
    NEARLINE = "nearline"  # on tape only: reading needs a recall
    MISSING = "missing"  # the tape system knows no such file
    LOST = "lost"  # known, but no copy can be read now (cartridge exported, offline or damaged)
    UNKNOWN = "unknown"  # a foreign state we have no word for; never guessed

    @property
    def on_disk(self) -> bool:
        """The bytes can be read now."""
        return self in {Residency.ONLINE, Residency.BOTH}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a tape system says about one file.

    Attributes:
        path: as asked.
        residency: where the bytes are.
        size_bytes: None when not told.
        tape: cartridge that a recall would read (volume serial), None when the system hides it.
        position: first byte (or block, monotonic in it) on the cartridge; None when hidden.
        library: which library holds the cartridge, None when there is one or it is hidden.
        words: plain words when something is wrong with the file, else empty.
    """

    path: str
    residency: Residency
    size_bytes: int | None = None
    tape: str | None = None
    position: int | None = None
    library: str | None = None
    words: str = ""


class Outcome(StrEnum):
    """How the recall of one file ended, or that it has not."""

    ONLINE = "online"
    FAILED = "failed"  # trying again may help
    REFUSED = "refused"  # trying again will not help (no such file, no readable copy)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """News of one file of a recall."""

    path: str
    outcome: Outcome
    words: str = ""


class ListState(StrEnum):
    """How a recall list stands at the tape system."""

    WAITING = "waiting"  # accepted, not started
    RUNNING = "running"
    ENDED = "ended"  # nothing more will come; files without news are to be looked at
    UNKNOWN = "unknown"  # the tape system does not know the handle (restart, history cleared)


@dataclass(frozen=True, slots=True)
class ListReport:
    """What a tape system says about one recall list."""

    handle: str
    state: ListState
    files: tuple[FileOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class DriveReport:
    """One drive as the tape system shows it; `state` in our words."""

    name: str
    state: str  # empty | mounting | reading | idle | unmounting | offline | unknown
    tape: str | None = None
    library: str | None = None


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """What can be seen of the hardware; empty when the system hides it."""

    drives: tuple[DriveReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a back end can see and keep. The planner uses exactly that, the pages say which.

    Attributes:
        sees_tape: `locate` names cartridges.
        sees_position: `locate` gives positions on them.
        keeps_order: `recall` reads in the order given.
        cancels: `cancel` can stop files that were not started.
        releases: `release` can give disk space back.
        list_limit: most files in one `recall` call.
        slots: how many recall lists to keep running (drives); with `sees_tape` False the number of
            lists outstanding that lets the system sort for itself.
    """

    sees_tape: bool
    sees_position: bool
    keeps_order: bool
    cancels: bool
    releases: bool
    list_limit: int
    slots: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `check_config` found wrong, and how to mend it."""

    ok: bool
    subject: str
    words: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class RecallList:
    """One list for one tape, to be sent.

    Attributes:
        key: our idempotency key, stored before the call; `[a-z0-9-]{1,64}`.
        paths: in the order wanted.
        tape: cartridge all are on, None when hidden.
        library: which library, None when hidden or single.
    """

    key: str
    paths: tuple[str, ...]
    tape: str | None = None
    library: str | None = None
    owner: str = field(default="")


@dataclass(frozen=True, slots=True)
class Ask:
    """A stage request as somebody asks for it, before it is checked.

    Attributes:
        paths: absolute paths in the store's own name space.
        store: which store.
        priority: 0 (whenever) to 9 (first); 4 is usual.
        pin_lifetime_s: how long each file is kept on disk after it came.
        deadline: when the asker needs it; informs, orders equals, never drops.
        expires: after this moment files not yet online are given up.
        external_id: the asker's own name for it; asking again with it gives the same request.
        callback: URL that is told when it has ended.
        dialect: in whose words it is told; empty is our own.
        library: from which library files are read that have a copy there; empty is any.
    """

    paths: list[str]
    store: str
    priority: int = 4
    pin_lifetime_s: int = 604_800
    deadline: datetime | None = None
    expires: datetime | None = None
    callback: str | None = None
    external_id: str | None = None
    label: str = ""
    confirm: bool = False
    dialect: str = ""
    library: str = ""


def objection(ask: Ask, now: datetime) -> str | None:
    """Why a request makes no sense as it is, one sentence; None when it does."""
    texts = (ask.label, ask.external_id or "", ask.callback or "")
    moments = [("expires", ask.expires), ("deadline", ask.deadline)]
    checks = [
        (not 0 <= ask.priority <= MAX_PRIORITY, f"priority must be 0 to {MAX_PRIORITY}."),
        (not 1 <= ask.pin_lifetime_s <= MAX_PIN_S, f"pin_lifetime_s must be 1 to {MAX_PIN_S}."),
        *[
            (at is not None and at <= now, f"{name} must be in the future.")
            for name, at in moments
        ],
        *[
            (at is not None and at > now + MAX_AHEAD, f"{name} must be within ten years.")
            for name, at in moments
        ],
        (len(ask.label) > MAX_LABEL, f"label may have {MAX_LABEL} characters."),
        (len(ask.library) > MAX_LABEL, f"library may have {MAX_LABEL} characters."),
        (
            ask.external_id is not None and not 1 <= len(ask.external_id) <= MAX_EXTERNAL_ID,
            f"external_id must have 1 to {MAX_EXTERNAL_ID} characters.",
        ),
        (len(ask.callback or "") > MAX_CALLBACK, f"callback may have {MAX_CALLBACK} characters."),
        (
            any("\0" in text for text in texts),
            "label, external_id and callback must not have a zero byte.",
        ),
    ]
    return next((words for wrong, words in checks if wrong), None)
