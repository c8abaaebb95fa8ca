"""Tokens and devices: make and revoke tokens, sign browsers out, see which certificates count."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from waystation.domains.accounts.door import Grant, Scope
from waystation.interfaces.problems import status_of
from waystation.interfaces.reading import session_digest
from waystation.interfaces.services import services
from waystation.interfaces.web import shell_access
from waystation.interfaces.web.choices import (
    SCOPES,
    TOKEN_DAYS,
    USUAL_SCOPES,
    USUAL_TOKEN_DAYS,
)
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import server, shown, signed_in
from waystation.kernel.errors import WaystationError


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def tokens(request: HttpRequest, who: Grant) -> HttpResponse:
    """List tokens; a new one is made by POST and its secret shown in that answer only."""
    extra: dict[str, object] = {}
    status = 200
    form: dict[str, object] = {"name": "", "days": USUAL_TOKEN_DAYS, "scopes": USUAL_SCOPES}
    if request.method == "POST":
        days = number_or_none(request.POST, "days")
        name = request.POST.get("name", "")
        scopes = [s for s in request.POST.getlist("scopes") if s in list(Scope)]
        try:
            extra["secret"] = services().accounts.new_token(
                who,
                name=name,
                scopes=frozenset(Scope(s) for s in scopes),
                lifetime=timedelta(days=days) if days else None,
            )
        except WaystationError as error:
            extra = {"problem": error.sentence, "advice": error.advice}
            form, status = {"name": name, "days": days, "scopes": scopes}, status_of(error.code)
    context = {
        "nav": "tokens",
        "tokens": [each for each in services().accounts.tokens(who) if not each.places],
        "lifetimes": TOKEN_DAYS,
        "scopes": SCOPES,
        "devices": services().accounts.devices(who),
        "subjects": services().accounts.subjects(who.name),
        "this": session_digest(request.session.session_key or ""),
        "form": form,
        "address": server(request),
        "commands": shell_access.for_tokens(address=server(request)),
        **extra,
    }
    return shown(request, who, "web/tokens.html", context, status=status)


@require_POST
@signed_in
def revoke(request: HttpRequest, who: Grant, token_id: int) -> HttpResponse:
    """End a token; every process forgets it at once."""
    services().accounts.revoke(who, token_id)
    messages.success(request, "The token is revoked.")
    return redirect("web:tokens")


@require_POST
@signed_in
def end_session(request: HttpRequest, who: Grant, device_id: int) -> HttpResponse:
    """Sign a browser out; every process forgets it at once."""
    services().accounts.end_session(who, device_id)
    messages.success(request, "That browser is signed out.")
    return redirect("web:tokens")
