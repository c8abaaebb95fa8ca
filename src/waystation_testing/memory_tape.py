"""A tape system in memory: keeps every promise of the port, and breaks it when told to.

For controller tests and simulations in virtual time. `waystation_sim` is the one with real bytes.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from waystation.domains.staging.entities import (
    Capabilities,
    DriveReport,
    FileOutcome,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    ListState,
    Outcome,
    RecallList,
    Residency,
)
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError

_KEY = re.compile(r"[a-z0-9-]{1,64}")
# What a system with a command line and list files could read as something else.
_BREAKS = re.compile(r"[\0\n\r]| -- ")

ABILITIES = Capabilities(
    sees_tape=True,
    sees_position=True,
    keeps_order=True,
    cancels=True,
    releases=True,
    list_limit=20_000,
    slots=2,
)


@dataclass(slots=True)
class SentList:
    """A list as the system holds it; `open` are the paths not settled yet."""

    key: str
    tape: str | None
    open: list[str]
    news: list[FileOutcome] = field(default_factory=list)


class MemoryTape:
    """Files on tapes; recalled files come when `bring` is called, or at once with `instant`.

    Attributes:
        down: words with which every call fails, empty when it works.
        bad: path to words: these recalls fail.
        calls: recall lists in the order they were first accepted.
    """

    def __init__(self, *, instant: bool = True, abilities: Capabilities = ABILITIES) -> None:
        self.instant = instant
        self.down = ""
        self.refuses = ""
        self.bad: dict[str, str] = {}
        self.files: dict[str, FileReport] = {}
        self.calls: list[RecallList] = []
        self.released: list[str] = []
        self.cancelled: list[str] = []
        self._abilities = abilities
        self._lists: dict[str, SentList] = {}
        self._lock = threading.RLock()

    @property
    def capabilities(self) -> Capabilities:
        """As given."""
        return self._abilities

    def put(self, path: str, *, tape: str = "T1", position: int = 0, size: int = 1_000) -> str:
        """Write a file onto a tape."""
        self.files[path] = FileReport(path, Residency.NEARLINE, size, tape, position)
        return path

    def set(self, path: str, residency: Residency) -> None:
        """Move a file, as somebody else would behind our back."""
        self.files[path] = replace(self.files[path], residency=residency)

    def bring(self, count: int = 2**31) -> None:
        """Read up to `count` files of every open list."""
        with self._lock:
            for each in self._lists.values():
                for path in each.open[:count]:
                    self._read(each, path)
                del each.open[:count]

    def forget(self) -> None:
        """A restart of the system: every list is gone."""
        self._lists.clear()

    def check_config(self) -> list[Finding]:
        """Nothing can be wrong with it."""
        return [Finding(not self.down, "memory tape", self.down or "ready")]

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As put, MISSING for others."""
        self._answer()
        return [self.files.get(p) or FileReport(p, Residency.MISSING) for p in paths]

    def recall(self, wanted: RecallList) -> str:
        """Take a list; the key is the handle."""
        self._answer()
        if self.refuses:
            raise BackendRefusedError(self.refuses)
        if not _KEY.fullmatch(wanted.key):
            raise BackendRefusedError(f"{wanted.key!r} is not a key for a recall list.")
        for path in wanted.paths:
            if not path.startswith("/") or _BREAKS.search(path):
                raise BackendRefusedError(f"{path!r} cannot be the name of a file.")
        with self._lock:
            if wanted.key not in self._lists:
                self.calls.append(wanted)
                self._lists[wanted.key] = SentList(wanted.key, wanted.tape, list(wanted.paths))
        if self.instant:
            self.bring()
        return wanted.key

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """All news so far, again each time."""
        self._answer()
        return [self._report(handle) for handle in handles]

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """Drop what is not read yet."""
        self._answer()
        with self._lock:
            if handle in self._lists:
                gone = set(paths)
                self.cancelled.extend(paths)
                sent = self._lists[handle]
                sent.open = [path for path in sent.open if path not in gone]

    def release(self, paths: Sequence[str]) -> None:
        """Disk copies go at once."""
        self._answer()
        self.released.extend(paths)
        for path in paths:
            if path in self.files and self.files[path].residency is Residency.BOTH:
                self.set(path, Residency.NEARLINE)

    def library(self) -> LibraryReport:
        """A drive for each open list."""
        self._answer()
        busy = [each.tape for each in self._lists.values() if each.open]
        drives = [DriveReport(f"D{i}", "reading", tape) for i, tape in enumerate(busy)]
        return LibraryReport(tuple(drives))

    def _answer(self) -> None:
        if self.down:
            raise BackendUnavailableError(self.down)

    def _read(self, sent: SentList, path: str) -> None:
        if path in self.bad:
            sent.news.append(FileOutcome(path, Outcome.FAILED, self.bad[path]))
        elif path not in self.files:
            sent.news.append(FileOutcome(path, Outcome.REFUSED, "no such file"))
        else:
            self.set(path, Residency.BOTH)
            sent.news.append(FileOutcome(path, Outcome.ONLINE))

    def _report(self, handle: str) -> ListReport:
        sent = self._lists.get(handle)
        if sent is None:
            return ListReport(handle, ListState.UNKNOWN)
        state = ListState.RUNNING if sent.open else ListState.ENDED
        return ListReport(handle, state, tuple(sent.news))
