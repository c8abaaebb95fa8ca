"""One request: how far it is, when it is ready, every file, what went wrong, what happened."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.staging.door import RequestView
from waystation.interfaces.services import services
from waystation.interfaces.web import drawings, shell
from waystation.interfaces.web.choices import LIFETIMES
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import Context, shown, signed_in, wants
from waystation.interfaces.web.wording import FILE_STATES, number

_FILES = 200
_TAPES = 100
_EVENTS = 15


@require_safe
@signed_in
def request(http: HttpRequest, who: Grant, request_id: int) -> HttpResponse:
    """Show the page, or for htmx one section of it."""
    found = services().staging.request(who, request_id)
    base: Context = {"nav": "requests", "r": found, "lifetimes": LIFETIMES}
    for part, (template, gather) in _PARTS.items():
        if wants(http, part):
            return shown(http, who, template, {**base, **gather(http, who, found)})
    context = {
        **base,
        **_progress(found),
        **_files(http, who, found),
        **_tapes(http, who, found),
        **_events(http, who, found),
        **_errors(http, who, found),
        "commands": shell.for_request(found.id, address=http.build_absolute_uri("/").rstrip("/")),
    }
    return shown(http, who, "web/request.html", context)


def _progress(found: RequestView) -> Context:
    """The numbers of the board."""
    eta, took_s, track = found.eta, 0.0, None
    if eta is not None:
        now = services().clock.now()
        track = drawings.track(found.created, now, low=eta.low, at=eta.at, high=eta.high)
    if found.finished is not None:
        took_s = (found.finished - found.created).total_seconds()
    return {
        "came": found.counts.online + found.counts.released,
        "track": track,
        "took": took_s,
        "ending": _ending(found),
        "legend": drawings.segments(found.counts, found.files),
        "bytes_width": round(drawings.WIDTH * found.bytes_online / (found.bytes or 1), 2)
        if found.bytes
        else 0,
    }


def _ending(found: RequestView) -> str:
    """What an ended request came to, in one sentence."""
    failed, there = number(found.counts.failed), number(found.counts.online)
    if found.state == "complete":
        released = found.counts.released and not found.counts.online
        return "Every file was released." if released else "Every file is on disk and held."
    sentences = {
        "partial": f"{there} files are on disk; {failed} failed and can be tried again.",
        "failed": "No file could be brought up. They can be tried again.",
        "cancelled": f"It was cancelled. {there} files that had come by then are held.",
        "expired": f"Its time ran out. {there} files that had come by then are held.",
    }
    return sentences.get(found.state, "")


def _files(http: HttpRequest, who: Grant, found: RequestView) -> Context:
    """A page of files; the filter is in the address."""
    state = http.GET.get("state", "")
    state = state if state in FILE_STATES else ""
    from_n = number_or_none(http.GET, "from")
    to_n = number_or_none(http.GET, "to")
    after = number_or_none(http.GET, "after") or 0
    page = services().staging.files(
        who,
        found.id,
        after=after,
        limit=_FILES + 1,
        state=state or None,
        low=from_n or 0,
        high=min(to_n, found.files) if to_n is not None else found.files,
    )
    files = page[:_FILES]
    kept = {k: str(v) for k, v in {"state": state, "from": from_n, "to": to_n}.items() if v}
    return {
        "files": files,
        "state": state,
        "from_n": from_n,
        "to_n": to_n if to_n is not None else found.files,
        "files_url": _address(found.id, {**kept, **({"after": str(after)} if after else {})}),
        "first_url": _address(found.id, kept) if after else "",
        "next_url": _address(found.id, {**kept, "after": str(files[-1].n)})
        if len(page) > _FILES
        else "",
        "page_size": _FILES,
    }


def _tapes(http: HttpRequest, who: Grant, found: RequestView) -> Context:
    del http
    tapes = services().staging.tapes(who, found.id)
    return {"tapes": tapes[:_TAPES], "more_tapes": max(0, len(tapes) - _TAPES)}


def _events(http: HttpRequest, who: Grant, found: RequestView) -> Context:
    """The newest events, or those before one; their numbers run from 1 without a gap."""
    before = number_or_none(http.GET, "events_before") or found.last_event + 1
    after = max(0, before - 1 - _EVENTS)
    events = services().staging.events(who, found.id, after=after, limit=_EVENTS)
    older = _address(found.id, {"events_before": str(after + 1)}) + "#timeline" if after else ""
    return {"events": events[::-1], "earlier_url": older}


def _errors(http: HttpRequest, who: Grant, found: RequestView) -> Context:
    del http
    return {"errors": services().staging.errors(who, found.id) if found.counts.failed else []}


def _nothing(http: HttpRequest, who: Grant, found: RequestView) -> Context:
    del http, who, found
    return {}


# What htmx may ask for alone: its element, the template that draws it, what that needs.
_PARTS: dict[str, tuple[str, Callable[[HttpRequest, Grant, RequestView], Context]]] = {
    "section#files": ("web/request/files_section.html", _files),
    "section#tapes": ("web/request/tapes_section.html", _tapes),
    "div#errors": ("web/request/errors.html", _errors),
    "div#actions": ("web/request/actions.html", _nothing),
}


def _address(request_id: int, query: dict[str, str]) -> str:
    path = reverse("web:request", kwargs={"request_id": request_id})
    return f"{path}?{urlencode(query)}" if query else path
