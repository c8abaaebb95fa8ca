"""The documents of the API: made, and read with all that servers do differently. Pure.

Servers seen: dCache (source, July 2026), EOS with CTA (source 5.4.11), StoRM Tape 0.7.0 (ran).
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from waystation.domains.staging.entities import FileReport, Residency

MILLISECONDS_ABOVE = 1e11
"""A moment in seconds stays below this until the year 5138; dCache tells milliseconds."""

DAY_S, HOUR_S = 86_400, 3_600
SHOWN = 300
"""Characters of a foreign message that are passed on."""

MISSING_WORDS = re.compile(
    r"no such file|not found|does not exist|doesn't exist|file missing|unknown (?:file|path)",
    re.IGNORECASE,
)
TOO_MANY_WORDS = re.compile(
    r"too (?:many|large)|exceed|maximum|limit (?:of|on)|at most|number of (?:targets|files)",
    re.IGNORECASE,
)


class Standing(Enum):
    """How a file of a stage request stands there."""

    RUNNING = "running"
    ONLINE = "online"
    FAILED = "failed"
    CANCELLED = "cancelled"


# The second spelling of CANCELLED is gfal2's, and of servers made after it.
STATES: Mapping[str, Standing] = {
    "SUBMITTED": Standing.RUNNING,
    "STARTED": Standing.RUNNING,
    "COMPLETED": Standing.ONLINE,
    "FAILED": Standing.FAILED,
    "CANCELLED": Standing.CANCELLED,
    "CANCELED": Standing.CANCELLED,
}

LOCALITIES: Mapping[str, tuple[Residency, str]] = {
    "DISK": (Residency.ONLINE, ""),
    "TAPE": (Residency.NEARLINE, ""),
    "DISK_AND_TAPE": (Residency.BOTH, ""),
    "NONE": (Residency.ONLINE, ""),
    "LOST": (Residency.LOST, "the other site calls it lost"),
    "UNAVAILABLE": (Residency.LOST, "the other site cannot reach any copy now"),
}


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file of a polled request.

    Attributes:
        begun: the site says that it works on it.
        started: seconds since 1970 since when; None when it does not tell.
        words: the site's, when something is wrong.
    """

    path: str
    standing: Standing
    begun: bool = False
    started: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class StageSeen:
    """A polled request; `completed` when the site says that nothing more will come."""

    files: tuple[FileSeen, ...]
    completed: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a discovery document says of version 1; `uri` empty when it is not offered."""

    site: str
    uri: str
    versions: tuple[str, ...]


def stage_body(
    paths: Sequence[str], *, lifetime_s: float, metadata: Mapping[str, object]
) -> dict[str, object]:
    """The body of a stage request; never another key beside `files`: dCache would refuse it."""
    more: dict[str, object] = {"diskLifetime": duration(lifetime_s)}
    if metadata:
        more["targetedMetadata"] = metadata
    return {"files": [{"path": path, **more} for path in paths]}


def duration(seconds: float) -> str:
    """An ISO 8601 duration, rounded up, in one of the two forms that every server takes.

    `PnD` and `PTnH`: dCache chokes on all others, silently before 9.2 (its issue 7414).
    """
    hours = max(1, math.ceil(seconds / HOUR_S))
    days, rest = divmod(hours * HOUR_S, DAY_S)
    return f"PT{hours}H" if rest else f"P{days}D"


def request_id(body: bytes, location: str) -> str:
    """The name of a new request: of the body, else of the Location header; empty if none."""
    told = _object(body).get("requestId")
    if isinstance(told, str) and told:
        return told
    return location.rstrip("/").partition("/stage/")[2]


def stage_seen(body: bytes) -> StageSeen | None:
    """The answer to a poll; None if it is none."""
    told = _object(body)
    files = told.get("files")
    if not isinstance(files, list):
        return None
    seen = [_file_seen(file) for file in files if isinstance(file, dict) and file.get("path")]
    return StageSeen(tuple(seen), moment(told.get("completedAt")) is not None)


def archive_info(body: bytes) -> dict[str, Mapping[str, object]] | None:
    """The entries of an archiveinfo answer by path as the site spells it; None if it is none."""
    told = _decoded(body)
    if not isinstance(told, list):
        return None
    return {str(e["path"]): e for e in told if isinstance(e, dict) and "path" in e}


def file_report(path: str, entry: Mapping[str, object] | None) -> FileReport:
    """Where a file is, of its archiveinfo entry; None when the site gave none."""
    if entry is None:
        return FileReport(path, Residency.UNKNOWN, words="the other site said nothing of it")
    locality, words = entry.get("locality"), _text(entry.get("error"))
    if isinstance(locality, str):
        found = LOCALITIES.get(locality.upper())
        if found is None:
            said = f"the other site calls it {locality[:SHOWN]!r}"
            return FileReport(path, Residency.UNKNOWN, words=said)
        residency, usual = found
        if residency is Residency.LOST and MISSING_WORDS.search(words):
            return FileReport(path, Residency.MISSING, words=words)
        size = 0 if locality.upper() == "NONE" else None
        said = words or usual if usual else ""
        return FileReport(path, residency, size, words=said)
    if MISSING_WORDS.search(words):
        return FileReport(path, Residency.MISSING, words=words)
    said = words or "the other site told neither locality nor error"
    return FileReport(path, Residency.UNKNOWN, words=said)


def discovery(body: bytes) -> Endpoint | None:
    """The discovery document; None if it is none."""
    told = _object(body)
    offered = told.get("endpoints")
    if not isinstance(offered, list):
        return None
    known = [one for one in offered if isinstance(one, dict)]
    versions = tuple(str(one.get("version")) for one in known)
    uri = next(
        (str(e["uri"]) for e in known if re.fullmatch(r"v1(\.\d+)?", str(e.get("version")))), ""
    )
    return Endpoint(_text(told.get("sitename")), uri.rstrip("/"), versions)


def complaint(status: int, body: bytes, headers: Mapping[str, str]) -> str:
    """The words of an error: RFC 7807 in the body, or in headers (dCache's cancel), or as is."""
    told = _object(body)
    words = [_text(told.get(name)) for name in ("title", "detail", "message", "error")]
    if not any(words):
        words = [headers.get("title", ""), headers.get("detail", "")]
    if not any(words):
        words = [body[:SHOWN].decode(errors="replace").strip()]
    said = ": ".join(word.rstrip(".") for word in dict.fromkeys(words) if word)
    return f"{status} {said[:SHOWN]}".strip()


def moment(told: object) -> float | None:
    """A moment in seconds since 1970, told in seconds or milliseconds; 0 and null are unset."""
    if isinstance(told, bool) or not isinstance(told, int | float) or told <= 0:
        return None
    return told / 1000 if told > MILLISECONDS_ABOVE else float(told)


def _file_seen(told: Mapping[str, object]) -> FileSeen:
    """One file: `onDisk` or `state`, and an `error` that may be null or beside `onDisk`."""
    path, words = str(told["path"]), _text(told.get("error"))
    on_disk, state = told.get("onDisk"), told.get("state")
    standing = STATES.get(state, Standing.RUNNING) if isinstance(state, str) else None
    if standing is None:
        standing = Standing.FAILED if words else Standing.RUNNING
    elif standing is Standing.RUNNING and words:
        words = ""  # the trouble of a try that is being repeated
    if on_disk is True:
        standing, words = Standing.ONLINE, ""
    return FileSeen(path, standing, state == "STARTED", moment(told.get("startedAt")), words)


def _text(told: object) -> str:
    return told.replace("\0", "").strip()[:SHOWN] if isinstance(told, str) else ""


def _object(body: bytes) -> Mapping[str, object]:
    told = _decoded(body)
    return told if isinstance(told, dict) else {}


def _decoded(body: bytes) -> object:
    try:
        told: object = json.loads(body)
    except ValueError:
        return None
    return told
