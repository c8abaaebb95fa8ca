"""A clock and a tape system in virtual time: what the product's own steps work with."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from benchmarks.tapebench.product import Level
from benchmarks.tapebench.scheduler import Recall, Release
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

START = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "/archive"
LIST_LIMIT = 20_000


def path_of(number: int) -> str:
    """The name of a file of the trace."""
    return f"{ROOT}/{number:07d}"


class VirtualClock:
    """Seconds of the world, as a calendar; never goes back."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self.at_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.at_s)

    def reach(self, at_s: float) -> None:
        self.at_s = max(self.at_s, at_s)


@dataclass(slots=True)
class Sent:
    """A list at the tape system: files not told of yet, and whether it has ended."""

    release: Release
    unsaid: list[int] = field(default_factory=list)
    told_s: float = 0.0
    ended: bool = False


class VirtualTape:
    """The world's library as a back end: shows what `level` allows, reads when the world says so.

    Lists wait in `waiting` until a drive of the world takes them. Of a running list there is news
    every `news_every_s`, of one that ended at once.
    """

    def __init__(
        self,
        recalls: Sequence[Recall],
        level: Level,
        drives: int,
        clock: VirtualClock,
        news_every_s: float,
    ) -> None:
        seen = level == "positions"
        self.capabilities = Capabilities(
            sees_tape=True,
            sees_position=seen,
            keeps_order=seen,
            cancels=True,
            releases=False,
            list_limit=LIST_LIMIT,
            slots=drives,
        )
        self.waiting: deque[Release] = deque()
        self.idle: list[str | None] = [None] * drives
        self._clock = clock
        self._news_every_s = news_every_s
        self._recalls = recalls
        self._read: set[int] = set()
        self._lists: dict[str, Sent] = {}
        self._list_of: dict[int, Sent] = {}

    def read(self, ids: Iterable[int]) -> None:
        """These files are on disk now."""
        for number in ids:
            self._read.add(number)
            self._list_of.pop(number).unsaid.append(number)

    def ended(self, release: Release) -> None:
        """Nothing more will come of this list."""
        next(s for s in self._lists.values() if s.release is release).ended = True

    def check_config(self) -> list[Finding]:
        return []

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        return [self._report(path) for path in paths]

    def _report(self, path: str) -> FileReport:
        recall = self._recalls[_number(path)]
        where = Residency.BOTH if recall.id in self._read else Residency.NEARLINE
        position = recall.start if self.capabilities.sees_position else None
        return FileReport(path, where, recall.length, recall.tape, position)

    def recall(self, wanted: RecallList) -> str:
        if wanted.key not in self._lists:
            order: Literal["given", "block"] = (
                "given" if self.capabilities.keeps_order else "block"
            )
            ids = [_number(path) for path in wanted.paths]
            sent = Sent(Release(wanted.tape or "", ids, order), told_s=self._clock.at_s)
            self._lists[wanted.key] = sent
            self._list_of.update(dict.fromkeys(ids, sent))
            self.waiting.append(sent.release)
        return wanted.key

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        return list(self._answers(handles))

    def _answers(self, handles: Sequence[str]) -> Iterator[ListReport]:
        for handle in handles:
            sent = self._lists[handle]
            state = ListState.ENDED if sent.ended else ListState.RUNNING
            news: list[int] = []
            if sent.ended or self._clock.at_s - sent.told_s >= self._news_every_s:
                news, sent.unsaid, sent.told_s = sent.unsaid, [], self._clock.at_s
            files = tuple(FileOutcome(path_of(number), Outcome.ONLINE) for number in news)
            yield ListReport(handle, state, files)

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """Nobody takes anything back in a trace."""

    def release(self, paths: Sequence[str]) -> None:
        """Disk copies stay: a trace asks for each file once."""

    def library(self) -> LibraryReport:
        shown = (
            DriveReport(f"D{n}", "idle" if tape else "empty", tape)
            for n, tape in enumerate(self.idle)
        )
        return LibraryReport(tuple(shown))


def _number(path: str) -> int:
    return int(path.rsplit("/", 1)[1])
