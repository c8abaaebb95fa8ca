"""Answers about files and costs before anything is asked of the tapes."""

import math
from collections.abc import Sequence

from waystation.domains.staging.entities import FileReport
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.planner.estimate import service_s
from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.items import ITEM_NAMES
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.states import RecallState
from waystation.domains.staging.views import Estimate, FileView
from waystation.kernel.database import Database, Row

SAMPLE = 1_000
# A forecast made from a sample and a model is good to about a factor of two either way.
_SPREAD = 2.0


def known(row: Row) -> FileView | None:
    """A file that we hold a recall of, None when we do not."""
    if row["state"] is None:
        return None
    state, size, item = row["state"], row["bytes"], row["item_state"]
    held = state == RecallState.HELD
    until, request = row["pinned_until"], row["request_id"]
    return FileView(
        path=str(row["path"]),
        state="online_and_nearline" if held else "nearline",
        staging=None if item is None else ITEM_NAMES[int(str(item))],
        tape=str(row["tape"]) or None,
        bytes=None if size is None else int(str(size)),
        pinned_until=until,  # type: ignore[arg-type]  # timestamptz arrives as datetime
        request=None if request is None else int(str(request)),
    )


def looked_up(backend: TapeBackend | None, paths: list[str]) -> dict[str, FileView | None]:
    """What the tape system says; nothing known when it does not answer."""
    if backend is None or not paths:
        return {}
    try:
        reports = backend.locate(paths)
    except BackendError:
        return {}
    return {
        r.path: FileView(r.path, r.residency.value, tape=r.tape, bytes=r.size_bytes)
        for r in reports
    }


def estimate(
    database: Database, backend: TapeBackend | None, name: str, paths: Sequence[str], rules: Rules
) -> Estimate:
    """Look at evenly spaced files, extend to all, add the queue of now.

    Drives work on lists side by side; what waits already is served in some order before or after,
    so the low end counts none of it and the high end all of it.
    """
    step = max(1, len(paths) // SAMPLE)
    sample = list(paths[::step])
    seen = _reports(backend, sample)
    factor = len(paths) / max(1, len(sample))
    on_tape = [r for r in seen if not r.residency.on_disk]
    sizes = [r.size_bytes for r in seen if r.size_bytes is not None]
    total = int(sum(sizes) * factor) if seen and len(sizes) == len(seen) else None
    tapes = len({r.tape for r in on_tape if r.tape}) or None
    drive_s = _drive_s(on_tape, factor, rules)
    ahead_s = sum(
        service_s(int(str(row["files"])), float(str(row["bytes"])), rules.drive)
        for row in database.rows(planning.totals(name))
    )
    slots = backend.capabilities.slots if backend else 1
    own = drive_s / min(slots, tapes or 1)
    return Estimate(
        files=len(paths),
        bytes=total,
        tapes=tapes,
        unknown=sum(1 for r in seen if r.residency.value in {"unknown", "missing", "lost"}),
        low_s=own / _SPREAD,
        at_s=own + ahead_s / slots / 2,
        high_s=own * _SPREAD + ahead_s / slots,
        drive_s=drive_s,
    )


def _reports(backend: TapeBackend | None, sample: list[str]) -> list[FileReport]:
    if backend is None:
        return []
    try:
        return backend.locate(sample)
    except BackendError:
        return []


def _drive_s(on_tape: list[FileReport], factor: float, rules: Rules) -> float:
    """Drive time of these files, each tape mounted once; files of a hidden tape count as one."""
    by_tape: dict[str, list[int]] = {}
    for report in on_tape:
        by_tape.setdefault(report.tape or "", []).append(report.size_bytes or 0)
    return sum(
        rules.drive.mount_cycle_s()
        + service_s(math.ceil(len(sizes) * factor), sum(sizes) * factor, rules.drive)
        for sizes in by_tape.values()
    )
