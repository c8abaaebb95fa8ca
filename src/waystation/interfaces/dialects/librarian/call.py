"""One call, as those who answer it have it, and what they answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Space, Standing

_JSON = b"application/json"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call:
    """A call of somebody whose level is high enough for it.

    Attributes:
        who: calls.
        here: the library's space, with the role of the caller.
        body: as it came.
        password: that the caller showed; empty for a token.
    """

    who: Grant
    here: Standing
    body: bytes
    password: str = ""

    @property
    def space(self) -> Space:
        """The library's."""
        return self.here.space


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
    parts: Iterator[bytes] | None = None
    media: bytes = _JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def told(body: object, status: int = 200) -> Reply:
    """An answer of a document."""
    return Reply(status, _encode(body))


def encoded(body: object) -> bytes:
    """A document as bytes, for parts of a long answer."""
    return _encode(body)
