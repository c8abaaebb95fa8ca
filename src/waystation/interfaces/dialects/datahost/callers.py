"""Who calls: a certificate or proxy, a token, or the session that `datahost-login` began."""

from waystation.domains.accounts.door import Grant
from waystation.interfaces import credentials
from waystation.interfaces.dav.asking import with_basic
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import ForbiddenError

COOKIE = "datahost"
"""Holds the token of a session; the old commands kept theirs in a cookie too."""


async def caller(desk: Desk, scope: Scope, *, writes: bool) -> Grant:
    """The caller.

    Raises:
        UnauthenticatedError: nothing was shown, or nothing good.
        ForbiddenError: a web page of somebody else's asks; or a certificate and a token are of
            different accounts, and the token is not one for a job.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    asked = with_session(with_basic(scope), headers)
    who = await desk.callers.of(asked, writes=writes, limited=True)
    shown = credentials.of(scope)
    if shown is not None and who.limits is None:
        # Whoever holds a certificate and the whole token of somebody else is not that somebody.
        holder = await desk.callers.holder(shown)
        if holder is None or holder.user_id != who.user_id:
            raise ForbiddenError(
                f"{shown.subject} is not {who.name!r}.",
                advice="Act for somebody else with a token for the job, naming path and verbs.",
            )
    return who


def with_session(scope: Scope, headers: Headers) -> Scope:
    """A scope in which the session's cookie is a bearer token, unless another one was sent."""
    names = {name for name, _ in headers}
    token = session(headers)
    if not token or b"authorization" in names:
        return scope
    no_page(headers)
    return {**scope, "headers": [*headers, (b"authorization", b"Bearer " + token.encode())]}


def session(headers: Headers) -> str:
    """The token in the session's cookie; empty without one."""
    for text in (value.decode("latin-1") for name, value in headers if name == b"cookie"):
        for part in text.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE and value.isascii():
                return value
    return ""


def no_page(headers: Headers) -> None:
    """Browsers send cookies with whatever any page asks; commands send no Origin.

    Raises:
        ForbiddenError: a page asks.
    """
    if any(name == b"origin" for name, _ in headers):
        raise ForbiddenError("This is for commands, not for web pages.")
