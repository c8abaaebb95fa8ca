"""Parts that are on this machine until they are whole, and then go to the door."""

from collections.abc import Callable

from waystation.domains.hosting.ports import Resumed, Sink


class SpooledSink:
    """A `Sink`.

    Args:
        spooled: takes the bytes here.
        send: brings the whole part to the door.
    """

    def __init__(self, spooled: Sink, send: Callable[[], None]) -> None:
        self._spooled = spooled
        self._send = send

    def write(self, data: bytes) -> None:
        """As the port promises."""
        self._spooled.write(data)

    def finish(self, *, durable: bool) -> None:
        """As the port promises: the door has it, and has proved it."""
        self._spooled.finish(durable=False)
        del durable
        self._send()

    def close(self) -> None:
        """As the port promises."""
        self._spooled.close()


class ResumedSpooledSink(SpooledSink):
    """A `Resumed`."""

    def __init__(self, spooled: Resumed, send: Callable[[], None]) -> None:
        super().__init__(spooled, send)
        self._resumed = spooled

    @property
    def written(self) -> int:
        """As the port promises."""
        return self._resumed.written

    def sync(self) -> None:
        """As the port promises."""
        self._resumed.sync()

    def cut(self, offset: int) -> None:
        """As the port promises."""
        self._resumed.cut(offset)


class Whole:
    """A `Resumed` of a part that is at the door already.

    Args:
        size: bytes that it has.
    """

    def __init__(self, size: int) -> None:
        self.written = size

    def write(self, data: bytes) -> None:
        """As the port promises; nothing is left to be written."""
        raise ValueError(f"{len(data)} bytes too many")

    def sync(self) -> None:
        """As the port promises."""

    def cut(self, offset: int) -> None:
        """As the port promises: it was proved whole."""

    def finish(self, *, durable: bool) -> None:
        """As the port promises."""

    def close(self) -> None:
        """As the port promises."""
