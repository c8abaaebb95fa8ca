"""Django as it is mounted: bodies that say how long they are, errors as problem documents."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from waystation.interfaces import problems
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.reply import Message, Receive, Scope, Send, send_problem
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    WaystationError,
)

LARGEST_ORDINARY = 64 * 2**20
MOST_ORDINARY = 4 * LARGEST_ORDINARY
"""Bytes of all bodies of the ordinary lane that are here at a time."""
SMALL = 65_536
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


class Ordinary:
    """Bodies for Django, read whole before it is called.

    WSGI reads in a thread, of which there are few: who sends slowly would hold it. And it has no
    word for a body of unknown length; Django would read such a one as empty. Together they take
    only so much memory; small ones always have room.
    """

    def __init__(self) -> None:
        self._held = 0

    @asynccontextmanager
    async def whole(self, scope: Scope, receive: Receive) -> AsyncIterator[tuple[Scope, Receive]]:
        """A request whose body is here and has a length.

        Raises:
            TooLargeError: it is larger than the limit.
            UnavailableError: others hold all the memory that there is for this.
        """
        headers: list[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
        names = {name for name, _ in headers}
        if not names & {b"transfer-encoding", b"content-length"}:
            yield scope, receive
            return
        announced = next((int(v) for k, v in headers if k == b"content-length"), 0)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            body = message.get("body", b"")
            assert isinstance(body, bytes)
            taken, self._held = taken + len(body), self._held + len(body)
            if taken > SMALL and self._held > MOST_ORDINARY:
                raise UnavailableError(
                    "Too much is being sent here now.", advice="Try again soon."
                )
            return message

        try:
            body = await bodies.read(counted, LARGEST_ORDINARY, announced=announced)
            left_out = {b"transfer-encoding", b"content-length"}
            kept = [(name, value) for name, value in headers if name not in left_out]
            known = {**scope, "headers": [*kept, (b"content-length", b"%d" % len(body))]}
            yield known, _once(body)
        finally:
            self._held -= taken


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _is_problem(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    return any(value.startswith(problems.MEDIA_TYPE.encode()) for value in kinds)
