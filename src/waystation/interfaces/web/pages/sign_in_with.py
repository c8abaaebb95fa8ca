"""Sign in by another system: there, and back."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from waystation.domains.accounts.door import Grant
from waystation.interfaces.oidc.rules import account_name
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.sign_in import onward, remember
from waystation.interfaces.web.visitor import refusal
from waystation.kernel.errors import ForbiddenError, NotFoundError, WaystationError

if TYPE_CHECKING:
    from waystation.interfaces.oidc.provider import Provider

_KEPT = "oidc"


@never_cache
@require_GET
def begin(request: HttpRequest, name: str) -> HttpResponse:
    """Send the browser to the provider."""
    try:
        url, kept = _provider(name).begin(_back(request, name))
    except WaystationError as error:
        return refusal(request, error, again=True)
    request.session[_KEPT] = {**kept, "name": name, "next": onward(request)}
    return redirect(url)


@never_cache
@require_GET
def back(request: HttpRequest, name: str) -> HttpResponse:
    """Sign in whom the provider names; what was begun is good for one answer."""
    kept = request.session.pop(_KEPT, {})
    try:
        provider = _provider(name)
        mine = kept if kept.get("name") == name else {}
        address = f"{_back(request, name)}?{request.META.get('QUERY_STRING', '')}"
        said = provider.finish(_back(request, name), address, mine)
        who = _account(provider, said)
    except WaystationError as error:
        return refusal(request, error, again=True)
    user = get_user_model().objects.get(pk=who.user_id)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    remember(request, via=provider.title)
    return redirect(kept.get("next", "/"))


def _account(provider: "Provider", said: dict[str, object]) -> Grant:
    """Whose a person is: bound before, or let in by the rule.

    Raises:
        ForbiddenError: nobody's.
    """
    house, subject = services(), str(said["sub"])
    found = house.accounts.by_token_subject(provider.issuer, subject)
    if found is not None:
        return found
    if house.accounts.is_bound(provider.issuer, subject):
        raise ForbiddenError("This account is suspended.", advice="Ask the operators.")
    if provider.rule is None or not provider.rule.lets_in(said):
        raise ForbiddenError(
            f"{provider.title} knows you, but you have no account here.",
            advice=f"Send the operators this line: {provider.issuer} {subject}",
        )
    full_name, email = str(said.get("name", "")), str(said.get("email", ""))
    name = account_name(said)
    house.people.come(name, full_name, email, issuer=provider.issuer, subject=subject)
    made = house.accounts.by_token_subject(provider.issuer, subject)
    assert made is not None
    return made


def _provider(name: str) -> "Provider":
    found = services().providers.get(name)
    if found is None:
        raise NotFoundError(f"Nobody signs in by {name!r} here.")
    return found


def _back(request: HttpRequest, name: str) -> str:
    return request.build_absolute_uri(reverse("web:sign-in-back", args=[name]))
