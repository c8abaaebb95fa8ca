"""Who calls, here also by a token in a password, and nobody at all where a space is open."""

from waystation.domains.accounts.door import Grant
from waystation.interfaces import credentials, reading
from waystation.interfaces.dav.asking import where, with_basic
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import NotFoundError, UnauthenticatedError


async def caller(desk: Desk, scope: Scope, *, writes: bool) -> Grant | None:
    """The caller; None when nothing was shown.

    Browsers send whatever cookies they have: only ours for reading says who somebody is.

    Raises:
        UnauthenticatedError: what was shown is not good.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    given = dict(headers)
    cookie = f"{reading.NAME}=".encode() in given.get(b"cookie", b"")
    if b"authorization" not in given and not cookie and credentials.of(scope) is None:
        return None
    space = where(str(scope["path"])).space
    return await desk.callers.of(with_basic(scope), writes=writes, space=space)


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
