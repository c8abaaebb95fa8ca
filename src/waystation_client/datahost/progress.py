"""A line on a terminal that says how far a file has come; in a pipe it says nothing."""

import sys
import time

from waystation_client.screens.listing import safe
from waystation_client.sizes import words

_EVERY_S = 0.2


class Progress:
    """Of one file."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = safe(name), size
        self._shown = sys.stderr.isatty()
        self._began = self._last = time.monotonic()
        self._width = 0

    def at(self, done: int) -> None:
        """So many bytes have come by now."""
        now = time.monotonic()
        if not self._shown or now - self._last < _EVERY_S:
            return
        self._last = now
        rate = int(done / max(now - self._began, 0.001))
        share = 100 * done // self._size if self._size > 0 else 100
        line = f"{self._name} {share:3d} %  {words(done)} of {words(self._size)}  {words(rate)}/s"
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def end(self) -> None:
        """Leave no trace of it."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
