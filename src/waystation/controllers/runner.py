"""The clockwork: each step in a thread of its own, run until nothing moves, then until woken.

This is the only place that waits. A step that raises is logged and tried again with back-off; a
process that dies leaves leases behind, which end.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from waystation.kernel.errors import WaystationError

log = logging.getLogger(__name__)

PAUSES_S = 1.0, 30.0
"""After the first failure of a step, and the longest that the wait doubles to."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be run again and again.

    Attributes:
        name: woken by a notification of this name; also the thread's.
        run: does a batch, answers how much it moved.
        tick_s: looks again after this long without being woken.
    """

    name: str
    run: Callable[[], int]
    tick_s: float


class Runner:
    """Runs steps until it is stopped."""

    def __init__(self, steps: Sequence[Step], *, pauses_s: tuple[float, float] = PAUSES_S) -> None:
        self._steps = steps
        self._pauses_s = pauses_s
        self._stopping = threading.Event()
        self._wake = {id(step): threading.Event() for step in steps}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin all steps."""
        for step in self._steps:
            thread = threading.Thread(target=self._loop, args=[step], name=f"step-{step.name}")
            thread.start()
            self._threads.append(thread)

    def wake(self, name: str) -> None:
        """Let steps of this name look at once; an empty name is all of them."""
        for step in self._steps:
            if name in ("", step.name):
                self._wake[id(step)].set()

    def stop(self, timeout_s: float = 20.0) -> bool:
        """Ask all steps to end after their batch; False when one did not in time."""
        end = time.monotonic() + timeout_s
        self._stopping.set()
        self.wake("")
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _loop(self, step: Step) -> None:
        first, longest = self._pauses_s
        wake, pause = self._wake[id(step)], first
        while not self._stopping.is_set():
            wake.clear()
            try:
                moved = step.run()
            except Exception as problem:  # noqa: BLE001 - the one net; each is logged
                _report(step, problem)
                self._stopping.wait(pause)
                pause = min(2 * pause, longest)
                continue
            pause = first
            if not moved:
                wake.wait(step.tick_s)


def _report(step: Step, problem: Exception) -> None:
    """Trouble that we foresaw is one line; the rest is a bug and shows where."""
    foreseen = isinstance(problem, WaystationError)
    log.log(
        logging.WARNING if foreseen else logging.ERROR,
        "step %s: %s",
        step.name,
        problem,
        exc_info=None if foreseen else problem,
    )
