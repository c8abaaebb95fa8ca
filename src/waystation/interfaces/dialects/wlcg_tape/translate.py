"""Their words into ours and back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.staging.door import MAX_PIN_S, MAX_PRIORITY, FileView, ItemView
from waystation.interfaces.dialects.wlcg_tape import durations
from waystation.interfaces.dialects.wlcg_tape.paths import Place
from waystation.interfaces.dialects.wlcg_tape.wire import (
    ArchiveInfo,
    FileAsked,
    FileStatus,
    StageStatus,
)
from waystation.kernel.errors import MalformedError

# A request with more lifetimes than this is held as long as the longest of each store.
MAX_PARTS = 16
_LABEL = 200
_USUAL_PRIORITY = 4

# A file that we had and gave back was had. Whoever cancelled is told so in words: clients know
# CANCELLED under another spelling (gfal2: CANCELED) and take it for an unknown state.
_STATES = {
    "waiting": "SUBMITTED",
    "queued": "SUBMITTED",
    "recalling": "STARTED",
    "online": "COMPLETED",
    "released": "COMPLETED",
    "failed": "FAILED",
    "cancelled": "FAILED",
}
_ENDED = {"COMPLETED", "FAILED"}
_LOCALITIES = {
    "online": "DISK",
    "online_and_nearline": "DISK_AND_TAPE",
    "nearline": "TAPE",
    "lost": "LOST",
    "unknown": "UNAVAILABLE",
}


Items = Mapping[int, ItemView]


@dataclass(slots=True)
class Part:
    """Files that become one stage request of ours."""

    store: str
    pin_s: int
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A path as it was sent, and where its file is: request of ours and number in it, or 0 and 0.

    Attributes:
        words: why it was not taken, else None.
    """

    path: str
    request: int
    number: int
    words: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stage request says beside its paths."""

    label: str
    priority: int
    pins: Mapping[str, int]


def wanted(files: Sequence[FileAsked], *, sitename: str, pin_s: int) -> Wanted:
    """Lifetimes by path as sent, and the metadata that is for us.

    Raises:
        MalformedError: a `diskLifetime` is no ISO 8601 duration.
    """
    pins = {file.path: pin_s for file in files}
    labels: dict[str, None] = {}
    priorities: list[int] = []
    for file in files:
        if file.diskLifetime is not None:
            pins[file.path] = _pin_s(file.diskLifetime)
        mine = _mine(file.targetedMetadata, sitename)
        activity, priority = mine.get("activity"), mine.get("priority")
        if isinstance(activity, str) and activity:
            labels[activity.replace("\0", "")] = None
        if isinstance(priority, int) and not isinstance(priority, bool):
            priorities.append(min(max(priority, 0), MAX_PRIORITY))
    label = ", ".join(labels)[:_LABEL]
    return Wanted(label, max(priorities, default=_USUAL_PRIORITY), pins)


def parts(placed: Mapping[str, Place], pins: Mapping[str, int]) -> list[Part]:
    """Files by store and lifetime, numbered from 1 in order; spellings of one file are one."""
    distinct = {(place.store, pins[sent]) for sent, place in placed.items()}
    longest: dict[str, int] = {}
    if len(distinct) > MAX_PARTS:
        for store, pin_s in distinct:
            longest[store] = max(pin_s, longest.get(store, 0))
    made: dict[tuple[str, int], Part] = {}
    for sent, place in placed.items():
        pin_s = longest.get(place.store, pins[sent])
        part = made.setdefault((place.store, pin_s), Part(place.store, pin_s, {}))
        part.numbers.setdefault(place.path, len(part.numbers) + 1)
    return list(made.values())


def status(
    request_id: str, created: datetime, entries: Iterable[Entry], items: Mapping[int, Items]
) -> StageStatus:
    """A polled request: every path that was sent, as it was sent."""
    at = int(created.timestamp())
    files = [_file(entry, items, at) for entry in entries]
    over = all(file.state in _ENDED for file in files)
    last = max((file.finishedAt or at for file in files), default=at)
    return StageStatus(request_id, at, at, files, last if over else None)


def archive_info(sent: str, view: FileView | None, words: str | None) -> ArchiveInfo:
    """Where a file is; `view` None when it was not looked for, `words` then say why."""
    if view is None:
        return ArchiveInfo(sent, error=words)
    if view.state == "missing":
        return ArchiveInfo(sent, error="No such file or directory.")
    if view.bytes == 0 and view.state != "unknown":
        # The reference allows NONE here, but FTS cleans up a failed copy only when it is on DISK.
        return ArchiveInfo(sent, locality="DISK")
    return ArchiveInfo(sent, locality=_LOCALITIES[view.state])


def _file(entry: Entry, items: Mapping[int, Items], created: int) -> FileStatus:
    item = items.get(entry.request, {}).get(entry.number)
    if item is None:
        words = entry.words or "The file is not known any more."
        return FileStatus(entry.path, "FAILED", created, words)
    state = _STATES[item.state]
    ended = None
    if state in _ENDED:
        ended = created if item.finished is None else int(item.finished.timestamp())
    # An item that is tried again has its last trouble in `error`; to gfal2 any error is the end.
    error = (item.error or _reason(item)) if state == "FAILED" else None
    return FileStatus(entry.path, state, ended, error)


def _reason(item: ItemView) -> str:
    return "Cancelled." if item.state == "cancelled" else "The file could not be brought online."


def _pin_s(text: str) -> int:
    found = durations.seconds(text)
    if found is None:
        raise MalformedError(
            f"diskLifetime {text!r} is no ISO 8601 duration.",
            advice="Write it as P7D, PT12H, P2W or P1M.",
        )
    return min(max(found, 1), MAX_PIN_S)


def _mine(metadata: object, sitename: str) -> Mapping[str, object]:
    """What is meant for this site: under its name, else for everybody."""
    if not isinstance(metadata, Mapping):
        return {}
    for key in (sitename, "default"):
        found = metadata.get(key)
        if isinstance(found, Mapping):
            return found
    return {}
