"""A form as it comes in: its fields are looked at, its one file is handed on."""

from collections.abc import AsyncIterator, Callable

from waystation.interfaces.dialects.datahost.multipart import Closed, Event, Part, Reader
from waystation.interfaces.mouths import Message, Receive
from waystation.kernel.errors import MalformedError, TooLargeError

FILE = "file2xmit"
"""The field that the file is in."""

MOST_BESIDE = 2**17
"""Bytes of a form that are not the file's: other fields, headers, what stands around."""

Look = Callable[[str, str], None]
"""Told of each field, name and value; raises when it must not be so."""


class Form:
    """One form with at most one file; the fields may stand before and behind it."""

    def __init__(self, receive: Receive, boundary: bytes, look: Look) -> None:
        self._look = look
        self._events = _events(receive, Reader(boundary))
        self._part: Part | None = None
        self._value = bytearray()
        self._seen = False

    async def file(self) -> Part | None:
        """Read up to the file; None when the form is over without one.

        Raises:
            MalformedError: it is no whole form, or has files that are not wanted.
            TooLargeError: there is too much beside the file.
        """
        found = await self._next()
        assert not isinstance(found, bytes)
        return found

    async def receive(self) -> Message:
        """The file's bytes, as the body of a request of their own.

        It ends only when the whole form has been read and found good: whoever stores the file
        does so after that.
        """
        found = await self._next()
        if found is None:
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": found, "more_body": True}

    async def _next(self) -> Part | bytes | None:
        """The beginning of the file, some bytes of it, or the end of the form."""
        async for event in self._events:
            if isinstance(event, bytes):
                if self._part is not None and self._part.filename is not None:
                    return event
                self._value += event
                continue
            self._end_field()
            if isinstance(event, Part):
                self._begin(event)
                if event.filename is not None:
                    return event
        return None

    def _begin(self, part: Part) -> None:
        self._part = part
        if part.name == FILE and part.filename is None:
            raise MalformedError(
                f"The field {FILE} is no file.", advice=f"curl -F {FILE}=@FILE, with the @."
            )
        if part.filename is None:
            return
        if part.name != FILE:
            raise MalformedError(f"A file comes in the field {FILE}, not in {part.name[:80]!a}.")
        if self._seen:
            raise MalformedError("One form brings one file.", advice="Send a form for each.")
        self._seen = True

    def _end_field(self) -> None:
        if self._part is not None and self._part.filename is None:
            self._look(self._part.name, self._value.decode("utf-8", "replace"))
        self._value.clear()
        self._part = None


async def _events(receive: Receive, reader: Reader) -> AsyncIterator[Event]:
    """What the body tells.

    Raises:
        MalformedError: it ended before the form did.
        TooLargeError: there is too much that is not the file.
    """
    beside, file, closed, more = 0, False, False, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedError("The body ended early.")
        data = message.get("body", b"")
        assert isinstance(data, bytes)
        more = bool(message.get("more_body"))
        beside += len(data)
        for event in reader.feed(data):
            if isinstance(event, Part):
                file = event.filename is not None
            elif isinstance(event, bytes):
                beside -= len(event) if file else 0
            closed = closed or isinstance(event, Closed)
            yield event
        if beside - reader.holds > MOST_BESIDE:
            raise TooLargeError(f"There are more than {MOST_BESIDE:,} bytes beside the file.")
    if not closed:
        raise MalformedError(
            "The form ended before its last boundary; nothing was stored.",
            advice="Send the file again.",
        )
