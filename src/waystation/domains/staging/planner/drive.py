"""What a tape drive costs in time: locate, mount, rewind; with the source of every constant.

All times are seconds, all positions and lengths are bytes on the cartridge (native, uncompressed).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

ARCHIVE_UNTHREAD: Final = ((5e9, 1.0), (50e9, 2.0), (float("inf"), 3.0))
"""Rewind multiplier by bytes moved in the mount: LTO-9 rewinds slowly inside UNLOAD after long use
(55 s below 5 GB, 110 s below 50 GB, 165 s above). Source: IBM TS4500 documentation DTL 2.12.3."""


@dataclass(frozen=True, slots=True)
class DriveModel:
    """A serpentine drive: `wraps` end-to-end passes in `bands`, one head that locates and streams.

    The locate terms have the form of CERN CTA's cost heuristic (CTACostHeuristic.cpp, fitted on
    LTO-7 type M): a base, a travel along the tape, and extras for another wrap, another band, the
    other half of the tape (negative: a "landing zone" is reached sooner), the other direction of
    travel, and a step back on the same wrap.
    """

    wraps: int
    bands: int
    capacity_bytes: float
    rate_bytes_s: float
    full_seek_s: float
    """Travel from one end of the tape to the other at locate speed."""
    base_s: float = 4.29
    wrap_s: float = 6.69
    band_s: float = 3.2
    landing_zone_s: float = -6.04
    direction_s: float = 5.22
    step_back_s: float = 11.32
    per_file_s: float = 0.05
    """Fixed cost of one file read, whatever its length (file marks, open and close)."""
    load_s: float = 17.0
    """Load to ready: IBM TS4500, LTO-9 17 s, LTO-8 and LTO-7 15 s."""
    unload_s: float = 30.0
    """Unload after the rewind: IBM TS4500, LTO-9 30 s, LTO-8 24 s, LTO-7 20 s."""
    exchange_s: float = 3600 / 270
    """One robot exchange: IBM Diamondback, 270 an hour."""
    rewind_base_s: float = 5.0
    rewind_per_length_s: float = 100.0
    """Rewind from the far end; 5 + 100/2 gives IBM's mean of 55 s for LTO-9."""
    archive_unthread: bool = True

    def wrap_ends(self) -> tuple[float, ...]:
        """End-of-wrap positions if every wrap held the same number of bytes."""
        size = self.capacity_bytes / self.wraps
        return tuple(size * (wrap + 1) for wrap in range(self.wraps))

    def rewind_s(self, length: float, moved_bytes: float) -> float:
        """Rewind to the beginning from `length` (0 at the beginning, 1 at the far end)."""
        plain = self.rewind_base_s + self.rewind_per_length_s * length
        return plain * self.unthread_factor(moved_bytes)

    def unthread_factor(self, moved_bytes: float) -> float:
        """How much slower the rewind inside UNLOAD is after `moved_bytes` in this mount."""
        if not self.archive_unthread:
            return 1.0
        return next(factor for limit, factor in ARCHIVE_UNTHREAD if moved_bytes < limit)

    def mount_cycle_s(self) -> float:
        """Mean cost of taking another tape: rewind and unload the old one, exchange, load."""
        rewind = self.rewind_s(0.5, self.capacity_bytes)
        return rewind + self.unload_s + self.exchange_s + self.load_s


def wrap_and_length(ends: Sequence[float], position: float) -> tuple[int, float]:
    """The wrap that holds `position` and how far along the tape (0..1) it lies physically.

    Even wraps run away from the beginning of the tape, odd wraps run back.
    """
    wrap = min(bisect_right(ends, position), len(ends) - 1)
    begin = ends[wrap - 1] if wrap else 0.0
    along = min(1.0, max(0.0, (position - begin) / (ends[wrap] - begin)))
    return wrap, 1.0 - along if wrap % 2 else along


def locate_s(
    drive: DriveModel, frm: float, to: float, wrap_ends: Sequence[float] | None = None
) -> float:
    """Seconds from the head at byte `frm` until byte `to` is under the head.

    Reading through a forward gap is taken when it is cheaper than a locate. `wrap_ends` are the
    cartridge's real end-of-wrap positions; without them every wrap is taken as equally long.
    Form of the formula: CERN CTA, CTACostHeuristic.cpp.
    """
    ends = wrap_ends if wrap_ends is not None else drive.wrap_ends()
    wrap_a, at_a = wrap_and_length(ends, frm)
    wrap_b, at_b = wrap_and_length(ends, to)
    cost = drive.base_s + drive.full_seek_s * abs(at_a - at_b)
    per_band = drive.wraps / drive.bands
    if (at_a < 0.5) != (at_b < 0.5):  # noqa: PLR2004 - the middle of the tape
        cost += drive.landing_zone_s
    if wrap_a == wrap_b:
        cost += drive.step_back_s if to < frm else 0.0
    else:
        cost += drive.wrap_s
        cost += drive.band_s if int(wrap_a / per_band) != int(wrap_b / per_band) else 0.0
        cost += drive.direction_s if wrap_a % 2 != wrap_b % 2 else 0.0
    # The fitted landing-zone term would make a short hop over the middle of a wrap negative.
    cost = max(0.0, cost)
    return min(cost, (to - frm) / drive.rate_bytes_s) if to >= frm else cost


_L9: Final = DriveModel(
    wraps=280, bands=4, capacity_bytes=18e12, rate_bytes_s=400e6, full_seek_s=64.1
)

PROFILES: Final[dict[str, DriveModel]] = {
    # LTO-9 (IBM TS4500: 18 TB, 400 MB/s); travel set so that the mean locate from the beginning
    # of the tape is IBM's 45 s.
    "L9": _L9,
    # The same with travel set to the mean rewind time of 55 s: a pessimistic drive.
    "L9slow": replace(_L9, full_seek_s=84.1),
    # Half of each constant: a drive as good as its own recommended access order could make it.
    "L9fast": replace(
        _L9,
        base_s=2.145,
        wrap_s=3.345,
        band_s=1.6,
        landing_zone_s=-3.02,
        direction_s=2.61,
        step_back_s=5.66,
    ),
    # LTO-7 type M in an LTO-8 drive, CTA's own fit: 168,401 positions x 0.0006192 s;
    # 9 TB, 300 MB/s, load and unload as IBM TS4500.
    "L7M": replace(
        _L9,
        wraps=168,
        capacity_bytes=9e12,
        rate_bytes_s=300e6,
        full_seek_s=104.3,
        load_s=15.0,
        unload_s=24.0,
        archive_unthread=False,
    ),
}
