"""Who calls the ordinary API: bearer tokens; for reading, also a signed-in browser."""

from django.http import HttpRequest

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.kernel.errors import UnauthenticatedError

_SAFE = {"GET", "HEAD", "OPTIONS"}


def caller(request: HttpRequest) -> Grant:
    """The caller.

    Raises:
        UnauthenticatedError: no token, or none that is good.
    """
    grant = signed_in(request) if request.method in _SAFE else None
    text = request.headers.get("Authorization", "")
    if text[:7].lower() == "bearer ":
        grant = services().accounts.by_token(text[7:].strip())
    if grant is None:
        raise UnauthenticatedError(
            "You are not signed in.",
            advice="Send a token: Authorization: Bearer way_… (make one on the tokens page).",
        )
    return grant


def signed_in(request: HttpRequest) -> Grant | None:
    """The account of a browser session, None without one."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return services().accounts.by_id(user.pk)


def who(request: HttpRequest) -> Grant:
    """The caller that `caller` recognised."""
    grant = getattr(request, "auth", None)
    assert isinstance(grant, Grant)
    return grant
