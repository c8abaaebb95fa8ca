"""A form with a file (RFC 7578), read as it comes: nothing of it is held or put aside."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from waystation.interfaces.dav.taking import gathered
from waystation.interfaces.mouths import Receive
from waystation.kernel.errors import MalformedError, TooLargeError

_BOUNDARY = re.compile(rb'multipart/form-data\s*;.*?boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"')
_LARGEST_HEAD = 16_384
_LARGEST_FIELD = 65_536


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form; its bytes are the reader's to give, before the next one.

    Attributes:
        name: of the field.
        filename: None when it is no file.
    """

    name: str
    filename: str | None


class Form:
    """Fields of a body, in order.

    Raises:
        MalformedError: it is no form.
    """

    def __init__(self, content_type: bytes, receive: Receive) -> None:
        found = _BOUNDARY.match(content_type)
        if found is None:
            raise MalformedError("This is no form with a file.")
        self._line = b"\r\n--" + found[1]
        self._pieces = gathered(receive)
        # The first line has no line before it.
        self._buffer = b"\r\n"

    async def next(self) -> Field | None:
        """The next field; None behind the last one. What was not read of the one before is lost.

        Raises:
            MalformedError: it is no form.
        """
        async for _ in self.data():
            pass
        while len(self._buffer) < len(self._line) + 2:
            await self._more()
        self._buffer = self._buffer[len(self._line) :]
        if self._buffer.startswith(b"--"):
            return None
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LARGEST_HEAD:
                raise MalformedError("A field of the form has too long a head.")
            await self._more()
        head = self._buffer[:end].decode(errors="replace")
        # The line end before the data belongs to the head, and to an empty field's last line.
        self._buffer = self._buffer[end + 2 :]
        said = {key: _plain(value) for key, value in _PARAMETER.findall(head)}
        self._buffer = self._buffer[2:]
        return Field(said.get("name", ""), said.get("filename"))

    async def data(self) -> AsyncIterator[bytes]:
        """The bytes of the field, as they come."""
        while (end := self._buffer.find(self._line)) < 0:
            # What could be the beginning of the line stays for the next look.
            keep = len(self._line) - 1
            ready, self._buffer = self._buffer[:-keep], self._buffer[-keep:]
            if ready:
                yield ready
            await self._more()
        ready, self._buffer = self._buffer[:end], self._buffer[end:]
        if ready:
            yield ready

    async def text(self) -> str:
        """The field as text.

        Raises:
            TooLargeError: it is longer than a field of ours can be.
        """
        found = b""
        async for data in self.data():
            found += data
            if len(found) > _LARGEST_FIELD:
                raise TooLargeError("A field of the form is too long.")
        return found.decode(errors="replace")

    async def _more(self) -> None:
        try:
            self._buffer += await anext(self._pieces)
        except StopAsyncIteration as problem:
            raise MalformedError("The form ended early.") from problem


def _plain(text: str) -> str:
    """A quoted parameter as browsers write it (HTML, multipart/form-data encoding)."""
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n").replace('\\"', '"')
