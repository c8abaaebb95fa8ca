"""Who calls the ordinary API: bearer tokens; for reading, also a signed-in browser."""

from django.http import HttpRequest

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, UnauthenticatedError

_SAFE = {"GET", "HEAD", "OPTIONS"}


def caller(request: HttpRequest) -> Grant:
    """The caller.

    Raises:
        UnauthenticatedError: no token, or none that is good.
        ForbiddenError: one that is for some places of spaces only.
    """
    grant = limited_caller(request)
    if grant.limits is not None:
        raise ForbiddenError(
            f"{grant.limits.made_by} is for files only.", advice="Use a token of your own."
        )
    return grant


def limited_caller(request: HttpRequest) -> Grant:
    """The caller, also by a token that is for some places only: what is asked obeys its limits.

    Raises:
        UnauthenticatedError: no token, or none that is good.
    """
    grant = signed_in(request) if request.method in _SAFE else None
    text = request.headers.get("Authorization", "")
    if text[:7].lower() == "bearer ":
        house, token = services(), text[7:].strip()
        theirs = house.bearers.ours(token)
        grant = house.bearers.read(token) if theirs else house.accounts.by_token(token)
        if grant is not None:
            house.policies.need(grant)
    if grant is None:
        raise UnauthenticatedError(
            "You are not signed in.",
            advice="Send a token: Authorization: Bearer way_… (make one on the tokens page).",
        )
    tracing.actor.set(grant.actor)
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
