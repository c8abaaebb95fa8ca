"""Everything that can go wrong when talking to Waystation, as one family with a `code`."""

from collections.abc import Mapping
from typing import Any


class WaystationError(Exception):
    """Something was refused or failed; says what happened and what can be done.

    Attributes:
        code: Stable word for programs, such as `not-found`.
        title: What happened, one plain sentence.
        next_step: What the user can do about it; may be empty.
        status: The HTTP status, or 0 when no answer came.
        request_id: The server's id of this call, for its operators; may be empty.
        facts: Whatever else the server said about it (for instance `estimate`).
    """

    code = "unavailable"

    def __init__(
        self,
        title: str,
        *,
        code: str | None = None,
        next_step: str = "",
        status: int = 0,
        request_id: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(title)
        self.code = code or type(self).code
        self.title = title
        self.next_step = next_step
        self.status = status
        self.request_id = request_id
        self.facts = dict(facts or {})


class NotConfiguredError(WaystationError):
    """No server address is known, or what the user gave cannot be read."""

    code = "not-configured"


class UnauthenticatedError(WaystationError):
    """The token is missing, wrong, revoked or out of date."""

    code = "unauthenticated"


class ForbiddenError(WaystationError):
    """The token is good, but not for this."""

    code = "forbidden"


class NotFoundError(WaystationError):
    """There is no such thing, or it is not ours to see."""

    code = "not-found"


class MalformedError(WaystationError):
    """What was sent is wrong: a path, a number, a time."""

    code = "malformed"


class ConflictError(WaystationError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class ConfirmNeededError(WaystationError):
    """The recall is large; send it again with `confirm`. `facts["estimate"]` says how large."""

    code = "confirm-needed"


class LimitReachedError(WaystationError):
    """Too many calls or too much asked for at once; later it will work."""

    code = "limit-reached"


class UnavailableError(WaystationError):
    """The server cannot be reached, is overloaded or failed."""

    code = "unavailable"


class TimedOutError(WaystationError):
    """What was waited for did not happen in time; it may still happen."""

    code = "timed-out"


_FAMILY: dict[str, type[WaystationError]] = {
    kind.code: kind
    for kind in (
        UnauthenticatedError,
        ForbiddenError,
        NotFoundError,
        MalformedError,
        ConflictError,
        ConfirmNeededError,
        LimitReachedError,
        UnavailableError,
    )
}
_BY_STATUS = {
    400: MalformedError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: MalformedError,
    422: MalformedError,
    429: LimitReachedError,
}
_STANDARD_MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "instance"}


def from_problem(status: int, problem: Mapping[str, Any]) -> WaystationError:
    """Turn an RFC 9457 problem document into the fitting error.

    Args:
        status: HTTP status of the answer.
        problem: The decoded document; empty when the body was something else.
    """
    code = str(problem.get("code", ""))
    kind = _FAMILY.get(code) or _BY_STATUS.get(status, UnavailableError)
    return kind(
        str(problem.get("title") or f"The server answered {status} without an explanation."),
        code=code or None,
        next_step=str(problem.get("detail") or ""),
        status=status,
        request_id=str(problem.get("request_id") or ""),
        facts={k: v for k, v in problem.items() if k not in _STANDARD_MEMBERS},
    )
