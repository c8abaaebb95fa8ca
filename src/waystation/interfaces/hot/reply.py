"""Sending answers from the hot lane."""

from collections.abc import Sequence

import msgspec

from waystation.interfaces import problems
from waystation.interfaces.mouths import Message, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import WaystationError

__all__ = ["Message", "Receive", "Scope", "Send", "send_empty", "send_json", "send_problem"]

_encoder = msgspec.json.Encoder()


async def send_json(
    send: Send, body: object, status: int = 200, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a JSON document, with more headers beside the usual ones."""
    await _send(send, status, b"application/json", _encoder.encode(body), more)


async def send_empty(send: Send, status: int = 200) -> None:
    """Answer without a body."""
    await _send(send, status, b"text/plain", b"")


async def send_problem(
    send: Send, error: WaystationError, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a problem document, with more headers beside the usual ones."""
    found = problems.document(error, request_id=tracing.request_id.get())
    status = problems.status_of(error.code)
    await _send(send, status, problems.MEDIA_TYPE.encode(), _encoder.encode(found), more)


async def _send(
    send: Send,
    status: int,
    media: bytes,
    body: bytes,
    more: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *more,
    ]
    if status == problems.STATUS["unauthenticated"]:
        headers.append((b"www-authenticate", problems.CHALLENGE.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
