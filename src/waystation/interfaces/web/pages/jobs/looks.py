"""How requests of jobs and jobs look: as states of stage requests and of files do."""

import shlex
from dataclasses import dataclass

from django.urls import reverse

from waystation.domains.jobs.door import Input, JobRequestView, JobView

REQUESTS = {
    "waiting": "waiting",
    "running": "active",
    "done": "complete",
    "failed": "failed",
    "cancelled": "cancelled",
}
JOBS = {
    "queued": ("waiting", "waits"),
    "staging": ("recalling", "inputs come from tape"),
    "ready": ("waiting", "waits for a cluster"),
    "sending": ("queued", "is handed over"),
    "pending": ("queued", "in the cluster's queue"),
    "running": ("recalling", "running"),
    "finishing": ("recalling", "results come home"),
    "done": ("complete", "done"),
    "failed": ("failed", "failed"),
    "cancelled": ("cancelled", "cancelled"),
    "lost": ("failed", "lost"),
}
"""State of a job -> how it looks, and its words."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a bar, in thousandths."""

    state: str
    words: str
    x: float
    width: float
    jobs: int


def bar(view: JobRequestView) -> list[Stretch]:
    """Cut a bar by how many jobs are where, what is done first."""
    parts = (
        ("online", "done", view.done),
        ("recalling", "running", view.running),
        ("queued", "at a cluster", view.sent),
        ("waiting", "waiting", view.waiting),
        ("failed", "failed", view.failed),
        ("cancelled", "cancelled", view.cancelled),
    )
    cut, x = [], 0.0
    for state, words, count in parts:
        width = 1000 * count / max(view.jobs, 1)
        cut.append(Stretch(state, words, round(x, 2), round(width, 2), count))
        x += width
    return cut


def shown_request(view: JobRequestView) -> dict[str, object]:
    """A request with its look, its bar, and its command as a shell would take it."""
    command = shlex.join(view.command)
    return {"it": view, "look": REQUESTS[view.state], "bar": bar(view), "command": command}


def shown_job(view: JobView) -> dict[str, object]:
    """A job with its look and words."""
    look, words = JOBS[view.state]
    return {"it": view, "look": look, "words": words}


def shown_input(each: Input) -> dict[str, str]:
    """A file that goes in: where it is, with its page when it is in a space."""
    path = each.path.lstrip("/") if each.space else each.path
    words = f"{each.space}/{path}" if each.space else ":".join(filter(None, (each.store, path)))
    url = reverse("web:folder", args=(each.space, path.rstrip("/"))) if each.space else ""
    return {"words": words, "url": url, "name": each.name}
