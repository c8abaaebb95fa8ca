"""Emulations of published policies with their published defaults; not measurements of products.

What each does was read from its source or its documentation; README.md names both.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.tapebench.queues import Queues, TapeQueue
from benchmarks.tapebench.scheduler import Recall, Release
from benchmarks.tapebench.sltf import shortest_locate_first
from waystation.domains.staging.planner.drive import DriveModel


class Dribble:
    """A shim before a tape system: at most `window` recalls outstanding, first come first served.

    Behind it a good tape system: it serves whole per-tape groups of what it can see, sorted by
    position, mounted tapes first, then the oldest. With `per_file` it works file by file.
    """

    def __init__(self, window: int, *, per_file: bool = False) -> None:
        self._window = window
        self._per_file = per_file
        self._behind: deque[Recall] = deque()
        self._queues = Queues()
        self._out = 0
        self._busy: set[str] = set()

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        """Put behind the window, then fill it."""
        del now
        self._behind.extend(batch)
        self._fill()

    def _fill(self) -> None:
        while self._out < self._window and self._behind:
            self._queues.add(self._behind.popleft())
            self._out += 1

    def on_free_drive(self, now: float, idle: Sequence[str | None]) -> Release | None:
        """A mounted tape with work, else the tape of the oldest recall."""
        del now
        queue = next((q for tape in idle if (q := self._queues.get(tape))), None)
        if queue is None:
            free = [q for q in self._queues.filled() if q.tape not in self._busy]
            if not free:
                return None
            queue = min(free, key=lambda q: q.recalls[0].id)
        taken = self._queues.take(queue.tape, 1 if self._per_file else None)
        self._busy.add(queue.tape)
        return Release(queue.tape, [recall.id for recall in taken], "block")

    def on_done(self, release: Release, now: float) -> None:
        """Room in the window."""
        del now
        self._out -= len(release.ids)
        self._busy.discard(release.tape)
        self._fill()

    def wake_at(self, now: float) -> float | None:
        """Never waits on purpose."""
        del now
        return None


Pick = Callable[[TapeQueue], float]


def oldest(queue: TapeQueue) -> float:
    """The tape whose first recall came first."""
    return -queue.oldest_s


def most_bytes(queue: TapeQueue) -> float:
    """The tape with most to read."""
    return queue.bytes


@dataclass(frozen=True, slots=True)
class Gather:
    """When a tape may be mounted: enough of it, or quiet, or waited long.

    Attributes:
        min_bytes, min_files: enough to mount at once (after `quiet_s` without arrivals).
        quiet_s: without a minimum, mount when nothing came for so long.
        max_wait_s: mount when the oldest waits so long, whatever else.
        remount_s: not again within this time of being taken out.
    """

    min_bytes: float = 0.0
    min_files: float = float("inf")
    quiet_s: float = 0.0
    max_wait_s: float = 0.0
    remount_s: float = 0.0

    def ready_at(self, queue: TapeQueue) -> float:
        """From when on the tape may be mounted if nothing more comes."""
        enough = queue.bytes >= self.min_bytes or len(queue.recalls) >= self.min_files
        full_at = queue.newest_s + self.quiet_s if enough else float("inf")
        return max(queue.left_at + self.remount_s, min(full_at, queue.oldest_s + self.max_wait_s))


class PerTape:
    """Everything visible, one list for each tape: how to pick the tape, how to order inside.

    Tapes already mounted are served first. `active` bounds how many tapes are worked at once.
    """

    def __init__(
        self,
        drive: DriveModel,
        *,
        pick: Pick = oldest,
        inside: Literal["block", "sltf"] = "block",
        gather: Gather | None = None,
    ) -> None:
        self._drive = drive
        self._pick = pick
        self._inside = inside
        self._gather = gather or Gather()
        self._queues = Queues()
        self._busy: set[str] = set()
        self._heads: dict[str, int] = {}

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        """Into the queue of its tape."""
        del now
        for recall in batch:
            self._queues.add(recall)

    def on_free_drive(self, now: float, idle: Sequence[str | None]) -> Release | None:
        """The list of the picked tape."""
        queue = next((q for tape in idle if (q := self._queues.get(tape))), None)
        if queue is None:
            ready = [
                q
                for q in self._queues.filled()
                if q.tape not in self._busy and self._gather.ready_at(q) <= now
            ]
            if not ready:
                return None
            queue = max(ready, key=self._pick)
        mounted = queue.tape in idle
        if not mounted and None not in idle:
            for tape in idle:
                self._queues.left(str(tape), now)
        self._busy.add(queue.tape)
        recalls = self._queues.take(queue.tape)
        if self._inside == "block":
            return Release(queue.tape, [recall.id for recall in recalls], "block")
        head = self._heads.get(queue.tape, 0) if mounted else 0
        order = shortest_locate_first(recalls, head, self._drive)
        last = recalls[order[-1]]
        self._heads[queue.tape] = last.start + last.length
        return Release(queue.tape, [recalls[index].id for index in order], "given")

    def on_done(self, release: Release, now: float) -> None:
        """Its tape may be chosen again."""
        del now
        self._busy.discard(release.tape)

    def wake_at(self, now: float) -> float | None:
        """When the next tape becomes ready."""
        if not self._gather.max_wait_s:
            return None
        times = (
            self._gather.ready_at(q) for q in self._queues.filled() if q.tape not in self._busy
        )
        return min((at for at in times if at > now), default=None)
