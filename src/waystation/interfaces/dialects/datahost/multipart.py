"""multipart/form-data (RFC 7578, RFC 2046 5.1) read as it comes, in bounded memory. Pure.

Bytes go in by `feed`, events come out: a part begins, some of its bytes, the form is closed.
What is held back is never more than a delimiter, or the headers of one part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from enum import Enum, auto

from waystation.kernel.errors import MalformedError

MOST_HEADER_BYTES = 8_192
"""Of one part's headers."""

MOST_PARTS = 64
"""In one form."""

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046 5.1.1
_MOST_PADDING = 64
# What stands behind the boundary in a delimiter line, and what may still become that.
_BEHIND = re.compile(rb"--|[ \t]*\r\n")
_BEHIND_BEGUN = re.compile(rb"-?|[ \t]*\r?")
_PLAIN = {"", "binary", "8bit", "7bit"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part begins.

    Attributes:
        name: of the form field.
        filename: as its sender wrote it; None when the part is no file.
    """

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The last boundary came: the form is whole."""


Event = Part | bytes | Closed


class _Where(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    BODY = auto()
    EPILOGUE = auto()


def boundary(content_type: str) -> bytes:
    """The boundary that a Content-Type names.

    Raises:
        MalformedError: it is no form with parts, or the boundary cannot be.
    """
    kind, values = _parameters(content_type)
    found = values.get("boundary", "")
    if kind.lower() != "multipart/form-data" or not _BOUNDARY.fullmatch(found):
        raise MalformedError(
            "The body is no multipart/form-data with a boundary.",
            advice="curl -F file2xmit=@FILE -F username=NAME makes one.",
        )
    return found.encode("ascii")


class Reader:
    """Reads one form."""

    def __init__(self, mark: bytes) -> None:
        self._mark = b"\r\n--" + mark
        # The first delimiter may open the body: as if a line had ended before.
        self._held = bytearray(b"\r\n")
        self._where = _Where.PREAMBLE
        self._parts = 0

    @property
    def holds(self) -> int:
        """Bytes that came and of which nothing was told yet."""
        return len(self._held)

    def feed(self, data: bytes) -> Iterator[Event]:
        """What can be told now that these bytes came.

        Raises:
            MalformedError: headers of a part that cannot be.
        """
        self._held += data
        while self._held:
            before = self._where, len(self._held)
            if self._where is _Where.HEADERS:
                yield from self._headers()
            elif self._where is _Where.EPILOGUE:
                self._held.clear()
            else:
                yield from self._body()
            if before == (self._where, len(self._held)):
                return

    def _body(self) -> Iterator[Event]:
        """Bytes up to the next delimiter; before the first one they are nobody's."""
        end, width = self._delimiter()
        if end and self._where is _Where.BODY:
            yield bytes(self._held[:end])
        if not width:
            del self._held[:end]
            return
        closed = self._held[end : end + width].endswith(b"--")
        del self._held[: end + width]
        self._where = _Where.EPILOGUE if closed else _Where.HEADERS
        if closed:
            yield Closed()

    def _delimiter(self) -> tuple[int, int]:
        """Where the bytes end that are surely no delimiter, and how long the one there is.

        A line that only begins with the boundary is no delimiter: it may be the one of a form
        inside the file.
        """
        held, mark, at = self._held, self._mark, -1
        while (at := held.find(mark, at + 1)) >= 0:
            rest = bytes(held[at + len(mark) : at + len(mark) + _MOST_PADDING])
            if found := _BEHIND.match(rest):
                return at, len(mark) + found.end()
            if len(rest) < _MOST_PADDING and _BEHIND_BEGUN.fullmatch(rest):
                return at, 0
        return max(0, len(held) - len(mark) + 1), 0

    def _headers(self) -> Iterator[Event]:
        none = self._held.startswith(b"\r\n")
        end, width = (0, 2) if none else (self._held.find(b"\r\n\r\n"), 4)
        if max(end, len(self._held) if end < 0 else 0) > MOST_HEADER_BYTES:
            raise MalformedError(f"A part's headers are longer than {MOST_HEADER_BYTES:,} bytes.")
        if end < 0:
            return
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise MalformedError(f"The form has more than {MOST_PARTS} parts.")
        text = self._held[:end].decode("utf-8", "replace")
        del self._held[: end + width]
        self._where = _Where.BODY
        yield _part(text)


def _part(text: str) -> Part:
    """A part from its headers; bytes that are no UTF-8 have become U+FFFD.

    Raises:
        MalformedError: they do not say which field it is, or its bytes are encoded.
    """
    lines = re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")
    split = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in split}
    kind, values = _parameters(headers.get("content-disposition", ""))
    if kind.lower() != "form-data" or "name" not in values:
        raise MalformedError("A part of the form has no name.")
    if headers.get("content-transfer-encoding", "").lower() not in _PLAIN:
        raise MalformedError("A part is encoded.", advice="Send its bytes as they are.")
    return Part(values["name"], values.get("filename"))


def _parameters(header: str) -> tuple[str, dict[str, str]]:
    """A header's value and its parameters: quoted, extended or in pieces (RFC 2231).

    In quotes a backslash is itself unless a quote or another backslash follows: so browsers and
    curl write names, and so Django has always read them.
    """
    message = Message()
    message["content-type"] = header.replace("\r", " ").replace("\n", " ")
    (kind, _), *found = message.get_params([("", "")]) or [("", "")]
    values: dict[str, str] = {}
    for name, value in found:
        extended = isinstance(value, tuple)
        if extended or name.lower() not in values:
            values[name.lower()] = collapse_rfc2231_value(value)
    return kind, values
