"""Child processes of `waystation up`: started, watched, started again, stopped."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from waystation.kernel.clock import Clock
from waystation.settings import environment

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_STEADY_S = 30.0
_STOP_S = 25.0


@dataclass(slots=True)
class Child:
    """A program that should be running.

    Attributes:
        name: for people.
        argv: after the interpreter; run as `python -m …`.
        pause_s: wait before the next start; doubles while it keeps ending soon.
    """

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    next_start_s: float = 0.0
    pause_s: float = _FIRST_PAUSE_S


class Children:
    """All of them. Start from the main thread: their death signal follows the thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: list[Child] = []

    def add(self, name: str, *argv: str, **variables: str) -> None:
        """Have one more program running."""
        child = Child(name, argv, environment(**variables))
        self._all.append(child)
        self._start(child)

    def look(self) -> None:
        """Start again what has ended and has waited long enough."""
        now_s = self._clock.now().timestamp()
        for child in self._all:
            if child.process is not None and child.process.poll() is not None:
                self._ended(child, now_s)
            if child.process is None and now_s >= child.next_start_s:
                self._start(child)

    def stop(self) -> None:
        """Ask all to end, last started first; kill what does not."""
        for child in reversed(self._all):
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in reversed(self._all):
            if child.process is None:
                continue
            try:
                child.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                log.warning("%s did not stop in time; killed", child.name)
                child.process.kill()
                child.process.wait()

    def _start(self, child: Child) -> None:
        child.started_s = self._clock.now().timestamp()
        child.process = subprocess.Popen(
            [sys.executable, "-m", *child.argv],
            env=child.environment,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - no threads here
        )
        log.info("%s started, pid %d", child.name, child.process.pid)

    def _ended(self, child: Child, now_s: float) -> None:
        assert child.process is not None
        steady = now_s - child.started_s > _STEADY_S
        child.pause_s = _FIRST_PAUSE_S if steady else min(2 * child.pause_s, _LONGEST_PAUSE_S)
        child.next_start_s = now_s + child.pause_s
        log.error("%s ended with %s; starts again", child.name, child.process.returncode)
        child.process = None


def _die_with(parent: int) -> Callable[[], None]:
    """Before exec: end when the parent does, even if it is killed.

    At once: an orderly end would wait for a database that is going too. Whatever was under way
    comes back by its lease.
    """
    libc = ctypes.CDLL(None)

    def setup() -> None:
        # Who watches us waits for signals by blocking them; a child must not inherit that.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return setup
