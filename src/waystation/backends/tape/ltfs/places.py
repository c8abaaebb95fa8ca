"""Disk, index and journals in the words of the port."""

import os
import stat
from collections.abc import Sequence

from waystation.backends.tape.ltfs.index import Copy
from waystation.backends.tape.ltfs.journal import Entry, Journal
from waystation.backends.tape.ltfs.trees import Bounds, Spot
from waystation.domains.staging.entities import (
    FileOutcome,
    FileReport,
    Outcome,
    Residency,
)
from waystation.domains.staging.ports import ReadFile, ReadRun

OUTCOMES = {
    "online": Outcome.ONLINE,
    "failed": Outcome.FAILED,
    "refused": Outcome.REFUSED,
}


def report(path: str, spot: Spot | None, copies: Sequence[Copy], bounds: Bounds) -> FileReport:
    """Where a file is.

    Args:
        path: as asked.
        spot: its place in a tree, None when it is in none.
        copies: on cartridges, mounted ones first.
        bounds: of this look.
    """
    if spot is None:
        return FileReport(path, Residency.MISSING, words="in no store of this back end")
    if not bounds.hold(spot):
        return FileReport(path, Residency.MISSING, words="a symbolic link is in the path")
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _on_tape(path, copies)
    except OSError as error:
        words = f"cannot be looked at: {error.strerror}"
        return FileReport(path, Residency.UNKNOWN, words=words)
    return _on_disk(path, seen, copies)


def _on_disk(path: str, seen: os.stat_result, copies: Sequence[Copy]) -> FileReport:
    if not stat.S_ISREG(seen.st_mode):
        return FileReport(path, Residency.UNKNOWN, words="not a regular file")
    same = [c for c in copies if (c.size, c.mtime_ns) == (seen.st_size, seen.st_mtime_ns)]
    if not same:
        words = "changed since it was written to tape" if copies else ""
        return FileReport(path, Residency.ONLINE, seen.st_size, words=words)
    return FileReport(
        path, Residency.BOTH, seen.st_size, tape=same[0].tape, position=same[0].position
    )


def _on_tape(path: str, copies: Sequence[Copy]) -> FileReport:
    if not copies:
        return FileReport(path, Residency.MISSING, words="on no cartridge and not on disk")
    first = copies[0]
    if not first.present:
        names = ", ".join(copy.tape for copy in copies)
        words = f"no cartridge with a copy is mounted: {names}"
        return FileReport(
            path, Residency.LOST, first.size, first.tape, first.position, words=words
        )
    return FileReport(path, Residency.NEARLINE, first.size, first.tape, first.position)


def tell_outcome(path: str, entry: Entry) -> FileOutcome:
    """What became of a file of a list."""
    return FileOutcome(path, OUTCOMES[entry.did], entry.words)


def tell_runs(journal: Journal) -> tuple[ReadRun, ...]:
    """What was read of tapes, in the order and at the times that it was."""
    runs: dict[str, list[Entry]] = {}
    read = sorted((e for e in journal.entries.values() if e.run), key=lambda entry: entry.end_s)
    for entry in read:
        runs.setdefault(entry.run, []).append(entry)
    return tuple(
        ReadRun(
            tape=entries[0].tape,
            files=tuple(ReadFile(e.position, e.size, e.first_s, e.end_s) for e in entries),
        )
        for entries in runs.values()
    )
