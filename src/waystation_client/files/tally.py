"""How far it is, and what became of the files: counted from many threads, shown on a terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from waystation_client import sizes
from waystation_client.errors import WaystationError
from waystation_client.screens import listing

_MOST_TOLD = 1000
"""Failures that are kept to be told; the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that did not go."""

    path: str
    code: str
    title: str


@dataclass(slots=True)
class Tally:
    """What became of the files so far.

    Attributes:
        files, bytes: moved, and proved by their digests.
        skipped: were the same there already.
        removed: by a sync.
        failed: did not go; `failures` has the first of them.
        seen_files, seen_bytes: found so far, of which those are to be moved; for the bar only.
    """

    files: int = 0
    bytes: int = 0
    skipped: int = 0
    removed: int = 0
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)
    seen_files: int = 0
    seen_bytes: int = 0
    flying: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def found(self, files: int, size: int) -> None:
        """So many more are to be moved."""
        with self._lock:
            self.seen_files += files
            self.seen_bytes += size

    def moved(self, size: int, *, flown: int = 0) -> None:
        """One more is there; of it `flown` bytes were told before."""
        with self._lock:
            self.files += 1
            self.bytes += size
            self.flying -= flown

    def flew(self, size: int) -> None:
        """So many bytes of a large file went; fewer when it begins again."""
        with self._lock:
            self.flying += size

    def same(self, files: int = 1) -> None:
        """These need not go."""
        with self._lock:
            self.skipped += files

    def took_away(self) -> None:
        """One more was removed."""
        with self._lock:
            self.removed += 1

    def failure(self, path: str, error: Exception) -> None:
        """One did not go."""
        code = error.code if isinstance(error, WaystationError) else "local"
        title = error.title if isinstance(error, WaystationError) else _words(error)
        with self._lock:
            self.failed += 1
            if len(self.failures) < _MOST_TOLD:
                self.failures.append(Failure(path, code, title))

    def document(self) -> dict[str, object]:
        """For programs."""
        return {
            "files": self.files,
            "bytes": self.bytes,
            "skipped": self.skipped,
            "removed": self.removed,
            "failed": self.failed,
            "failures": [
                {"path": f.path, "code": f.code, "title": f.title} for f in self.failures
            ],
        }


@contextmanager
def shown(tally: Tally, what: str, *, quiet: bool) -> Iterator[None]:
    """A bar on the terminal while the block runs; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - 0.1 s to import, not needed in a pipe
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counted]}"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what, total=None, counted="")
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            bar.update(
                task,
                completed=tally.bytes + max(0, tally.flying),
                total=tally.seen_bytes or None,
                counted=f"{tally.files:,}/{tally.seen_files:,} files",
            )

    with bar:
        looker = threading.Thread(target=look, daemon=True)
        looker.start()
        try:
            yield
        finally:
            done.set()
            looker.join()


def tell(tally: Tally, verb: str, *, as_json: bool) -> None:
    """Say at the end what became of all."""
    if as_json:
        listing.document(tally.document())
        return
    for failure in tally.failures:
        listing.note(f"way: {failure.path}: {failure.title}")
    if tally.failed > len(tally.failures):
        listing.note(f"way: ... and {tally.failed - len(tally.failures):,} more")
    parts = [f"{tally.files:,} files {verb}, {sizes.words(tally.bytes)}"]
    if tally.skipped:
        parts.append(f"{tally.skipped:,} were there already")
    if tally.removed:
        parts.append(f"{tally.removed:,} removed")
    if tally.failed:
        parts.append(f"{tally.failed:,} FAILED; run the same command again to go on")
    listing.say("; ".join(parts) + ".")


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
