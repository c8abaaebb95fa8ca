"""An end to a whole HTTP call: a receiver that dribbles keeps each single wait short for ever."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol

_OPENED = {"connection.connect_tcp.complete", "connection.start_tls.complete"}


class _Stream(Protocol):
    """What httpcore tells of a connection (httpcore's documentation, Network Backends)."""

    def get_extra_info(self, info: str) -> object: ...


class Line:
    """The connection of one call; its client keeps none open, so that each call makes one.

    Attributes:
        cut: it was, for the time was over.
    """

    def __init__(self) -> None:
        self.cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """What httpx calls (`extensions={"trace": ...}`) at each step of the call."""
        if event not in _OPENED:
            return
        stream: _Stream = info["return_value"]  # type: ignore[assignment]
        with self._lock:
            found = stream.get_extra_info("socket")
            self._socket = found if isinstance(found, socket.socket) else None
            if self.cut:
                self._end()

    def end(self) -> None:
        """Cut it: whoever waits for it hears that it has ended."""
        with self._lock:
            self.cut = True
            self._end()

    def _end(self) -> None:
        if self._socket is not None:
            # Not TLS's own shutdown, which would tidy up under the hands of who reads.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@contextmanager
def cut_after(seconds: float) -> Iterator[Line]:
    """A line that is cut when the block takes longer."""
    line = Line()
    timer = threading.Timer(seconds, line.end)
    timer.daemon = True
    timer.start()
    try:
        yield line
    finally:
        timer.cancel()
