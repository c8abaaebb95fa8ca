"""Tokens for jobs: a form for one, shown once; those that there are."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from waystation.domains.accounts.door import Grant, Verb
from waystation.interfaces import capable
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web import shell_access
from waystation.interfaces.web.choices import JOB_HOURS, USUAL_JOB_HOURS, VERBS
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import server, shown, signed_in
from waystation.kernel.errors import WaystationError

ROWS = 3
"""Places in the form; who needs more takes the command or the API."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def job_tokens(request: HttpRequest, who: Grant) -> HttpResponse:
    """List tokens for jobs; a new one is made by POST and shown in that answer only."""
    extra: dict[str, object] = {}
    status = 200
    wanted = [
        capable.Wanted(
            request.POST.get(f"space-{n}", request.GET.get("space", "") if n == 0 else ""),
            request.POST.get(f"path-{n}", request.GET.get("path", "") if n == 0 else ""),
            request.POST.getlist(f"verbs-{n}") or ([] if n or request.POST else [Verb.READ]),
        )
        for n in range(ROWS)
    ]
    hours = number_or_none(request.POST, "hours") or USUAL_JOB_HOURS
    if request.method == "POST":
        try:
            house = services()
            used = [each for each in wanted if each.space]
            extra["secret"] = house.accounts.new_job_token(
                who,
                name=request.POST.get("name", ""),
                places=capable.places(house, who, used),
                lifetime=timedelta(hours=min(hours, 10_000)),
            )
        except WaystationError as error:
            extra = {"problem": f"{error.sentence} {error.advice}".strip()}
            status = status_of(error.code)
    house = services()
    context = {
        "nav": "tokens",
        "tokens": [each for each in house.accounts.tokens(who) if each.places],
        "spaces": [each.space for each in house.hosting.spaces.mine(who)],
        "places": wanted,
        "verbs": VERBS,
        "lifetimes": JOB_HOURS,
        "hours": hours,
        "name": request.POST.get("name", ""),
        "commands": shell_access.for_job_tokens(
            wanted[0].space, wanted[0].path, address=server(request)
        ),
        **extra,
    }
    return shown(request, who, "web/share/job_tokens.html", context, status=status)


@require_POST
@signed_in
def revoke(request: HttpRequest, who: Grant, token_id: int) -> HttpResponse:
    """End a token; every process forgets it at once."""
    services().accounts.revoke(who, token_id, jobs=True)
    messages.success(request, "The token is revoked.")
    return redirect("web:job-tokens")
