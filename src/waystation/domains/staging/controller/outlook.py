"""What is expected of each request and cartridge, from one look at the whole queue."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from waystation.domains.staging.planner.bands import (
    FRESH_S,
    GROWING_S,
    Lesson,
    Past,
    growth,
    lesson,
)
from waystation.domains.staging.planner.eta import Span, last_of
from waystation.domains.staging.store.forecasts import Outlook, TapeOutlook

_TAPES = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """An active request, and what was forecast of it first: when, and which end."""

    id: int
    told_s: float | None
    end_s: float | None

    def fresh(self, now_s: float) -> bool:
        """Whether it has only just come."""
        return self.told_s is None or now_s - self.told_s < FRESH_S

    def moved(self, end_s: float | None, now_s: float) -> Lesson | None:
        """What has become of its first forecast by now; None of one that is no news any more."""
        if end_s is None or self.told_s is None or self.end_s is None:
            return None
        if now_s - self.told_s > GROWING_S:
            return None
        return lesson(predicted_s=self.end_s - self.told_s, actual_s=end_s - self.told_s)


@dataclass(slots=True)
class Waits:
    """What a request waits for: files by tape in the queue, and by running list."""

    queued: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    running: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    last_n: dict[int, int] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A list on its way: its cartridge, when it runs, how many files it has and had."""

    tape: str
    span: Span
    files: int
    left: int
    in_order: bool

    def reached_s(self, mine: int, last_n: int, now_s: float) -> float:
        """When the last of `mine` files comes; it stands at `last_n` if our order is kept."""
        if self.in_order:
            return max(now_s, self.span.reached_s(last_n / max(1, self.files)))
        return now_s + last_of(mine, self.left) * max(0.0, self.span.ends_s - now_s)


@dataclass(frozen=True, slots=True)
class View:
    """One look at the whole queue, from which each request's outlook follows."""

    now: datetime
    spans: Mapping[str, Span]
    files: Mapping[str, int]
    lists: Mapping[int, Running]
    past: Past

    def outlooks(self, asked: Sequence[Asked], waits: Mapping[int, Waits]) -> list[Outlook]:
        """What is expected of each request."""
        mine = {each.id: waits.get(each.id, Waits()) for each in asked}
        ends = {each.id: self._end(mine[each.id]) for each in asked}
        moved = (each.moved(ends[each.id], self.now.timestamp()) for each in asked)
        past = replace(self.past, growth=growth(each for each in moved if each is not None))
        return [self._outlook(each, ends[each.id], mine[each.id], past) for each in asked]

    def _outlook(self, asked: Asked, end_s: float | None, waits: Waits, past: Past) -> Outlook:
        now_s = self.now.timestamp()
        fresh, why = asked.fresh(now_s), self._why(waits)
        if end_s is None:
            return Outlook(asked.id, None, None, None, None, why, later=not fresh)
        span = past.band(end_s, now_s=now_s, fresh=fresh)
        eta, low, high = map(_moment, (span.expected_s, span.low_s, span.high_s))
        return Outlook(asked.id, eta, low, high, self._position(waits), why, later=not fresh)

    def _end(self, waits: Waits) -> float | None:
        """When the last file of a request comes; None while that cannot be said of each."""
        now_s = self.now.timestamp()
        known = [
            self.spans[tape].reached_s(last_of(mine, self.files[tape]))
            for tape, mine in waits.queued.items()
            if tape in self.spans
        ]
        known += [
            self.lists[i].reached_s(mine, waits.last_n[i], now_s)
            for i, mine in waits.running.items()
            if i in self.lists
        ]
        complete = len(known) == len(waits.queued) + len(waits.running)
        return max(known) if known and complete else None

    def tapes(self) -> dict[str, TapeOutlook]:
        """When each tape has been read, those that are first first."""
        spans = sorted(self.spans.items(), key=lambda each: each[1].begins_s)[:_TAPES]
        found: dict[str, TapeOutlook] = {
            each.tape: (None, *self._band(each.span.ends_s)) for each in self.lists.values()
        }
        for place, (tape, span) in enumerate(spans, 1):
            found[tape] = (place, *self._band(span.ends_s))
        return found

    def _band(self, expected_s: float) -> tuple[int, int, int]:
        """When a list ends, with its 80 % band, in whole seconds."""
        span = self.past.band(expected_s, now_s=self.now.timestamp(), fresh=False)
        return round(span.expected_s), round(span.low_s), round(span.high_s)

    def _position(self, waits: Waits) -> int | None:
        """How many lists are begun before its first; None when one is running already."""
        begins = [self.spans[t].begins_s for t in waits.queued if t in self.spans]
        if waits.running or not begins:
            return None
        return 1 + sum(1 for span in self.spans.values() if span.begins_s < min(begins))

    def _why(self, waits: Waits) -> str:
        files = sum(waits.running.values())
        running = {self.lists[i].tape for i in waits.running if i in self.lists}
        reading = sorted(running - {""})
        parts = []
        if files:
            where = f" from {', '.join(reading[:3])}" if reading else ""
            more = f" and {len(reading) - 3} more" if len(reading) > 3 else ""  # noqa: PLR2004
            parts.append(f"{_files(files)} being read{where}{more}")
        queued = sum(waits.queued.values())
        if queued:
            tapes = len([t for t in waits.queued if t])
            on = f" on {tapes} cartridge{'s'[: tapes != 1]}" if tapes else ""
            parts.append(f"{_files(queued)}{on} waiting for a drive")
        if waits.trouble:
            parts.append(f"last trouble: {waits.trouble}")
        return "; ".join(parts) or "its files are being looked for"


def _files(count: int) -> str:
    return f"{count:,} file{'s'[: count != 1]}"


def _moment(seconds: float) -> datetime:
    """A forecast is not known to the second: whole ones keep rows from changing for nothing."""
    return datetime.fromtimestamp(round(seconds), UTC)
