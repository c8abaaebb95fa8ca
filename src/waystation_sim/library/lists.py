"""Lists of reads: one is for one tape; they wait for their tape, and the tapes for a drive."""

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Literal

from waystation_sim.library.events import Read

Order = Literal["given", "block"]


class ReadList:
    """What is to be read from one tape, and how far that has come."""

    __slots__ = (
        "_cursor",
        "_reads",
        "_where",
        "ended",
        "left",
        "number",
        "running",
        "tape",
        "turn",
    )

    def __init__(self, number: int, tape: str, reads: Sequence[Read], order: Order) -> None:
        self.number = number
        self.tape = tape
        todo = sorted(reads, key=lambda read: read.start) if order == "block" else reads
        self._reads: list[Read | None] = list(todo)
        self._where = {read.id: place for place, read in enumerate(todo)}
        if len(self._where) != len(self._reads):
            msg = f"list {number} names a read twice"
            raise ValueError(msg)
        self._cursor = 0
        self.left = len(self._reads)
        self.turn = -1
        self.running = False
        self.ended = False

    def next(self) -> Read | None:
        """Take the next read off the list, None at its end."""
        while self._cursor < len(self._reads):
            read = self._reads[self._cursor]
            self._cursor += 1
            if read is not None:
                return read
        return None

    def step_back(self) -> None:
        """The read taken last was not carried out: it is next again."""
        self._cursor -= 1

    def withdraw(self, ids: Iterable[int | str]) -> set[int | str]:
        """Remove the reads of these ids that were not taken yet; return their ids."""
        gone: set[int | str] = set()
        for name in ids:
            place = self._where.get(name)
            if place is not None and place >= self._cursor and self._reads[place] is not None:
                self._reads[place] = None
                gone.add(name)
        self.left -= len(gone)
        return gone


class WaitingLists:
    """Lists that wait, by tape; and the tapes in slots for which some wait, oldest list first."""

    def __init__(self) -> None:
        self._by_tape: dict[str, deque[ReadList]] = {}
        self._in_slots: list[tuple[int, str]] = []

    def add(self, reads: ReadList) -> None:
        """Put a list at the end of its tape's queue."""
        self._by_tape.setdefault(reads.tape, deque()).append(reads)

    def put_back(self, reads: ReadList) -> None:
        """Put a list that was under way at the head of its tape's queue."""
        self._by_tape.setdefault(reads.tape, deque()).appendleft(reads)

    def first(self, tape: str) -> ReadList | None:
        """The oldest list for a tape, None if none waits; emptied lists are dropped."""
        queue = self._by_tape.get(tape)
        while queue:
            if queue[0].left:
                return queue[0]
            queue.popleft()
        self._by_tape.pop(tape, None)
        return None

    def take(self, tape: str) -> ReadList | None:
        """Remove and return the oldest list for a tape."""
        reads = self.first(tape)
        if reads is not None:
            self._by_tape[tape].popleft()
        return reads

    def offer(self, tape: str) -> None:
        """The tape lies in its slot: it may be fetched if a list waits for it."""
        reads = self.first(tape)
        if reads is not None:
            heapq.heappush(self._in_slots, (reads.turn, tape))

    def next_tape(self) -> str | None:
        """Remove and return the tape in a slot whose oldest list waits longest."""
        while self._in_slots:
            turn, tape = heapq.heappop(self._in_slots)
            reads = self.first(tape)
            if reads is not None:
                if reads.turn == turn:
                    return tape
                heapq.heappush(self._in_slots, (reads.turn, tape))
        return None
