"""The library: drives, robots and tapes working through lists of reads in virtual time.

Nothing here knows what time it is outside: whoever drives it asks `next_at` and calls `advance`.
The same calls give the same events, always.

How it decides, as a library manager does that is given whole lists:

* a list for a tape that is mounted and idle starts at once; on a busy tape lists queue;
* a drive that has finished stays with its tape as long as lists wait for it, then takes the tape
  in a slot whose oldest list waits longest;
* an empty drive is taken before one holding an idle tape, and of those the longest idle;
* with `lazy_unmount` an idle tape stays mounted until its drive is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from waystation_sim.library.cartridge import Cartridge
from waystation_sim.library.drives import Drive, DriveState
from waystation_sim.library.events import (
    Event,
    FileRead,
    ListDone,
    Mounted,
    Read,
    ReadError,
    Unmounted,
)
from waystation_sim.library.geometry import locate_s, rewind_s
from waystation_sim.library.lists import Order, ReadList, WaitingLists
from waystation_sim.library.profiles import DriveProfile, profile_named
from waystation_sim.library.robots import Robots
from waystation_sim.library.timeline import Timeline

DIAMONDBACK_EXCHANGE_S = 3600 / 270
"""One cartridge out and another in: 270 exchanges an hour (IBM Diamondback data sheet)."""

READ_RETRY_S = 60.0
"""How long a drive tries before it gives a read up. Our estimate; no published figure found."""


class UnknownTapeError(KeyError):
    """No cartridge with this barcode is in the library."""


@dataclass(slots=True)
class Totals:
    """What the drives did so far: mounts, and drive-seconds locating, reading, changing tapes."""

    mounts: int = 0
    locate_s: float = 0.0
    read_s: float = 0.0
    mount_s: float = 0.0


class Library:
    """A tape library in virtual time.

    Args:
        profile: kind of drive, or the name of a published one.
        drives: how many drives.
        robots: how many arms move cartridges at the same time.
        exchange_s: one exchange by an arm; bringing or putting away alone takes half of it.
        tapes: the cartridges, or just their barcodes.
        start: the time at the beginning, in seconds.
        lazy_unmount: leave an idle tape mounted until the drive is needed.
    """

    def __init__(
        self,
        profile: DriveProfile | str,
        drives: int = 8,
        robots: int = 2,
        exchange_s: float = DIAMONDBACK_EXCHANGE_S,
        tapes: Iterable[str] | Mapping[str, Cartridge] = (),
        *,
        start: float = 0.0,
        lazy_unmount: bool = True,
    ) -> None:
        self.profile = profile_named(profile)
        self.totals = Totals()
        self._timeline = Timeline(start)
        self._robots = Robots(self._timeline, robots)
        self._exchange_s = exchange_s
        self._lazy = lazy_unmount
        self._drives = [Drive(number, self._timeline) for number in range(drives)]
        self._tapes: dict[str, Cartridge] = {}
        self._holder: dict[str, Drive] = {}
        self._waiting = WaitingLists()
        self._jobs: dict[int, ReadList] = {}
        self._numbers = count(1)
        self._turns = count()
        self._events: list[Event] = []
        for barcode in tapes:
            known = tapes[barcode] if isinstance(tapes, Mapping) else Cartridge(barcode)
            self.add_tape(known)

    # -- asking -------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The library's time, seconds."""
        return self._timeline.now

    def next_at(self) -> float | None:
        """Time of the next thing to happen; None if nothing will without a new call."""
        return self._timeline.now if self._events else self._timeline.next_at()

    def advance(self, until: float) -> list[Event]:
        """Let time pass to `until`; return what happened up to and including it, in order."""
        self._timeline.run(until)
        events, self._events = self._events, []
        return events

    def drive_states(self) -> list[DriveState]:
        """Describe every drive as of now."""
        return [drive.state() for drive in self._drives]

    def tape(self, barcode: str) -> Cartridge:
        """Return a cartridge.

        Raises:
            UnknownTapeError: it is not in this library.
        """
        try:
            return self._tapes[barcode]
        except KeyError:
            raise UnknownTapeError(barcode) from None

    # -- work ---------------------------------------------------------------------------------

    def add_tape(self, cartridge: Cartridge) -> None:
        """Put a cartridge into a slot."""
        self._tapes[cartridge.barcode] = cartridge

    def submit(
        self, tape: str, reads: Sequence[Read], order: Order = "given", at: float | None = None
    ) -> int:
        """Ask for one list of reads from one tape; return the list's number.

        Args:
            tape: barcode.
            reads: what to read; ids are unique within the list.
            order: read as given, or sorted by position on the tape ("block").
            at: when the list arrives; now if None.

        Raises:
            UnknownTapeError: the tape is not in this library.
            ValueError: an id occurs twice, or `at` lies in the past.
        """
        self.tape(tape)
        when = self.now if at is None else at
        if when < self.now:
            msg = f"a list cannot arrive at {when}, it is {self.now} already"
            raise ValueError(msg)
        job = ReadList(next(self._numbers), tape, reads, order)
        self._jobs[job.number] = job
        if when > self.now:
            self._timeline.at(when, partial(self._arrive, job))
        else:
            self._arrive(job)
        return job.number

    def cancel(self, job: int, ids: Iterable[int | str]) -> set[int | str]:
        """Withdraw reads of a list that have not begun; return the ids withdrawn.

        A read under way ends as it would have. A list that ended or never was gives an empty set.
        """
        reads = self._jobs.get(job)
        if reads is None:
            return set()
        gone = reads.withdraw(ids)
        if gone and not reads.left and not reads.running:
            self._end(reads)
        return gone

    def _arrive(self, job: ReadList) -> None:
        if not job.left:
            self._end(job)
            return
        job.turn = next(self._turns)
        self._waiting.add(job)
        drive = self._holder.get(job.tape)
        if drive is None:
            self._waiting.offer(job.tape)
            self._fetch_waiting()
        elif drive.free:
            self._read_on(drive)

    def _end(self, job: ReadList) -> None:
        if not job.ended:
            job.ended = True
            del self._jobs[job.number]
            self._events.append(ListDone(self.now, job.number))

    # -- reading ------------------------------------------------------------------------------

    def _read_on(self, drive: Drive) -> None:
        """Start the next list for the mounted tape, or let the drive be idle."""
        assert drive.tape is not None
        job = self._waiting.take(drive.tape.barcode)
        if job is not None:
            drive.job = job
            job.running = True
            drive.activity = "reading"
            self._read_next(drive)
            return
        drive.activity = "idle_mounted"
        drive.idle_since = self.now
        self._fetch_waiting()
        if not self._lazy and drive.free and drive.tape is not None:
            self._unload(drive)

    def _read_next(self, drive: Drive) -> None:
        job, tape = drive.job, drive.tape
        assert job is not None
        assert tape is not None
        read = job.next()
        drive.current = read
        if read is None:
            drive.job = None
            job.running = False
            self._end(job)
            self._read_on(drive)
            return
        move = locate_s(self.profile, drive.head, read.start, tape.eowp)
        drive.reading_from = self.now + move
        code = tape.error_of(read)
        spent = READ_RETRY_S
        if code is None:
            spent = read.length / self.profile.rate_bytes_s + self.profile.per_file_s
        drive.after(move + spent, partial(self._read_ended, drive, job, read, code, move, spent))

    def _read_ended(
        self, drive: Drive, job: ReadList, read: Read, code: str | None, *spent: float
    ) -> None:
        locating, reading = spent
        self.totals.locate_s += locating
        self.totals.read_s += reading
        job.left -= 1
        if code is None:
            drive.head = read.start + read.length
            drive.moved += read.length
            self._events.append(FileRead(self.now, job.number, read.id))
        else:
            drive.head = read.start
            self._events.append(ReadError(self.now, job.number, read.id, code))
        self._read_next(drive)

    # -- changing tapes -----------------------------------------------------------------------

    def _fetch_waiting(self) -> None:
        """Give free drives the tapes that wait in their slots."""
        while (drive := self._drive_to_use()) is not None:
            barcode = self._waiting.next_tape()
            if barcode is None:
                return
            if barcode in self._holder:
                continue  # fetched meanwhile; it is offered again when it returns to its slot
            tape = self._tapes[barcode]
            self._holder[barcode] = drive
            drive.coming = tape
            drive.swap_since = self.now
            if drive.tape is None:
                drive.activity = "mounting"
                drive.move = self._robots.carry(
                    self._exchange_s / 2, partial(self._brought, drive)
                )
            else:
                self._unload(drive)

    def _drive_to_use(self) -> Drive | None:
        free = [drive for drive in self._drives if drive.free]
        empty = [drive for drive in free if drive.tape is None]
        if empty:
            return empty[0]
        return min(free, key=lambda drive: drive.idle_since, default=None)

    def _unload(self, drive: Drive) -> None:
        assert drive.tape is not None
        drive.activity = "unmounting"
        if drive.coming is None:
            drive.swap_since = self.now
        rewind = rewind_s(self.profile, drive.head, drive.moved, drive.tape.eowp)
        drive.after(rewind + self.profile.unload_s, partial(self._unthreaded, drive))

    def _unthreaded(self, drive: Drive) -> None:
        part = 1 if drive.coming else 2
        drive.move = self._robots.carry(self._exchange_s / part, partial(self._put_away, drive))

    def _put_away(self, drive: Drive) -> None:
        self._into_slot(drive)
        if drive.coming is not None:
            self._brought(drive)
            return
        drive.activity = "empty"
        self.totals.mount_s += self.now - drive.swap_since
        self._fetch_waiting()

    def _into_slot(self, drive: Drive) -> None:
        """The tape that was in the drive is back in its slot, and may be fetched again."""
        if drive.tape is None:
            return
        barcode = drive.tape.barcode
        drive.tape = None
        drive.head = 0.0
        drive.moved = 0
        del self._holder[barcode]
        self._events.append(Unmounted(self.now, drive.number, barcode))
        self._waiting.offer(barcode)

    def _brought(self, drive: Drive) -> None:
        drive.activity = "mounting"
        drive.after(self.profile.load_s, partial(self._loaded, drive))
        self._fetch_waiting()

    def _loaded(self, drive: Drive) -> None:
        assert drive.coming is not None
        drive.tape, drive.coming = drive.coming, None
        self.totals.mounts += 1
        self.totals.mount_s += self.now - drive.swap_since
        self._events.append(Mounted(self.now, drive.number, drive.tape.barcode))
        self._read_on(drive)

    # -- faults -------------------------------------------------------------------------------

    def stick_drive(self, drive: int, seconds: float | None = None) -> None:
        """Let a drive hang where it is, for a time or until `fix_drive`."""
        self._drives[drive].stick()
        if seconds is not None:
            self._timeline.after(seconds, partial(self._let_go, self._drives[drive]))

    def fix_drive(self, drive: int) -> None:
        """Let a stuck drive go on, or put back one that was taken out. Harmless otherwise."""
        fixed = self._drives[drive]
        if fixed.activity == "out":
            fixed.activity = "empty"
            self._fetch_waiting()
        self._let_go(fixed)

    def _let_go(self, drive: Drive) -> None:
        if not drive.stuck:
            return
        drive.unstick()
        if drive.activity == "idle_mounted":
            self._read_on(drive)
        self._fetch_waiting()

    def take_out_drive(self, drive: int) -> None:
        """Remove a drive from service; its tapes go to their slots at once, as by hand.

        The list it worked on waits again, first for its tape; the read under way starts anew.
        """
        gone = self._drives[drive]
        if gone.activity == "out":
            return
        gone.drop_work()
        job, gone.job = gone.job, None
        if job is not None:
            if gone.current is not None:
                job.step_back()
            job.running = False
            self._waiting.put_back(job)
        gone.current = None
        gone.activity = "out"
        self._into_slot(gone)
        if gone.coming is not None:
            barcode = gone.coming.barcode
            gone.coming = None
            del self._holder[barcode]
            self._waiting.offer(barcode)
        self._fetch_waiting()
