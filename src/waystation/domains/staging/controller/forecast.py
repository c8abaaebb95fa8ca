"""Run the queue forward: when each request should be complete, its place, and why it waits.

It looks at every outstanding file once, so it runs seldom when that is slow: its own time is kept
to a twentieth of the clock.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic

from waystation.domains.staging.controller import sight
from waystation.domains.staging.controller.outlook import Asked, Running, View, Waits
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.bands import KEPT, Lesson, Past, lesson
from waystation.domains.staging.planner.eta import Span, forecast
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import maybe_number, moment, number, text
from waystation.domains.staging.store import forecasts
from waystation.domains.staging.store.forecasts import Outlook, TapeOutlook
from waystation.kernel.database import Connection, Row

_SHARE = 20
_EVERY_S = 2.0


def step(post: Post) -> int:
    """Forecast every active request; never has more to do at once."""
    if monotonic() < post.forecast_due:
        return 0
    began = monotonic()
    asked = [_asked(row) for row in post.database.rows(forecasts.active(post.name))]
    if asked:
        view, waits = _seen(post), _waits(post)
        outlooks, tapes = view.outlooks(asked, waits), view.tapes()
        post.database.run(lambda conn: _write(conn, post, outlooks, tapes))
    took = monotonic() - began
    post.forecast_due = monotonic() + max(_EVERY_S, _SHARE * took)
    return 0


def _write(
    conn: Connection, post: Post, outlooks: list[Outlook], tapes: Mapping[str, TapeOutlook]
) -> None:
    forecasts.put(conn, outlooks, now=post.clock.now())
    forecasts.put_tapes(conn, post.name, tapes)
    forecasts.forget_old(conn, post.name, keep=KEPT)


def _seen(post: Post) -> View:
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
    return View(now, spans, files, lists, _past(post))


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


def _past(post: Post) -> Past:
    found: dict[bool, list[Lesson]] = {False: [], True: []}
    for row in post.database.rows(forecasts.past(post.name)):
        predicted, actual = float(str(row["predicted_s"])), float(str(row["actual_s"]))
        found[bool(row["later"])].append(lesson(predicted_s=predicted, actual_s=actual))
    return Past(sorted(found[False]), sorted(found[True]))


def _asked(row: Row) -> Asked:
    if row["first_eta"] is None:
        return Asked(number(row, "id"), None, None)
    at, eta = moment(row, "first_forecast").timestamp(), moment(row, "first_eta").timestamp()
    return Asked(number(row, "id"), at, eta)
