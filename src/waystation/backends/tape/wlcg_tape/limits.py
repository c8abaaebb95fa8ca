"""What the other site takes at once, learned from its refusals and remembered over restarts."""

import json
import logging
import threading
from contextlib import suppress
from pathlib import Path

from waystation.kernel import durable

log = logging.getLogger(__name__)

FILE = "limits.json"


class Limits:
    """Files in one stage request. Safe to use from several threads.

    Args:
        folder: where it is remembered.
        most: what the settings say; never more is sent.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._place = folder / FILE
        self._most = max(1, most)
        self._lock = threading.Lock()
        self._learned: int | None = None

    @property
    def files(self) -> int:
        """Most files that we send in one request now."""
        with self._lock:
            if self._learned is None:
                self._learned = self._most
                with suppress(OSError, ValueError, KeyError, TypeError):
                    self._learned = max(1, int(json.loads(self._place.read_bytes())["files"]))
            return min(self._most, self._learned)

    def refused(self, files: int) -> None:
        """So many were too many: half of it from now on."""
        smaller = max(1, files // 2)
        if smaller >= self.files:
            return
        log.warning("the other site refuses %d files in a request: %d from now on", files, smaller)
        with self._lock:
            self._learned = smaller
        with suppress(OSError):
            durable.write(self._place, json.dumps({"files": smaller}).encode())
