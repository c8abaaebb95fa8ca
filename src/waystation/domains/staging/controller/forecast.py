"""Run the queue forward: when each request should be complete, its place, and why it waits.

It looks at every outstanding file once, so it runs seldom when that is slow: its own time is kept
to a twentieth of the clock.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from waystation.domains.staging.controller import sight
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.eta import (
    KEPT,
    Lesson,
    Span,
    alike,
    band,
    forecast,
    last_of,
    lesson,
)
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import maybe_number, moment, number, text
from waystation.domains.staging.store import forecasts
from waystation.domains.staging.store.forecasts import Outlook, TapeOutlook
from waystation.kernel.database import Connection, Row

_SHARE = 20
_EVERY_S = 2.0
_TAPES = 1_000


@dataclass(slots=True)
class Waits:
    """What a request waits for: files by tape in the queue, and by running list."""

    queued: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    running: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    last_n: dict[int, int] = field(default_factory=dict)
    trouble: str = ""


def step(post: Post) -> int:
    """Forecast every active request; never has more to do at once."""
    if monotonic() < post.forecast_due:
        return 0
    began = monotonic()
    found = post.database.rows(forecasts.active(post.name))
    if found:
        view, waits = _seen(post), _waits(post)
        outlooks = [
            view.outlook(request, waits.get(request, Waits()))
            for request in (number(row, "id") for row in found)
        ]
        post.database.run(lambda conn: _write(conn, post, outlooks, view.tapes()))
    took = monotonic() - began
    post.forecast_due = monotonic() + max(_EVERY_S, _SHARE * took)
    return 0


def _write(
    conn: Connection, post: Post, outlooks: list[Outlook], tapes: Mapping[str, TapeOutlook]
) -> None:
    forecasts.put(conn, outlooks, now=post.clock.now())
    forecasts.put_tapes(conn, post.name, tapes)
    forecasts.forget_old(conn, post.name)


def _seen(post: Post) -> "_View":
    seen, now = sight.look(post), post.clock.now()
    opened = post.database.rows(planning.open_lists(post.name))
    lists = {number(row, "id"): _running(row, post) for row in opened}
    slots = post.backend.capabilities.slots
    busy = sorted(each.span.ends_s for each in lists.values())[:slots]
    spans = forecast(
        [replace(tape, busy=False) for tape in seen.tapes],
        usage=seen.usage,
        policy=seen.policy,
        drive=post.rules.drive,
        now_s=now.timestamp(),
        busy_until_s=busy + [now.timestamp()] * (slots - len(busy)),
    )
    # What waits on a tape that is being read comes after its running list.
    ends = {each.tape: each.span.ends_s for each in lists.values()}
    spans = {tape: span.after(ends.get(tape, 0.0)) for tape, span in spans.items()}
    files = {tape.tape: tape.files for tape in seen.tapes}
    return _View(now, spans, files, lists, _lessons(post))


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


def _running(row: Row, post: Post) -> Running:
    began, takes = moment(row, "created").timestamp(), float(str(row["predicted_s"]))
    mount = min(takes, post.rules.drive.mount_cycle_s())
    span = Span(began, began + mount, began + takes)
    files, left = number(row, "files"), number(row, "left_files")
    return Running(text(row, "tape"), span, files, left, post.backend.capabilities.keeps_order)


def _waits(post: Post) -> dict[int, Waits]:
    waits: dict[int, Waits] = defaultdict(Waits)
    for row in post.database.rows(forecasts.waiting(post.name)):
        mine, files = waits[number(row, "request_id")], number(row, "files")
        listed = maybe_number(row, "list_id")
        if listed is None:
            mine.queued[text(row, "tape")] += files
        else:
            mine.running[listed] += files
            mine.last_n[listed] = maybe_number(row, "last_n") or 0
        if row["error"] is not None:
            mine.trouble = str(row["error"])
    return waits


def _lessons(post: Post) -> list[Lesson]:
    found = post.database.rows(forecasts.past(post.name, KEPT))
    return sorted(
        lesson(predicted_s=float(str(row["predicted_s"])), actual_s=float(str(row["actual_s"])))
        for row in found
    )


@dataclass(frozen=True, slots=True)
class _View:
    """One look at the whole queue, from which each request's outlook follows."""

    now: datetime
    spans: Mapping[str, Span]
    files: Mapping[str, int]
    lists: Mapping[int, Running]
    lessons: list[Lesson]

    def outlook(self, request: int, waits: Waits) -> Outlook:
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
        why = self._why(waits)
        complete = len(known) == len(waits.queued) + len(waits.running)
        if not known or not complete:
            return Outlook(request, None, None, None, None, why)
        eta, low, high = map(_moment, self._band(max(known)))
        return Outlook(request, eta, low, high, self._position(waits), why)

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
        """A moment with its 80 % band, in whole seconds."""
        now_s = self.now.timestamp()
        ratios = alike(self.lessons, expected_s - now_s)
        span = band(expected_s, now_s=now_s, log_ratios=ratios)
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
