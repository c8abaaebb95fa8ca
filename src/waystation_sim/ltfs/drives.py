"""Drives made of leases: who opens a file on a cartridge waits for mount, locate and read.

A write lease (`fcntl(2)`, F_SETLEASE) on every file makes the kernel stop any open until we give
it up. Meanwhile we compute what the drive would have needed, sleep that in sped-up time, write
down which file was opened, and let go. A file waits once: who opens it again finds it read, as in
a cache. Run in a process of its own, by `RunningDrives`.
"""

import fcntl
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation_sim.library.geometry import locate_s, rewind_s
from waystation_sim.library.profiles import DriveProfile
from waystation_sim.ltfs.cartridges import position

LOOK_S = 0.0005
"""How often leases are looked at; real seconds."""


@dataclass(slots=True)
class Head:
    """A cartridge in its drive: where the head is, and bytes moved since the mount."""

    at: int = 0
    moved: int = 0


class LeaseDrives:
    """All cartridges below a mount point.

    Args:
        mount: its directories are cartridges.
        profile: what moving costs.
        drives: cartridges that can be mounted at a time; the one used longest ago goes first.
        wrap_ends: real end-of-wrap positions of every cartridge, bytes; None is equal wraps.
    """

    def __init__(
        self,
        mount: Path,
        profile: DriveProfile,
        *,
        drives: int = 1,
        wrap_ends: Sequence[float] | None = None,
    ) -> None:
        self._mount = mount
        self._profile = profile
        self._drives = drives
        self._ends = wrap_ends
        self._heads: dict[str, Head] = {}
        self._held: dict[int, Path] = {}

    def take(self) -> int:
        """Take a lease on every file; how many there are."""
        # The kernel says by this signal that somebody waits; we look ourselves.
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        for place in sorted(self._mount.rglob("*")):
            if place.is_file():
                self._lease(place)
        return len(self._held)

    def serve(self, log: Path, speed_up: float, stop: "Path") -> None:
        """Answer opens until `stop` exists: lines of path, virtual second, seconds it took."""
        virtual_s = _last_moment(log)
        with log.open("a", buffering=1) as lines:
            while not stop.exists():
                asked = [
                    fd for fd in self._held if fcntl.fcntl(fd, fcntl.F_GETLEASE) != fcntl.F_WRLCK
                ]
                for descriptor in asked:
                    place = self._held.pop(descriptor)
                    cost_s = self.cost_s(place)
                    time.sleep(cost_s / speed_up)
                    virtual_s += cost_s
                    lines.write(f"{virtual_s:.3f}\t{cost_s:.3f}\t{place}\n")
                    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
                    os.close(descriptor)
                time.sleep(LOOK_S)

    def cost_s(self, place: Path) -> float:
        """Seconds until a file has been read, from where its drive is now; moves the head."""
        tape = place.relative_to(self._mount).parts[0]
        begin, size = position(place), place.stat().st_size
        if not size:
            return 0.0
        cost = 0.0
        head = self._heads.pop(tape, None)
        if head is None:
            cost += self._change()
            head = Head()
        cost += locate_s(self._profile, head.at, begin, self._ends)
        cost += size / self._profile.rate_bytes_s + self._profile.per_file_s
        self._heads[tape] = Head(begin + size, head.moved + size)
        return cost

    def _change(self) -> float:
        """Seconds of getting another cartridge into a drive."""
        cost = 3600 / 270 + self._profile.load_s  # one exchange: IBM Diamondback, 270 an hour
        if len(self._heads) >= self._drives:
            old = self._heads.pop(next(iter(self._heads)))
            cost += rewind_s(self._profile, old.at, old.moved, self._ends) + self._profile.unload_s
        return cost

    def _lease(self, place: Path) -> None:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            os.close(descriptor)
            raise
        self._held[descriptor] = place


def _last_moment(log: Path) -> float:
    """Where virtual time stood when drives before us stopped."""
    lines = log.read_text().splitlines() if log.exists() else []
    return float(lines[-1].partition("\t")[0]) if lines else 0.0
