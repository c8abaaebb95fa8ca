"""Accounts: found, made, invited, suspended and resumed."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from waystation.domains.accounts.door import Grant
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import TABS, administrators, sent_back
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import WaystationError

_PAGE = 50
_FIELDS = ("name", "full_name", "email")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def accounts(request: HttpRequest, who: Grant) -> HttpResponse:
    """List accounts; one is made by POST, its link is shown in that answer only."""
    people = services().people
    extra: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        form = {name: request.POST.get(name, "").strip() for name in _FIELDS}
        try:
            extra = _invited(request, form["name"], people.make(who, **form))
        except WaystationError as error:
            extra = {"problem": error.sentence, "advice": error.advice, "form": form}
            status = status_of(error.code)
    part, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    found = people.accounts(who, part=part, after=after, limit=_PAGE + 1)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "administration",
        "accounts": found[:_PAGE],
        "next_after": found[_PAGE - 1].name if len(found) > _PAGE else None,
        "q": part,
        "after": after,
        **extra,
    }
    return shown(request, who, "web/administration/accounts.html", context, status=status)


@require_POST
@administrators
def invite(request: HttpRequest, who: Grant, name: str) -> HttpResponse:
    """Make a new link for an account and show it in this answer only."""
    people = services().people
    link = _invited(request, name, people.invite(who, name))
    found = people.accounts(who, part=name, limit=_PAGE)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "administration",
        "accounts": found,
        "q": name,
        **link,
    }
    return shown(request, who, "web/administration/accounts.html", context)


@require_POST
@signed_in
@sent_back("web:administration")
def suspend(request: HttpRequest, who: Grant, name: str) -> str:
    """Close an account at once."""
    services().accounts.suspend(who, name, why=request.POST.get("why", ""))
    return f"{name} is suspended."


@require_POST
@signed_in
@sent_back("web:administration")
def resume(request: HttpRequest, who: Grant, name: str) -> str:
    """Open an account again."""
    del request
    services().accounts.resume(who, name)
    return f"{name} may go on."


def _invited(request: HttpRequest, name: str, secret: str) -> dict[str, object]:
    link = request.build_absolute_uri(reverse("web:welcome", args=[secret]))
    return {"link": link, "invited": name}
