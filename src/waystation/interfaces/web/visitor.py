"""Who looks at a page, and what they see when something is refused: words, never a trace."""

from collections.abc import Callable, Mapping
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.kernel import tracing
from waystation.kernel.errors import WaystationError

Context = Mapping[str, object]
Page = Callable[..., HttpResponse]
"""A view: the request, whoever looks, then what the address names."""


def signed_in(page: Page) -> Page:
    """Make a view of a page: as `known`, for those who agreed to the acceptable-use policy."""

    @wraps(page)
    def view(request: HttpRequest, who: Grant, **named: object) -> HttpResponse:
        if services().policies.owed(who) is not None:
            here = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
            return redirect(f"{reverse('web:policy')}?{urlencode({'next': here})}")
        return page(request, who, **named)

    return known(view)


def known(page: Page) -> Page:
    """Make a view of a page: ask for sign-in, pass the visitor's grant, word refusals."""

    @wraps(page)
    def view(request: HttpRequest, **named: object) -> HttpResponse:
        grant = visitor(request)
        if grant is None:
            return redirect_to_login(request.get_full_path())
        tracing.actor.set(grant.actor)
        try:
            return page(request, grant, **named)
        except WaystationError as error:
            return refusal(request, error)

    return view


def visitor(request: HttpRequest) -> Grant | None:
    """The grant of whoever is signed in; None for nobody, and for an account since closed."""
    if not request.user.is_authenticated or request.user.pk is None:
        return None
    return services().accounts.by_id(request.user.pk)


def shown(
    request: HttpRequest, who: Grant, template: str, context: Context, *, status: int = 200
) -> HttpResponse:
    """Render a page with what every page needs."""
    house = services()
    needed = {"who": who, "now": house.clock.now(), "notices": house.messages.mine(who)}
    response = render(request, template, {**needed, **context}, status=status)
    # What one person sees must not be kept by a cache in between, nor shown after sign-out.
    response.headers["Cache-Control"] = "private, no-store"
    return response


def wants(request: HttpRequest, part: str) -> bool:
    """Whether htmx asks for one part of a page only, named like `section#files`."""
    return request.headers.get("HX-Target") == part


def may(who: Grant, space: str, least: Role) -> bool:
    """Whether the visitor has that role in a space, or a higher one; asked again at a change."""
    try:
        services().hosting.spaces.need(who, space, least)
    except WaystationError:
        return False
    return True


def server(request: HttpRequest) -> str:
    """Address of this service, as the reader reaches it."""
    return request.build_absolute_uri("/").rstrip("/")


def refusal(request: HttpRequest, error: WaystationError, *, again: bool = False) -> HttpResponse:
    """The page that says why not and what to do next: `again` is to sign in in another way."""
    context = {"sentence": error.sentence, "advice": error.advice, "again": again}
    return render(request, "web/refused.html", context, status=status_of(error.code))
