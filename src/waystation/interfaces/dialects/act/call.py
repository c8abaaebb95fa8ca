"""One call's answer, and refusals in the wire's words: `{"msg": …}`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec

_encode = msgspec.json.Encoder().encode
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: of HTTP.
        body: all of it; of a long one, nothing.
        parts: of a long one, made while it is sent.
        media: its type.
        headers: beside the usual ones.
    """

    status: int
    body: bytes = b""
    parts: AsyncIterator[bytes] | None = None
    media: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass(eq=False)
class RefusalError(Exception):
    """What the client is told instead of what it asked for."""

    status: int
    words: str


def told(body: object, status: int = 200) -> Reply:
    """An answer of a document."""
    return Reply(status, _encode(body))


def refused(status: int, words: str) -> Reply:
    """A refusal."""
    return told({"msg": words}, status)
