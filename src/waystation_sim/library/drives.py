"""A drive: what is in it, where its head is, and what it does next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from waystation_sim.library.cartridge import Cartridge
from waystation_sim.library.events import Read
from waystation_sim.library.lists import ReadList
from waystation_sim.library.robots import Move
from waystation_sim.library.timeline import Entry, Timeline

Activity = Literal[
    "empty", "mounting", "locating", "reading", "idle_mounted", "unmounting", "stuck", "out"
]


@dataclass(frozen=True, slots=True)
class DriveState:
    """What an operator sees of one drive.

    Attributes:
        drive: its number, from 0.
        state: what it does; `out` = taken out of the library.
        tape: barcode in it or on its way to it.
        job: number of the list it works on.
        files_left: reads of that list not ended.
        bytes_read: bytes read since the tape was mounted.
    """

    drive: int
    state: Activity
    tape: str | None
    job: int | None
    files_left: int
    bytes_read: int


@dataclass(slots=True, eq=False)
class Drive:
    """One drive of a library, from the inside."""

    number: int
    timeline: Timeline
    activity: Activity = "empty"
    tape: Cartridge | None = None
    coming: Cartridge | None = None
    head: float = 0.0
    moved: int = 0
    job: ReadList | None = None
    current: Read | None = None
    reading_from: float = 0.0
    idle_since: float = 0.0
    swap_since: float = 0.0
    stuck: bool = False
    stuck_since: float = 0.0
    move: Move | None = None
    _entry: Entry | None = field(default=None)
    _held: tuple[float, Callable[[], None]] | None = field(default=None)

    @property
    def free(self) -> bool:
        """True if it can be given a tape."""
        return not self.stuck and self.activity in {"empty", "idle_mounted"}

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` when the drive has worked for `seconds`; time stuck does not count."""
        if self.stuck:
            self._held = (seconds, action)
        else:
            self._entry = self.timeline.after(seconds, action)

    def stick(self) -> None:
        """Stop where it is."""
        self.stuck = True
        self.stuck_since = self.timeline.now
        entry = self._entry
        if entry is not None and entry.action is not None:
            self._held = (entry.at - self.timeline.now, entry.action)
            entry.withdraw()
        self._entry = None

    def unstick(self) -> None:
        """Go on where it stopped."""
        self.stuck = False
        if self.reading_from > self.stuck_since:
            self.reading_from += self.timeline.now - self.stuck_since
        if self._held is not None:
            held, self._held = self._held, None
            self.after(*held)

    def drop_work(self) -> None:
        """Forget what was planned: the drive is being taken out."""
        if self._entry is not None:
            self._entry.withdraw()
        if self.move is not None:
            self.move.abandon()
        self._entry = self._held = self.move = None
        self.stuck = False

    def state(self) -> DriveState:
        """Describe the drive as of now."""
        shown: Activity = "stuck" if self.stuck else self.activity
        if shown == "reading" and self.timeline.now < self.reading_from:
            shown = "locating"
        tape = self.tape or self.coming
        return DriveState(
            drive=self.number,
            state=shown,
            tape=tape.barcode if tape else None,
            job=self.job.number if self.job else None,
            files_left=self.job.left if self.job else 0,
            bytes_read=self.moved,
        )
