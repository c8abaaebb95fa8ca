"""Sign in with the browser's certificate: to the grid port, and back."""

import secrets
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from waystation.interfaces.certificates import passages
from waystation.interfaces.certificates.passages import DOOR, Passage
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.sign_in import onward, remember
from waystation.interfaces.web.visitor import refusal
from waystation.kernel.errors import ForbiddenError, NotFoundError, WaystationError

_KEPT = "certificate"


@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the grid port, which asks for its certificate."""
    door = services().grid
    if not door:
        problem = NotFoundError("Nobody signs in by certificate here.", advice="Use a password.")
        return refusal(request, problem, again=True)
    name = urlsplit(f"//{request.get_host()}").hostname or ""
    here = f"[{name}]" if ":" in name else name
    place = f"https://{here}{door}" if door.startswith(":") else door.rstrip("/")
    state = secrets.token_urlsafe(32)
    request.session[_KEPT] = {"state": state, "next": onward(request)}
    return redirect(f"{place}{DOOR}?state={state}")


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Sign in whose certificate it was; what was begun is good for one answer."""
    kept = request.session.pop(_KEPT, {})
    try:
        said = _said(request.GET.get("passage", ""), str(kept.get("state", "")))
    except WaystationError as error:
        return refusal(request, error, again=True)
    user = get_user_model().objects.get(pk=said.user_id)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    remember(request, via=f"certificate {said.subject}")
    return redirect(kept.get("next", "/"))


def _said(text: str, state: str) -> Passage:
    """Who came to the grid port.

    Raises:
        ForbiddenError: nobody whom we know.
    """
    house = services()
    now_s = house.clock.now().timestamp()
    said = passages.opened(house.capability_key, text, state=state, now_s=now_s)
    if said is None:
        raise ForbiddenError("This was begun elsewhere, or too long ago.", advice="Begin again.")
    if not said.subject:
        raise ForbiddenError(
            "Your browser showed no certificate that is good now.",
            advice="Import it (with its key) into the browser, and begin again.",
        )
    if not said.user_id or house.accounts.by_id(said.user_id) is None:
        raise ForbiddenError(
            "This certificate belongs to no account here.",
            advice=f"Send the operators this line: {said.subject}",
        )
    return said
