"""Django as it is mounted: bodies that say how long they are, errors as problem documents."""

from collections.abc import Iterable

from waystation.interfaces import problems
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.reply import Message, Receive, Scope, Send, send_problem
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    WaystationError,
)

# Bodies of the ordinary lane are held in memory, by eight threads at most.
LARGEST_ORDINARY = 64 * 2**20
_FIRST_ERROR = 400


class WrongVerbError(WaystationError):
    """There is something here, but not for this verb."""

    code = "method-not-allowed"


_MEANINGS = {
    400: MalformedError("The request cannot be read.", advice="See /api/v1/docs."),
    403: ForbiddenError("This is not for you."),
    404: NotFoundError("There is nothing here.", advice="See /api/v1/docs for what there is."),
    405: WrongVerbError("This verb does nothing here.", advice="See /api/v1/docs."),
    413: TooLargeError("The body is too large.", advice="Split it."),
}
_SORRY = WaystationError("Something went wrong here.", advice="Tell the operators the request id.")


def in_problems(send: Send) -> Send:
    """A `send` for one answer that puts a problem document in the place of an error page."""
    replaced = False

    async def instead(message: Message) -> None:
        nonlocal replaced
        if replaced:
            return
        status = message.get("status", 0)
        if message["type"] != "http.response.start" or not isinstance(status, int):
            await send(message)
            return
        headers = message.get("headers")
        assert isinstance(headers, list)
        if status < _FIRST_ERROR or _is_problem(headers):
            await send(message)
            return
        replaced = True
        allowed = [(name, value) for name, value in headers if name.lower() == b"allow"]
        await send_problem(send, _MEANINGS.get(status, _SORRY), allowed)

    return instead


async def measured(scope: Scope, receive: Receive, limit: int) -> tuple[Scope, Receive]:
    """A request whose body has a length: one sent in chunks is read first.

    WSGI has no word for a body of unknown length; Django would read such a one as empty.

    Raises:
        TooLargeError: it is larger than the limit.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
    names = {name for name, _ in headers}
    if b"transfer-encoding" not in names or b"content-length" in names:
        return scope, receive
    body = await bodies.read(receive, limit)
    kept = [(name, value) for name, value in headers if name != b"transfer-encoding"]
    known = {**scope, "headers": [*kept, (b"content-length", b"%d" % len(body))]}

    async def once() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return known, once


def _is_problem(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    return any(value.startswith(problems.MEDIA_TYPE.encode()) for value in kinds)
