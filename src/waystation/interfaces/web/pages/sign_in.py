"""Sign in and out."""

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from waystation.interfaces.reading import session_digest
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import visitor
from waystation.kernel.errors import LimitReachedError


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or try a name and a password."""
    place = onward(request)
    if request.method == "GET":
        if visitor(request) is not None:
            return redirect(place)
        return render(
            request,
            "web/sign_in.html",
            {"next": place, **_others()},
        )
    name = request.POST.get("name", "").replace("\0", "").strip()
    try:
        user = _checked(request, name)
    except LimitReachedError as error:
        return _again(request, place, name, error.sentence, error.advice, status=429)
    if user is None:
        return _again(request, place, name, "Name or password is wrong.", "", status=403)
    login(request, user)
    remember(request)
    return redirect(place)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    who, key = visitor(request), request.session.session_key
    logout(request)
    if who is not None and key:
        services().accounts.signed_out(who, digest=session_digest(key))
    return redirect("web:sign-in")


@never_cache
@require_http_methods(["GET", "HEAD"])
def session(request: HttpRequest) -> HttpResponse:
    """Say whether there is a session; on the way the reading cookie is renewed."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


def _checked(request: HttpRequest, name: str) -> AbstractBaseUser | None:
    """The account of the name and password sent, None when they are wrong.

    Raises:
        LimitReachedError: Too many wrong ones lately.
    """
    accounts, address = services().accounts, request.META.get("REMOTE_ADDR")
    accounts.may_try(name=name, address=address)
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        accounts.was_wrong(name=name, address=address)
    return user


def remember(request: HttpRequest, *, via: str = "password") -> None:
    """Note the browser of the new session; the key is new too, whatever was sent before."""
    who, key = visitor(request), request.session.session_key
    assert who is not None
    assert key
    services().accounts.signed_in(
        who,
        digest=session_digest(key),
        agent=request.headers.get("User-Agent", ""),
        address=request.META.get("REMOTE_ADDR", ""),
        by=via,
    )


def _again(
    request: HttpRequest, place: str, name: str, problem: str, advice: str, *, status: int
) -> HttpResponse:
    context = {
        "next": place,
        "name": name,
        "problem": problem,
        "advice": advice,
        **_others(),
    }
    return render(request, "web/sign_in.html", context, status=status)


def _others() -> dict[str, object]:
    """Other ways to sign in."""
    house = services()
    return {"providers": house.providers.values(), "certificates": bool(house.grid)}


def onward(request: HttpRequest) -> str:
    """Where to go afterwards; only to ourselves, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"
