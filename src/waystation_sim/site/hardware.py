"""The libraries of a site, their virtual time, and how wall-clock time drives it."""

import asyncio
from collections.abc import Callable, Mapping

from waystation_sim.library import Cartridge, DriveState, Event, Library, Read
from waystation_sim.library.profiles import profile_named
from waystation_sim.site.index import Archived, Tape
from waystation_sim.site.layout import SiteSettings

AUTO_FILL = 0.7
"""How full `auto` makes the fullest cartridge, so that locates are as long as in real life."""

SHORTEST_WAIT_S = 0.002
"""Events closer together than this are taken in one go."""


def scale_for(wanted: str, tapes: Mapping[str, Tape], settings: SiteSettings) -> float:
    """How many cartridge bytes one real byte stands for.

    Args:
        wanted: a number, or `auto`: the fullest cartridge becomes 70 % full; the others follow.
        tapes: the cartridges with their real bytes.
        settings: of the site.
    """
    if wanted != "auto":
        return float(wanted)
    fullest = max((tape.used for tape in tapes.values()), default=0)
    capacity = profile_named(settings.profile).capacity_bytes
    return max(1.0, AUTO_FILL * capacity / fullest) if fullest else 1.0


class Hardware:
    """All libraries of a site, running.

    Must be used within the event loop's thread.
    """

    def __init__(
        self,
        settings: SiteSettings,
        tapes: Mapping[str, Tape],
        *,
        scale: float,
        speed_up: float,
    ) -> None:
        self.scale = scale
        self.capacity = profile_named(settings.profile).capacity_bytes
        self._settings = settings
        self._speed_up = speed_up
        self._listeners: list[Callable[[str, Event], None]] = []
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.libraries: dict[str, Library] = {}
        for tape in tapes.values():
            self.library(tape.library).add_tape(Cartridge(tape.barcode))

    def listen(self, listener: Callable[[str, Event], None]) -> None:
        """Call `listener` with the library's name and each event, as its moment comes."""
        self._listeners.append(listener)

    def library(self, name: str) -> Library:
        """The library of this name; built when first named."""
        if name not in self.libraries:
            self.libraries[name] = Library(
                self._settings.profile, self._settings.drives, self._settings.robots
            )
        return self.libraries[name]

    @property
    def now(self) -> float:
        """Virtual time now, seconds since the daemon began."""
        return (self._loop.time() - self._began) * self._speed_up

    def read(self, library: str, barcode: str, files: list[Archived]) -> int:
        """Ask for files of one cartridge in the order of their position; return the list's number.

        This is what EE does inside one `eeadm recall`. The reads' ids are the files' numbers.
        """
        self.catch_up()
        reads = []
        for file in files:
            start = int(dict(file.copies)[barcode] * self.scale)
            reads.append(Read(file.id, start, max(1, int(file.size * self.scale))))
        number = self.library(library).submit(barcode, reads, "block")
        self._wake_soon()
        return number

    def withdraw(self, library: str, job: int, files: set[int | str]) -> set[int | str]:
        """Drop reads that have not begun; return those dropped."""
        self.catch_up()
        gone = self.library(library).cancel(job, files)
        self._wake_soon()
        return gone

    def drives(self) -> dict[str, list[DriveState]]:
        """All drives by library, as of now."""
        self.catch_up()
        return {name: library.drive_states() for name, library in self.libraries.items()}

    def stick(self, library: str, drive: int, seconds: float | None) -> None:
        """Let a drive hang for so many virtual seconds, or until fixed."""
        self.catch_up()
        self.library(library).stick_drive(drive, seconds)
        self._wake_soon()

    def take_out(self, library: str, drive: int) -> None:
        """Take a drive out of the library."""
        self.catch_up()
        self.library(library).take_out_drive(drive)
        self._wake_soon()

    def fix(self, library: str, drive: int) -> None:
        """Let a drive go on, or put it back."""
        self.catch_up()
        self.library(library).fix_drive(drive)
        self._wake_soon()

    def catch_up(self) -> None:
        """Bring every library to the present and hand on what happened."""
        now = self.now
        for name, library in self.libraries.items():
            for event in library.advance(now):
                for listener in self._listeners:
                    listener(name, event)

    def _wake_soon(self) -> None:
        """Sleep until the next thing happens in any library; for ever if nothing will."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moments = [
            at for library in self.libraries.values() if (at := library.next_at()) is not None
        ]
        if moments:
            wait = (min(moments) - self.now) / self._speed_up
            self._timer = self._loop.call_later(max(wait, SHORTEST_WAIT_S), self._tick)

    def _tick(self) -> None:
        self.catch_up()
        self._wake_soon()
