"""A trace, a scheduler and a simulated library, run to the end in virtual time."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.tapebench.archive import tape_name
from benchmarks.tapebench.scheduler import Recall, Release, Scheduler, Watcher
from benchmarks.tapebench.traces import Trace
from waystation_sim.library import FileRead, Library, ListDone, Read

TELL_EVERY_S = 1.0
"""Arrivals are told once a second, all together, as a controller claims them."""


@dataclass(slots=True)
class Outcome:
    """When each recall was done, and what the library did meanwhile."""

    done_s: npt.NDArray[np.float64]
    mounts: int
    locate_s: float
    read_s: float
    mount_s: float
    longest_list_s: float
    """From the release of a list to its end."""
    drives: int
    cpu_s: float
    """Processor time of the scheduler alone."""
    wall_s: float


def recalls_of(trace: Trace) -> list[Recall]:
    """The trace as single recalls."""
    columns = (trace.tape, trace.start, trace.length, trace.user, trace.arrived_s)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Recall(number, tape_name(tape), start, length, f"user{user:02d}", arrived)
        for number, (tape, start, length, user, arrived) in enumerate(rows)
    ]


class World:
    """One run. The library holds the tapes, the scheduler holds the queue."""

    def __init__(self, recalls: Sequence[Recall], scheduler: Scheduler, library: Library) -> None:
        self._recalls = recalls
        self._scheduler = scheduler
        self._watcher = scheduler if isinstance(scheduler, Watcher) else None
        self._wake: float | None = None
        self._library = library
        self._running: dict[int, Release] = {}
        self._released: dict[int, float] = {}
        self._longest_s = 0.0
        self._done = np.full(len(recalls), np.nan)
        self._drives = len(library.drive_states())
        self._next = 0
        self._cpu = 0.0

    def run(self) -> Outcome:
        """Until every recall is done.

        Raises:
            RuntimeError: the scheduler left recalls unserved.
        """
        began = time.perf_counter()
        while (moment := self._next_moment()) is not None:
            changed = self._advance(moment)
            changed |= self._arrive(moment)
            changed |= self._look(moment)
            if changed or self._woken(moment):
                self._offer(moment)
        if np.isnan(self._done).any():
            raise RuntimeError(f"{int(np.isnan(self._done).sum())} recalls were never served")
        totals = self._library.totals
        return Outcome(
            done_s=self._done,
            mounts=totals.mounts,
            locate_s=totals.locate_s,
            read_s=totals.read_s,
            mount_s=totals.mount_s,
            longest_list_s=self._longest_s,
            drives=self._drives,
            cpu_s=self._cpu,
            wall_s=time.perf_counter() - began,
        )

    def _next_moment(self) -> float | None:
        moments = [self._library.next_at()] if self._running else []
        if self._next < len(self._recalls):
            arrived = self._recalls[self._next].arrived_s
            moments.append(math.ceil(arrived / TELL_EVERY_S) * TELL_EVERY_S)
        self._wake = None
        if self._watcher or len(self._running) < self._drives:
            self._wake = self._scheduler.wake_at(self._library.now)
            moments.append(self._wake)
        known = [moment for moment in moments if moment is not None]
        return max(self._library.now, min(known)) if known else None

    def _woken(self, moment: float) -> bool:
        return self._wake is not None and self._wake <= moment

    def _advance(self, moment: float) -> bool:
        """Let the library work until `moment`; True if a list ended."""
        events = self._library.advance(moment)
        reads = [int(event.id) for event in events if isinstance(event, FileRead)]
        self._done[reads] = [event.at for event in events if isinstance(event, FileRead)]
        if self._watcher and reads:
            self._watcher.on_reads(reads, moment)
        ended = [event for event in events if isinstance(event, ListDone)]
        for event in ended:
            self._longest_s = max(self._longest_s, event.at - self._released.pop(event.job))
            self._scheduler.on_done(self._running.pop(event.job), event.at)
        return bool(ended)

    def _look(self, moment: float) -> bool:
        """Let a watcher look at what happened; True, for it may want something now."""
        if self._watcher is None or not self._woken(moment):
            return False
        began = time.process_time()
        self._watcher.on_wake(moment)
        self._cpu += time.process_time() - began
        return True

    def _arrive(self, moment: float) -> bool:
        first = self._next
        while self._next < len(self._recalls) and self._recalls[self._next].arrived_s <= moment:
            self._next += 1
        if self._next == first:
            return False
        began = time.process_time()
        self._scheduler.on_arrivals(self._recalls[first : self._next], moment)
        self._cpu += time.process_time() - began
        return True

    def _offer(self, moment: float) -> None:
        """Ask the scheduler for lists while drives are free."""
        while len(self._running) < self._drives:
            idle = [
                state.tape
                for state in self._library.drive_states()
                if state.state in {"empty", "idle_mounted"}
            ]
            began = time.process_time()
            release = self._scheduler.on_free_drive(moment, idle)
            self._cpu += time.process_time() - began
            if release is None:
                return
            reads = [
                Read(number, self._recalls[number].start, self._recalls[number].length)
                for number in release.ids
            ]
            job = self._library.submit(release.tape, reads, order=release.order)
            self._running[job] = release
            self._released[job] = moment
