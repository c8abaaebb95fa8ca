"""Who calls, here also by a token in a password, and nobody at all where a space is open."""

from urllib.parse import parse_qs

from waystation.domains.accounts.door import Grant
from waystation.interfaces import credentials, reading, signing
from waystation.interfaces.dav.asking import where, with_basic
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import NotFoundError, UnauthenticatedError

AUTHZ = "authz"
"""A macaroon in the address, as dCache and XRootD have it."""


async def caller(
    desk: Desk, scope: Scope, *, writes: bool, space: str | None = None
) -> Grant | None:
    """The caller; None when nothing was shown.

    Browsers send whatever cookies they have: only ours for reading says who somebody is. `space`
    is said where the path is not one below /dav.

    Raises:
        UnauthenticatedError: what was shown is not good.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    given = dict(headers)
    if b"authorization" not in given and signing.shown(_query(scope)):
        # It was chosen for this call; cookies and certificates come by themselves.
        return await _signed(desk, scope)
    authz = parse_qs(_query(scope).decode("latin-1")).get(AUTHZ, [""])[0]
    if b"authorization" not in given and authz:
        bearer = authz.removeprefix("Bearer ").encode("latin-1", "replace")
        scope = {**scope, "headers": [*headers, (b"authorization", b"Bearer " + bearer)]}
        return await desk.callers.of(scope, writes=writes, space="", limited=True)
    cookie = f"{reading.NAME}=".encode() in given.get(b"cookie", b"")
    if b"authorization" not in given and not cookie and credentials.of(scope) is None:
        return None
    asked = where(str(scope["path"])).space if space is None else space
    return await desk.callers.of(with_basic(scope), writes=writes, space=asked, limited=True)


async def _signed(desk: Desk, scope: Scope) -> Grant:
    found = await desk.callers.by_signature(scope)
    if found is None:
        raise UnauthenticatedError(
            "This signed address is not good: it has ended, was changed, or is for another verb.",
            advice="Ask whoever gave it to you for another one.",
        )
    return found


def _query(scope: Scope) -> bytes:
    query = scope["query_string"]
    assert isinstance(query, bytes)
    return query


def known(who: Grant | None) -> Grant:
    """The caller, who must be somebody.

    Raises:
        UnauthenticatedError: it is nobody.
    """
    if who is None:
        raise UnauthenticatedError(
            "You are not signed in.",
            advice="Send a token: Authorization: Bearer way_… or as the password.",
        )
    return who


def who_are_you(who: Grant | None, problem: NotFoundError) -> Exception:
    """To nobody, what is not there may be there for somebody."""
    return (
        problem
        if who is not None
        else UnauthenticatedError(problem.sentence, advice="Sign in, or send a token.")
    )
