"""Run the queue forward: when each request should be complete, its place, and why it waits.

It looks at every outstanding file once, so it runs seldom when that is slow: its own time is kept
to a twentieth of the clock.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log
from time import monotonic

from waystation.domains.staging.controller import totals
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.eta import KEPT, Span, band, forecast
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import maybe_number, moment, number, text
from waystation.domains.staging.store import forecasts
from waystation.domains.staging.store.forecasts import Outlook
from waystation.kernel.database import Connection

_SHARE = 20
_EVERY_S = 2.0


@dataclass(slots=True)
class Waits:
    """What a request waits for: files by tape in the queue, and by running list."""

    queued: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    running: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    trouble: str = ""


def step(post: Post) -> int:
    """Forecast every active request; never has more to do at once."""
    if monotonic() < post.forecast_due:
        return 0
    began = monotonic()
    found = post.database.rows(forecasts.active(post.name))
    if found:
        outlooks = _outlooks(post, [number(row, "id") for row in found])
        post.database.run(lambda conn: _write(conn, post, outlooks))
    took = monotonic() - began
    post.forecast_due = monotonic() + max(_EVERY_S, _SHARE * took)
    return 0


def _write(conn: Connection, post: Post, outlooks: list[Outlook]) -> None:
    forecasts.put(conn, outlooks, now=post.clock.now())
    forecasts.forget_old(conn, post.name)


def _outlooks(post: Post, requests: list[int]) -> list[Outlook]:
    picture, now = totals.read(post), post.clock.now()
    opened = post.database.rows(planning.open_lists(post.name))
    ends = {
        number(row, "id"): moment(row, "created").timestamp() + float(str(row["predicted_s"]))
        for row in opened
    }
    tapes = {number(row, "id"): text(row, "tape") for row in opened}
    slots = post.backend.capabilities.slots
    busy = sorted(ends.values())[:slots]
    spans = forecast(
        picture.tapes,
        usage=picture.usage,
        policy=post.rules.policy,
        drive=post.rules.drive,
        now_s=now.timestamp(),
        busy_until_s=busy + [now.timestamp()] * (slots - len(busy)),
    )
    waits = _waits(post)
    view = _View(now, spans, ends, tapes, _past(post))
    return [view.outlook(request, waits.get(request, Waits())) for request in requests]


def _waits(post: Post) -> dict[int, Waits]:
    waits: dict[int, Waits] = defaultdict(Waits)
    for row in post.database.rows(forecasts.waiting(post.name)):
        mine, files = waits[number(row, "request_id")], number(row, "files")
        listed = maybe_number(row, "list_id")
        if listed is None:
            mine.queued[text(row, "tape")] += files
        else:
            mine.running[listed] += files
        if row["error"] is not None:
            mine.trouble = str(row["error"])
    return waits


def _past(post: Post) -> list[float]:
    found = post.database.rows(forecasts.past(post.name, KEPT))
    return [
        log(max(1.0, float(str(row["actual_s"]))) / max(1.0, float(str(row["predicted_s"]))))
        for row in reversed(found)
    ]


@dataclass(frozen=True, slots=True)
class _View:
    """One look at the whole queue, from which each request's outlook follows."""

    now: datetime
    spans: Mapping[str, Span]
    ends: Mapping[int, float]
    tapes: Mapping[int, str]
    past: list[float]

    def outlook(self, request: int, waits: Waits) -> Outlook:
        now_s = self.now.timestamp()
        known = [self.spans[t].ends_s for t in waits.queued if t in self.spans]
        known += [max(now_s, self.ends[i]) for i in waits.running if i in self.ends]
        why = self._why(waits)
        complete = len(known) == len(waits.queued) + len(waits.running)
        if not known or not complete:
            return Outlook(request, None, None, None, None, why)
        span = band(max(known), now_s=now_s, log_ratios=self.past)
        moments = (span.expected_s, span.low_s, span.high_s)
        eta, low, high = (_moment(s) for s in moments)
        return Outlook(request, eta, low, high, self._position(waits), why)

    def _position(self, waits: Waits) -> int | None:
        """How many lists are begun before its first; None when one is running already."""
        begins = [self.spans[t].begins_s for t in waits.queued if t in self.spans]
        if waits.running or not begins:
            return None
        return 1 + sum(1 for span in self.spans.values() if span.begins_s < min(begins))

    def _why(self, waits: Waits) -> str:
        files = sum(waits.running.values())
        reading = sorted({self.tapes[i] for i in waits.running if self.tapes.get(i)})
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
