"""What a kind of drive and cartridge costs, in seconds: the constants behind every move."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class DriveProfile:
    """One kind of drive with one kind of cartridge.

    Positions are bytes from the beginning of the data area, along the serpentine: wrap 0 runs out,
    wrap 1 runs back, and so on. Times are seconds.

    Attributes:
        wraps: end-to-end passes on a full cartridge.
        bands: data bands over which the wraps are spread evenly.
        capacity_bytes: native capacity, before compression.
        rate_bytes_s: native streaming rate.
        full_seek_s: moving from one end of the tape to the other at locate speed.
        base_s: every locate pays this.
        wrap_s: the target is on another wrap.
        band_s: the target is on another band.
        landing_zone_s: head and target lie in different halves (negative in CERN's fit).
        direction_s: the target wrap runs the other way.
        step_back_s: the target lies behind the head on the same wrap.
        per_file_s: host and file-mark overhead of each file read.
        load_s: cartridge in the drive's mouth until ready.
        unload_s: threading the tape out, after the rewind.
        rewind_base_s: least rewind time.
        rewind_per_length_s: additional rewind from the far end; proportional to the distance.
        archive_unthread: rewind inside unload is slower after much was moved (see `geometry`).
    """

    wraps: int
    bands: int
    capacity_bytes: float
    rate_bytes_s: float
    full_seek_s: float
    base_s: float
    wrap_s: float
    band_s: float
    landing_zone_s: float
    direction_s: float
    step_back_s: float
    per_file_s: float
    load_s: float
    unload_s: float
    rewind_base_s: float
    rewind_per_length_s: float
    archive_unthread: bool

    @property
    def wrap_bytes(self) -> float:
        """Bytes on one wrap when all are of the same length."""
        return self.capacity_bytes / self.wraps


LTO9 = DriveProfile(
    wraps=280,
    bands=4,
    capacity_bytes=18e12,
    rate_bytes_s=400e6,
    full_seek_s=64.1,
    base_s=4.29,
    wrap_s=6.69,
    band_s=3.2,
    landing_zone_s=-6.04,
    direction_s=5.22,
    step_back_s=11.32,
    per_file_s=0.05,
    load_s=17.0,
    unload_s=30.0,
    rewind_base_s=5.0,
    rewind_per_length_s=100.0,
    archive_unthread=True,
)
"""LTO-9 full height.

Capacity, rate, load (17 s) and unload (30 s): IBM TS4500 documentation. The six locate terms are
CERN CTA's fit for LTO-7M drives (`CTACostHeuristic.cpp`). `full_seek_s` is chosen so that the mean
locate from the beginning of tape is IBM's 45 s, and the rewind terms so that the mean rewind is
IBM's 55 s. `per_file_s` is our own estimate.
"""

PROFILES: dict[str, DriveProfile] = {
    "L9": LTO9,
    "L9slow": replace(LTO9, full_seek_s=84.1),
    "L9fast": replace(
        LTO9,
        base_s=LTO9.base_s / 2,
        wrap_s=LTO9.wrap_s / 2,
        band_s=LTO9.band_s / 2,
        landing_zone_s=LTO9.landing_zone_s / 2,
        direction_s=LTO9.direction_s / 2,
        step_back_s=LTO9.step_back_s / 2,
    ),
    "L7M": replace(
        LTO9,
        wraps=168,
        capacity_bytes=9e12,
        rate_bytes_s=300e6,
        full_seek_s=104.3,
        load_s=15.0,
        unload_s=24.0,
        archive_unthread=False,
    ),
}
"""Profiles by name.

`L9slow` moves as slowly when locating as when rewinding (55 s mean); `L9fast` halves CERN's
constants, an optimistic drive with its own recommended access order. `L7M` is type M media in an
LTO-8 drive with CERN's fit unchanged (168,401 positions at 0.0006192 s); load and unload from
IBM's TS4500 documentation.
"""


def profile_named(profile: DriveProfile | str) -> DriveProfile:
    """Return the profile itself, or the published one of that name.

    Raises:
        ValueError: no profile has that name.
    """
    if isinstance(profile, DriveProfile):
        return profile
    try:
        return PROFILES[profile]
    except KeyError:
        msg = f"no drive profile {profile!r}; known: {', '.join(sorted(PROFILES))}"
        raise ValueError(msg) from None
