"""What goes on and what has ended, of files from tape and of jobs alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs.door import JobRequestView
from waystation.domains.staging.door import RequestView
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.jobs.looks import REQUESTS, shown_request
from waystation.interfaces.web.visitor import Context
from waystation.interfaces.web.wording import REQUEST_STATES, number, size

_SHOWN = 6
_LOOKED_AT = 20
_TROUBLED = frozenset({"partial", "failed", "expired"})


@dataclass(frozen=True, slots=True)
class Line:
    """A request that has ended: where it is shown, how it looks, what is to be said of it.

    Attributes:
        trouble: what went wrong; empty when nothing did.
        why: where the reason is shown.
    """

    url: str
    name: str
    id: int
    look: str
    state: str
    said: str
    at: datetime
    mine: bool
    trouble: str
    why: str


def under_way(who: Grant) -> Context:
    """What goes on, what needs somebody, and what ended well or is somebody else's."""
    staging, jobs = services().staging, services().jobs
    ended = sorted(_ended(who), key=lambda each: each.at, reverse=True)
    return {
        "active": staging.requests(who, which="active", limit=_SHOWN),
        "jobs": [shown_request(v) for v in jobs.requests(who, which="open", limit=_SHOWN)],
        "needs_me": [each for each in ended if each.trouble and each.mine][:_SHOWN],
        "recent": [each for each in ended if not (each.trouble and each.mine)][:_SHOWN],
    }


def _ended(who: Grant) -> Iterator[Line]:
    for request in services().staging.requests(who, which="ended", limit=_LOOKED_AT):
        yield _of_files(request, who)
    for view in services().jobs.requests(who, which="ended", limit=_LOOKED_AT):
        yield _of_jobs(view, who)


def _of_files(it: RequestView, who: Grant) -> Line:
    failed, state = it.counts.failed, REQUEST_STATES.get(it.state, it.state)
    trouble = f"{number(failed)} of {_count(it.files, 'file')} failed" if failed else state
    url = reverse("web:request", args=(it.id,))
    return Line(
        url=url,
        name=it.label or "Request",
        id=it.id,
        look=it.state,
        state=state,
        said=_count(it.files, "file") + (f", {size(it.bytes)}" if it.bytes else ""),
        at=it.finished or it.created,
        mine=it.owner == who.name,
        trouble=trouble if it.state in _TROUBLED else "",
        why=f"{url}?state=failed#files",
    )


def _of_jobs(it: JobRequestView, who: Grant) -> Line:
    url = reverse("web:job-request", args=(it.id,))
    jobs = _count(it.jobs, "job")
    return Line(
        url=url,
        name=it.name,
        id=it.id,
        look=REQUESTS[it.state],
        state=it.state,
        said=jobs,
        at=it.finished or it.created,
        mine=it.owner_id == who.user_id,
        trouble=f"{number(it.failed)} of {jobs} failed" if it.failed else "",
        why=f"{url}?state=failed#jobs",
    )


def _count(how_many: int, what: str) -> str:
    return f"{number(how_many)} {what}{'s'[: how_many != 1]}"
