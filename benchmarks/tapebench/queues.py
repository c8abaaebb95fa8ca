"""Waiting recalls by tape: what every scheduler that sees tapes keeps."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.tapebench.scheduler import Recall


@dataclass(slots=True)
class TapeQueue:
    """Recalls of one tape in order of arrival."""

    tape: str
    recalls: list[Recall] = field(default_factory=list)
    bytes: int = 0
    left_at: float = float("-inf")
    """When its tape was last taken out of a drive for another."""

    @property
    def oldest_s(self) -> float:
        """Arrival of the first that waits."""
        return self.recalls[0].arrived_s

    @property
    def newest_s(self) -> float:
        """Arrival of the last that waits."""
        return self.recalls[-1].arrived_s


class Queues:
    """All tapes with their waiting recalls."""

    def __init__(self) -> None:
        self._queues: dict[str, TapeQueue] = {}
        self.waiting = 0

    def add(self, recall: Recall) -> None:
        """Put a recall at the end of its tape's queue."""
        queue = self._queues.get(recall.tape)
        if queue is None:
            queue = self._queues[recall.tape] = TapeQueue(recall.tape)
        queue.recalls.append(recall)
        queue.bytes += recall.length
        self.waiting += 1

    def take(self, tape: str, most: int | None = None) -> list[Recall]:
        """Remove the oldest `most` recalls of a tape (all without it)."""
        queue = self._queues[tape]
        taken, queue.recalls = queue.recalls[:most], queue.recalls[len(queue.recalls[:most]) :]
        queue.bytes -= sum(recall.length for recall in taken)
        self.waiting -= len(taken)
        return taken

    def filled(self) -> Iterator[TapeQueue]:
        """Queues in which something waits."""
        return (queue for queue in self._queues.values() if queue.recalls)

    def get(self, tape: str | None) -> TapeQueue | None:
        """The queue of a tape if something waits in it."""
        queue = self._queues.get(tape) if tape is not None else None
        return queue if queue is not None and queue.recalls else None

    def left(self, tape: str, at: float) -> None:
        """Note that a tape gave way to another."""
        self._queues.setdefault(tape, TapeQueue(tape)).left_at = at
