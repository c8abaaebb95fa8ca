"""The stage form, sent."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant
from waystation.domains.staging.door import Ask, ConfirmNeededError, Submitted
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web import shell_access
from waystation.interfaces.web.choices import USUAL_PIN_S, USUAL_PRIORITY
from waystation.interfaces.web.pages.home import form_context, now_context
from waystation.interfaces.web.visitor import server, shown, signed_in
from waystation.interfaces.web.wording import number
from waystation.kernel.errors import MalformedError, WaystationError

_REFUSALS_TOLD = 3


@require_POST
@signed_in
def stage(request: HttpRequest, who: Grant) -> HttpResponse:
    """Take the request in and show it; or forecast only; or say what is wrong, form kept."""
    staging = services().staging
    try:
        ask = _ask(who, request.POST)
        if request.POST.get("only") == "estimate":
            return _again(request, who, 200, forecast=staging.estimate(who, ask))
        taken = staging.submit(who, ask)
    except ConfirmNeededError as error:
        return _again(request, who, status_of(error.code), estimate=error.facts["estimate"])
    except WaystationError as error:
        words = {"problem": error.sentence, "advice": error.advice}
        return _again(request, who, status_of(error.code), **words)
    _tell_refused(request, taken)
    return redirect("web:request", request_id=taken.request.id)


def _ask(who: Grant, form: QueryDict) -> Ask:
    """Read the form.

    Raises:
        MalformedError: A number or the time cannot be read, or there are no paths.
    """
    store, _, dataset = form.get("dataset", "").partition("/")
    lines = (line.strip() for line in form.get("paths", "").splitlines())
    paths = [line for line in lines if line]
    if dataset and paths:
        raise MalformedError("Give paths or a dataset, not both.")
    if dataset:
        paths = services().catalogue.dataset_paths(who, store, dataset)
    else:
        store = form.get("store", "")
    if not paths:
        raise MalformedError("No files were named.", advice="Paste paths, or choose a dataset.")
    try:
        wanted_by = form.get("deadline") or None
        return Ask(
            paths=paths,
            store=store,
            label=form.get("label", "").strip() or dataset,
            pin_lifetime_s=int(form.get("pin") or USUAL_PIN_S),
            priority=int(form.get("priority") or USUAL_PRIORITY),
            deadline=datetime.fromisoformat(wanted_by).replace(tzinfo=UTC) if wanted_by else None,
            confirm=form.get("confirm") == "yes",
        )
    except ValueError as error:
        raise MalformedError("A number or the time in the form cannot be read.") from error


def _again(request: HttpRequest, who: Grant, status: int, **more: object) -> HttpResponse:
    """Show the form as it was filled in, with what there is to say about it."""
    context = {**now_context(who), **form_context(who)}
    kept = {name: request.POST.get(name, "") for name in ("paths", "dataset", "label", "deadline")}
    numbers = {name: _whole(request.POST.get(name, "")) for name in ("pin", "priority")}
    form = {**kept, **numbers, "store": request.POST.get("store", "")}
    usual = {"pin": numbers["pin"] or USUAL_PIN_S}
    commands = shell_access.for_stage({**form, **usual}, address=server(request))
    context = {**context, "form": form, "commands": commands, **more}
    return shown(request, who, "web/home.html", context, status=status)


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _tell_refused(request: HttpRequest, taken: Submitted) -> None:
    if taken.folded:
        messages.info(request, f"{number(taken.folded)} paths were given more than once.")
    if not taken.refused_count:
        return
    told = "; ".join(f"{r.path}: {r.reason}" for r in taken.refused[:_REFUSALS_TOLD])
    more = "" if taken.refused_count <= _REFUSALS_TOLD else " and others"
    messages.warning(request, f"{number(taken.refused_count)} were not taken: {told}{more}")
