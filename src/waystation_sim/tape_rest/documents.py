"""The documents of the API in each flavour's words. Pure, but for where files are."""

import re
from collections.abc import Mapping, Sequence

from waystation_sim.server import Answer
from waystation_sim.site.stubs import FileState
from waystation_sim.tape_rest.flavours import Flavour
from waystation_sim.tape_rest.requests import Item

JAVA_DURATION = re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
"""What `java.time.Duration.parse` reads: days, hours, minutes, seconds; no weeks or months."""

SECONDS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}

Document = Mapping[str, object]


def problem(flavour: Flavour, status: int, title: str, detail: str = "", **headers: str) -> Answer:
    """An error (RFC 7807)."""
    shown = str(status) if flavour.text_status else status
    body = {"status": shown, "title": title, **({"detail": detail} if detail else {})}
    return Answer(status, body, headers)


def status(
    flavour: Flavour, number: str, created: float, items: Sequence[Item], online: Sequence[bool]
) -> Document:
    """The answer to a poll; `online` says of each file whether it is on disk now."""
    files = [_file(flavour, *pair) for pair in zip(items, online, strict=True)]
    told = {"id": number, "createdAt": _moment(flavour, created), "files": files}
    begun = min((i.started for i in items if i.started is not None), default=None)
    told["startedAt"] = _moment(flavour, created if flavour.on_disk else begun or created)
    if flavour.on_disk:
        return told
    if not any(item.open for item in items):
        told["completedAt"] = _moment(
            flavour, max((i.finished or created for i in items), default=created)
        )
    elif flavour.zero_times:
        told["completedAt"] = 0
        told["startedAt"] = _moment(flavour, begun) if begun else 0
    return told


def locality(flavour: Flavour, path: str, state: FileState | None, *, folder: bool) -> Document:
    """Where one file is."""
    if state is None:
        return {"path": path, "error": "is a directory" if folder else "No such file or directory"}
    words = {
        FileState.RESIDENT: "DISK",
        FileState.PREMIGRATED: "DISK_AND_TAPE",
        FileState.MIGRATED: "TAPE",
        FileState.SAVED: flavour.empty_word,
        FileState.OFFLINE: flavour.lost_word,
        FileState.MISSING: flavour.lost_word,
    }
    told: dict[str, object] = {"path": path, "locality": words[state]}
    return {**told, "error": None} if flavour.null_errors else told


def duration_s(text: str) -> float | None:
    """Seconds of a Java duration; None if it is none."""
    if not JAVA_DURATION.fullmatch(text):
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)([DHMS])", text)
    return sum(float(number) * SECONDS[unit] for number, unit in parts)


def _file(flavour: Flavour, item: Item, online: bool) -> Document:  # noqa: FBT001 - of a pair
    told: dict[str, object] = {"path": item.path}
    if flavour.null_errors:
        told["error"] = None
    if flavour.on_disk:
        told["onDisk"] = online
        if item.state == "FAILED":
            told["error"] = item.error
        return told
    told["state"] = item.state
    if not flavour.zero_times:
        for name, at in (("startedAt", item.started), ("finishedAt", item.finished)):
            if at is not None:
                told[name] = _moment(flavour, at)
    if item.state == "FAILED" and flavour.fail_words:
        told["error"] = item.error
    return told


def _moment(flavour: Flavour, at: float) -> int:
    return int(at * 1000) if flavour.milliseconds else int(at)
