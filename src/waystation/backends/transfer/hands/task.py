"""One load on its way, as the threads that move it and those who ask about it see it."""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace

from waystation.domains.transfers.entities import Load, Piece, Progress, TaskState
from waystation.kernel.clock import Clock

_PATIENCE_S = 5.0
"""Time that a program gets to tidy up before it is killed."""


class MoveError(Exception):
    """A file, or all of a load, cannot be moved; in words for people."""


class StoppedError(MoveError):
    """It was cancelled, or its deadline has passed."""


@dataclass(slots=True)
class Task:
    """Safe to use from several threads.

    Attributes:
        load: what is to be moved.
        clock: for its deadline.
    """

    load: Load
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _arrived: set[int] = field(default_factory=set)
    _bytes: int = 0
    _passed: dict[int, int] = field(default_factory=dict)
    _failed: dict[int, str] = field(default_factory=dict)
    _words: str = ""
    _stop: str = ""
    _last: Progress | None = None
    _children: set[subprocess.Popen[bytes]] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """It has ended, well or not."""
        return self._last is not None

    def left_s(self) -> float:
        """Seconds until its deadline; less than nothing after it."""
        return (self.load.deadline - self.clock.now()).total_seconds()

    def check(self) -> None:
        """Between two steps: is it still wanted?

        Raises:
            StoppedError: no.
        """
        if self._stop:
            raise StoppedError(self._stop)
        if self.left_s() <= 0:
            raise StoppedError("Its deadline has passed.")

    def arrived(self, piece: Piece) -> None:
        """A file is at its target under its name, whole."""
        with self._lock:
            if piece.n not in self._arrived:
                self._arrived.add(piece.n)
                self._bytes += piece.size
            self._passed.pop(piece.n, None)
            self._failed.pop(piece.n, None)

    def passed(self, piece: Piece, size: int) -> None:
        """So much of a file has come."""
        with self._lock:
            if piece.n not in self._arrived:
                self._passed[piece.n] = size

    def failed(self, piece: Piece, words: str) -> None:
        """A file cannot be moved."""
        with self._lock:
            self._passed.pop(piece.n, None)
            self._failed.setdefault(piece.n, words)

    def stop(self, words: str) -> None:
        """Have it end soon; its programs are told at once."""
        with self._lock:
            self._stop = self._stop or words
            children = list(self._children)
        for child in children:
            _signal(child, signal.SIGTERM)

    def enter(self, child: subprocess.Popen[bytes]) -> None:
        """A program of it has been started."""
        with self._lock:
            self._children.add(child)
            stopped = bool(self._stop)
        if stopped:
            _signal(child, signal.SIGTERM)

    def leave(self, child: subprocess.Popen[bytes]) -> None:
        """Have a program end, if it did not: first asked, then killed with all it started."""
        if child.poll() is None:
            _signal(child, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(_PATIENCE_S)
            _signal(child, signal.SIGKILL)
        child.wait()
        with self._lock:
            self._children.discard(child)

    def end(self, words: str) -> None:
        """It is over; files that nobody spoke of are not there, for this reason.

        What is kept of it is small: only which files failed.
        """
        with self._lock:
            for piece in self.load.pieces:
                if piece.n not in self._arrived:
                    self._failed.setdefault(piece.n, words or "It was not moved.")
            state = TaskState.FAILED if self._failed else TaskState.DONE
            said = (words or self._first()) if self._failed else ""
            self._last = Progress(state, len(self._arrived), self._bytes, said, self._failed)
            self.load, self._arrived = replace(self.load, pieces=()), set()
            self._passed = {}

    def progress(self) -> Progress:
        """As the port tells it."""
        with self._lock:
            if self._last is not None:
                return self._last
            size = self._bytes + sum(self._passed.values())
            return Progress(TaskState.MOVING, len(self._arrived), size, self._first())

    def _first(self) -> str:
        if not self._failed:
            return ""
        n, why = next(iter(self._failed.items()))
        more = f" (and {len(self._failed) - 1} more)" if len(self._failed) > 1 else ""
        return f"File {n}: {why}{more}"


def _signal(child: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    """To a program and all that it started; it has a process group of its own."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
