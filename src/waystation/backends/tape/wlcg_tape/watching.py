"""What is known of a sent list: which files have ended, which requests are still to be asked."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from waystation.backends.tape.wlcg_tape.journal import Note, Part
from waystation.backends.tape.wlcg_tape.naming import Prefixes, likeness
from waystation.backends.tape.wlcg_tape.wire import FileSeen, StageSeen, Standing
from waystation.domains.staging.entities import (
    FileOutcome,
    FileReport,
    ListReport,
    ListState,
    Outcome,
    Residency,
)

NO_WORDS = "the other site gives no reason"
STUCK = "The other site has called the file started for"
LISTED_S = 600.0
"""So long after it was accepted a request lists all its files (dCache's do not at once)."""
CANCELLED_THERE = "The recall was cancelled at the other site."


@dataclass(frozen=True, slots=True)
class Doubt:
    """A file whose end is not believed before archiveinfo says the same.

    Attributes:
        words: what is told if it is not on disk.
        failed: it has ended if it is not on disk; else it may still come.
    """

    path: str
    words: str
    failed: bool = True


class Watch:
    """One list. For one thread at a time.

    Attributes:
        note: the list as it is remembered.
        asked: when each request was last asked after, seconds since 1970.
    """

    def __init__(self, note: Note, prefixes: Prefixes, stuck_after_s: float) -> None:
        self.note = note
        self.asked: dict[str, float] = {}
        self._prefixes = prefixes
        self._stuck_after_s = stuck_after_s
        self._settled: dict[str, FileOutcome] = {}
        self._forgotten: set[str] = set()
        self._begun = False
        self._see_refused()

    def renew(self, note: Note) -> None:
        """The list was changed: more of it was sent, or files were cancelled."""
        self.note = note
        self._see_refused()

    def due(self, before: float) -> Iterator[tuple[float, Part]]:
        """Requests with files that have not ended, asked after before a moment, with when."""
        for part in self.note.parts:
            at = self.asked.get(part.id, 0.0)
            if part.id and part.id not in self._forgotten and at <= before and self._open(part):
                yield at, part

    def see(self, part: Part, seen: StageSeen, now: float) -> list[Doubt]:
        """Take in an answer; the files that archiveinfo must be asked about."""
        self.asked[part.id] = now
        exact = {file.path: file for file in seen.files}
        alike = {likeness(file.path): file for file in seen.files}
        doubts: list[Doubt] = []
        running = False
        unlisted: list[str] = []
        for path in self._open(part):
            there = self._prefixes.there(path)
            file = exact.get(there) or alike.get(likeness(there))
            if file is None:
                unlisted.append(path)
                continue
            doubt = self._see_file(path, file, now, since=part.at)
            running = running or file.standing is Standing.RUNNING
            doubts += [doubt] if doubt else []
        over = seen.completed or (not running and now - part.at > LISTED_S)
        words = "The other site took the file into a request and does not list it."
        return doubts + [Doubt(path, words, failed=over) for path in unlisted]

    def settle(self, doubt: Doubt, where: FileReport) -> None:
        """Archiveinfo has said where a file of doubt is."""
        if where.residency.on_disk:
            self._settled[doubt.path] = FileOutcome(doubt.path, Outcome.ONLINE)
        elif where.residency is Residency.MISSING:
            words = f"The other site knows no such file: {where.words}."
            self._settled[doubt.path] = FileOutcome(doubt.path, Outcome.REFUSED, words)
        elif doubt.failed:
            self._settled[doubt.path] = FileOutcome(doubt.path, Outcome.FAILED, doubt.words)

    def forget(self, part: Part, now: float) -> None:
        """The site does not know this request any more."""
        self.asked[part.id] = now
        self._forgotten.add(part.id)

    def stuck(self, doubts: Collection[Doubt]) -> dict[str, list[str]]:
        """Of these, the files that failed unheard of the site, by request: to be cancelled."""
        names = {doubt.path for doubt in doubts if doubt.words.startswith(STUCK)}
        return {
            part.id: found
            for part in self.note.parts
            if part.id and (found := [p for p in self.note.files(part) if p in names])
        }

    def report(self) -> ListReport:
        """How the list stands."""
        left = [part for part in self.note.parts if part.id and self._open(part)]
        if any(part.id in self._forgotten for part in left):
            state = ListState.UNKNOWN
        elif left or not self.note.whole:
            state = ListState.RUNNING if self._begun or self._settled else ListState.WAITING
        else:
            state = ListState.ENDED
        return ListReport(self.note.key, state, tuple(self._settled.values()))

    def _open(self, part: Part) -> list[str]:
        """Files of a part that have neither ended nor been cancelled by us."""
        gone: Mapping[str, object] = self._settled
        dropped = self.note.dropped
        return [p for p in self.note.files(part) if p not in gone and p not in dropped]

    def _see_file(self, path: str, file: FileSeen, now: float, *, since: float) -> Doubt | None:
        match file.standing:
            case Standing.ONLINE:
                self._settled[path] = FileOutcome(path, Outcome.ONLINE)
            case Standing.FAILED:
                # dCache calls a file FAILED that it skipped because it is on disk already.
                return Doubt(path, f"The other site: {file.words or NO_WORDS}.")
            case Standing.CANCELLED:
                return Doubt(path, CANCELLED_THERE)
            case Standing.RUNNING:
                self._begun = self._begun or file.begun
                # A server that tells no moment, or one of long ago, is not believed.
                waited_s = now - max(file.started or 0.0, since)
                if file.begun and waited_s > self._stuck_after_s:
                    hours = waited_s / 3600
                    return Doubt(path, f"{STUCK} {hours:.0f} hours; it is given up.")
        return None

    def _see_refused(self) -> None:
        for part in self.note.parts:
            if not part.id:
                words = f"The other site refuses the file: {part.words}."
                for path in set(self.note.files(part)) - self.note.dropped:
                    self._settled.setdefault(path, FileOutcome(path, Outcome.FAILED, words))
