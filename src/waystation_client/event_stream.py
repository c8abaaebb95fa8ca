"""Server-sent events, from lines to messages (WHATWG HTML standard, section 9.2.6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `kind` is "" for a comment, which only shows that the server is alive."""

    kind: str
    data: str = ""
    id: str = ""


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield lines of a byte stream as soon as they are whole.

    Only a line feed (after an optional carriage return) ends a line here: `str.splitlines` would
    also cut at U+2028 and others, which may stand inside a path.
    """
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")


def messages(incoming: Iterable[str]) -> Iterator[Message]:
    """Yield messages as their last line arrives; comments as messages without kind."""
    kind, identifier = "message", ""
    data: list[str] = []
    for line in incoming:
        if not line:
            if data:
                yield Message(kind, "\n".join(data), identifier)
            kind, data = "message", []
            continue
        if line.startswith(":"):
            yield Message("")
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            kind = value
        elif field == "id":
            identifier = value
