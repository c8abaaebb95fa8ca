"""A request in plain words: the same sentences in a summary, in live progress and in a log."""

from datetime import datetime
from typing import TYPE_CHECKING

from waystation_client import durations, moments, sizes

if TYPE_CHECKING:
    from waystation_client.entities import Counts, Eta, Event, Request

STATES = {
    "active": "being staged",
    "complete": "complete: every file is on disk",
    "partial": "ended, but some files failed",
    "failed": "failed: no file could be brought up",
    "cancelled": "cancelled",
    "expired": "expired before all files were there",
}
_ORDER = ("online", "recalling", "queued", "waiting", "failed", "cancelled", "released")


def title(request: "Request") -> str:
    """Return `Request 42 "run 7"`."""
    return f'Request {request.id} "{request.label}"' if request.label else f"Request {request.id}"


def counts(numbers: "Counts") -> str:
    """Return the states that occur: `812 online, 30 recalling, 158 queued`."""
    shown = [(name, getattr(numbers, name)) for name in _ORDER]
    return ", ".join(f"{sizes.count(n)} {name}" for name, n in shown if n) or "no files"


def ready(eta: "Eta | None", now: datetime) -> str:
    """Return when it should be ready, with the band in which four of five such forecasts fall."""
    if eta is None:
        return "not known yet"
    left_s = (eta.at - now).total_seconds()
    about = f"in about {durations.words(left_s)}" if left_s > 0 else "any moment"
    low, high = moments.local(eta.low, now), moments.local(eta.high, now)
    return f"{about} (between {low} and {high})" if low != high else about


def summary(request: "Request", now: datetime) -> list[str]:
    """Return the lines `way status ID` prints."""
    total = f" of {sizes.words(request.bytes)}" if request.bytes is not None else ""
    lines = [
        f"{title(request)}: {STATES.get(request.state, request.state)}",
        f"  files    {counts(request.counts)}",
        f"  on disk  {sizes.words(request.bytes_online)}{total}",
    ]
    if not request.ended:
        lines.append(f"  ready    {ready(request.eta, now)}")
        if request.why:
            lines.append(f"  waits    {request.why}")
        if request.deadline:
            lines.append(f"  wanted   by {moments.local(request.deadline, now)}")
    elif request.finished:
        taken_s = (request.finished - request.created).total_seconds()
        at = moments.local(request.finished, now)
        lines.append(f"  ended    {at}, after {durations.words(taken_s)}")
    if request.counts.failed:
        lines.append(f"  see      way status {request.id} --failed")
        lines.append(f"  retry    way retry {request.id}")
    return lines


def happened(event: "Event") -> str:
    """Return what happened in a few words: `8 files online, 139 kB`."""
    if not event.count:
        return event.words or event.kind
    amount = f"{sizes.count(event.count)} {'file' if event.count == 1 else 'files'}"
    size = f", {sizes.words(event.bytes)}" if event.bytes else ""
    return f"{amount} {event.kind}{size}" + (f": {event.words}" if event.words else "")


def event_line(event: "Event") -> str:
    """Return one log line for something that happened."""
    amount = f"{sizes.count(event.count)} {'file' if event.count == 1 else 'files'}"
    size = f", {sizes.words(event.bytes)}" if event.bytes else ""
    counted = f"  {amount}{size}" if event.count else ""
    return f"{moments.stamp(event.at)}  {event.kind}{counted}  {event.words}".rstrip()
