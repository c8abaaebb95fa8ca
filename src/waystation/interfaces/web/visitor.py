"""Who looks at a page, and what they see when something is refused: words, never a trace."""

from collections.abc import Callable, Mapping
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from waystation.domains.accounts.door import Grant
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.kernel.errors import WaystationError

Context = Mapping[str, object]
Page = Callable[..., HttpResponse]
"""A view: the request, whoever looks, then what the address names."""


def signed_in(page: Page) -> Page:
    """Make a view of a page: ask for sign-in, pass the visitor's grant, word refusals."""

    @wraps(page)
    def view(request: HttpRequest, **named: object) -> HttpResponse:
        grant = visitor(request)
        if grant is None:
            return redirect_to_login(request.get_full_path())
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
    needed = {"who": who, "now": services().clock.now()}
    response = render(request, template, {**needed, **context}, status=status)
    # What one person sees must not be kept by a cache in between, nor shown after sign-out.
    response.headers["Cache-Control"] = "private, no-store"
    return response


def wants(request: HttpRequest, part: str) -> bool:
    """Whether htmx asks for one part of a page only, named like `section#files`."""
    return request.headers.get("HX-Target") == part


def refusal(request: HttpRequest, error: WaystationError) -> HttpResponse:
    """The page that says why not, and what to do next."""
    context = {"sentence": error.sentence, "advice": error.advice}
    return render(request, "web/refused.html", context, status=status_of(error.code))
