"""Where a byte lies on a serpentine tape, and how long the drive takes to get there."""

from bisect import bisect_right
from collections.abc import Sequence

from waystation_sim.library.profiles import DriveProfile

MIDDLE = 0.5
"""The landing zones divide the tape's length in two halves."""

UNTHREAD_STEPS = ((5e9, 1.0), (50e9, 2.0))
"""Bytes moved since the mount below which the rewind inside unload is multiplied by the factor.

IBM's DTL document 2.12.3 for LTO-9: under 5 GB 55 s, 5 to 50 GB 110 s, otherwise 165 s.
"""

UNTHREAD_MOST = 3.0
"""The factor beyond the last step above."""


def place(
    profile: DriveProfile, at: float, eowp: Sequence[float] | None = None
) -> tuple[int, float]:
    """Return (wrap, distance from the beginning of tape as a fraction of its length) of a byte.

    Args:
        profile: geometry of the cartridge.
        at: bytes from the start of the data; positions beyond the end count as the end.
        eowp: the cartridge's real end-of-wrap positions in bytes, ascending; None = equal wraps.
    """
    if eowp is None:
        length = profile.capacity_bytes / profile.wraps
        wrap = int(at / length)
        if wrap >= profile.wraps:
            wrap = profile.wraps - 1
        along = at / length - wrap
    else:
        wrap = bisect_right(eowp, at)
        if wrap >= len(eowp):
            wrap = len(eowp) - 1
        begin = eowp[wrap - 1] if wrap else 0.0
        along = (at - begin) / (eowp[wrap] - begin)
    along = min(along, 1.0)
    return wrap, 1.0 - along if wrap & 1 else along


def locate_s(
    profile: DriveProfile, frm: float, to: float, eowp: Sequence[float] | None = None
) -> float:
    """Seconds from the head at byte `frm` until byte `to` can be read.

    A gap that lies ahead is read through when that is quicker than a locate. CERN CTA's
    cost heuristic (`CTACostHeuristic.cpp`), cut off at zero, which its negative landing-zone
    term would pass for very short moves across the middle of the tape.
    """
    gap = (to - frm) / profile.rate_bytes_s
    if 0.0 <= gap <= profile.base_s + profile.landing_zone_s:
        return gap
    wrap, here = place(profile, frm, eowp)
    target, there = place(profile, to, eowp)
    cost = profile.base_s + profile.full_seek_s * abs(here - there)
    if (here < MIDDLE) != (there < MIDDLE):
        cost += profile.landing_zone_s
    if wrap != target:
        per_band = profile.wraps / profile.bands
        cost += profile.wrap_s
        if wrap // per_band != target // per_band:
            cost += profile.band_s
        if (wrap ^ target) & 1:
            cost += profile.direction_s
    elif here != there and (here > there) != bool(wrap & 1):
        cost += profile.step_back_s
    cost = max(cost, 0.0)
    return gap if 0.0 <= gap < cost else cost


def rewind_s(
    profile: DriveProfile, head: float, moved: float, eowp: Sequence[float] | None = None
) -> float:
    """Seconds to bring the tape back to its beginning before it is unloaded.

    Args:
        profile: the drive.
        head: where the head is, bytes.
        moved: bytes read since the mount; they decide the archive unthread factor.
        eowp: as in `place`.
    """
    _, distance = place(profile, head, eowp)
    plain = profile.rewind_base_s + profile.rewind_per_length_s * distance
    if not profile.archive_unthread:
        return plain
    for limit, factor in UNTHREAD_STEPS:
        if moved < limit:
            return plain * factor
    return plain * UNTHREAD_MOST
