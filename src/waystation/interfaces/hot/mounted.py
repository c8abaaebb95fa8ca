"""Answers of Django below /api: its own error pages become problem documents, as of all others."""

from collections.abc import Iterable

from waystation.interfaces import problems
from waystation.interfaces.hot.reply import Message, Send, send_problem
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    WaystationError,
)

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


def _is_problem(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    return any(value.startswith(problems.MEDIA_TYPE.encode()) for value in kinds)
