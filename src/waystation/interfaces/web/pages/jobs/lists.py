"""Requests of jobs, the form that makes one, and the clusters."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import sent_back
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.jobs.form import Form, read, ticked, usual
from waystation.interfaces.web.pages.jobs.looks import shown_request
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import WaystationError

_PAGE = 50
CHOICES = (("all", "All"), ("open", "Going on"), ("ended", "Ended"), ("failed", "With failures"))
CLUSTERS = {"open": "online", "drained": "cancelled", "closed": "queued", "silent": "failed"}
"""State of a cluster -> how it looks."""


@require_safe
@signed_in
def jobs(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show requests, clusters and the form."""
    preset = services().presets.get(request.GET.get("preset", ""), {})
    return _page(request, who, {**usual(), **preset})


@require_POST
@signed_in
def run(request: HttpRequest, who: Grant) -> HttpResponse:
    """Take a request in and show it; or say what is wrong, form kept."""
    form: Form = {**usual(), **{name: request.POST.get(name, "") for name in usual()}}
    try:
        view, _ = services().jobs.submit(who, read(form, who))
    except WaystationError as error:
        form |= {"problem": error.sentence, "advice": error.advice}
        return _page(request, who, form, status=status_of(error.code))
    messages.success(request, f"{view.name} is taken in: request {view.id}.")
    return redirect("web:job-request", number=view.id)


@require_POST
@signed_in
def run_with(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Show the form with what was ticked in a folder of a space."""
    folder, names = request.POST.get("folder", "").strip("/"), request.POST.getlist("names")
    try:
        inputs = ticked(who, space, [f"{folder}/{name}".lstrip("/") for name in names])
    except WaystationError as error:
        messages.error(request, f"{error.sentence} {error.advice}".strip())
        return redirect(places.folder(space, folder))
    return _page(request, who, {**usual(), "inputs": inputs})


@require_POST
@signed_in
@sent_back("web:jobs")
def drain(request: HttpRequest, who: Grant, name: str) -> str:
    """Give a cluster no new jobs, or again."""
    on = request.POST.get("on") == "yes"
    services().jobs.drain(who, name, drained=on)
    return f"{name} gets no new jobs." if on else f"{name} gets jobs again."


def _page(request: HttpRequest, who: Grant, form: Form, *, status: int = 200) -> HttpResponse:
    which, before = request.GET.get("which", "all"), number_or_none(request.GET, "before")
    which = which if which in dict(CHOICES) else "all"
    house = services().jobs
    found = house.requests(who, which=which, before=before, limit=_PAGE + 1)
    context = {
        "nav": "jobs",
        "choices": CHOICES,
        "which": which,
        "requests": [shown_request(each) for each in found[:_PAGE]],
        "clusters": [(each, CLUSTERS[each.state]) for each in house.clusters(who)],
        "form": form,
        "presets": list(services().presets),
        "preset": request.GET.get("preset", ""),
        "before": before,
        "next_before": found[_PAGE - 1].id if len(found) > _PAGE else None,
    }
    return shown(request, who, "web/jobs/list.html", context, status=status)
