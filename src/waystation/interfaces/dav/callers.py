"""Who calls, here also by a token in a password, and nobody at all where a space is open."""

from waystation.domains.accounts.door import Grant
from waystation.interfaces import credentials
from waystation.interfaces.dav.asking import with_basic
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import NotFoundError, UnauthenticatedError


async def caller(desk: Desk, scope: Scope, *, writes: bool) -> Grant | None:
    """The caller; None when nothing was shown.

    Raises:
        UnauthenticatedError: what was shown is not good.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    given = {name for name, _ in headers}
    shown = given & {b"authorization", b"cookie"} or credentials.of(scope) is not None
    if not shown:
        return None
    return await desk.callers.of(with_basic(scope), writes=writes)


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
