"""Whether a cartridge's assumed geometry may be relied on: predicted against observed times.

A serpentine order planned on wrong wrap positions is worse than block order (2 % error in the
bytes of a wrap costs 3 to 25 %), so it is allowed only where the model has already told the times
of this cartridge right, in the part of the tape the list touches. Reading in block order gives
the observations for nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from waystation.domains.staging.planner.drive import DriveModel, locate_s
from waystation.domains.staging.planner.plan import Geometry, Plan
from waystation.domains.staging.planner.runs import Extent

ZONES: Final = 4
"""Parts of the cartridge, by bytes, that are judged apart: errors grow along the tape."""
ENOUGH: Final = 8
"""Observed locates a zone needs before it is believed."""
AGAIN: Final = 3
"""Times as many after it was doubted once."""
REMEMBERED: Final = 64
"""Observations kept per zone; older ones fade, so that a repacked cartridge is noticed."""
BELIEVE_BELOW: Final = 0.15
DOUBT_ABOVE: Final = 0.25
"""Mean relative errors to enter and to leave trust; between them nothing changes."""
LATE_FACTOR: Final = 1.25
LATE_GRACE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """One locate with the read after it.

    Attributes:
        frm, to: bytes where the head was and where it had to go.
        predicted_s: locate time the model told.
        observed_s: time from the end of the file before to the end of this one, less its reading.
    """

    frm: int
    to: int
    predicted_s: float
    observed_s: float


@dataclass(frozen=True, slots=True)
class Zone:
    """What was seen in one part of a cartridge; sums fade together."""

    steps: float = 0.0
    predicted_s: float = 0.0
    error_s: float = 0.0
    trusted: bool = False
    doubted: bool = False

    @property
    def error(self) -> float:
        """Mean relative error, 0..1 and beyond; 1 before anything was seen."""
        return self.error_s / self.predicted_s if self.predicted_s else 1.0


@dataclass(frozen=True, slots=True)
class Trust:
    """The verdict on one cartridge, zone by zone."""

    zones: tuple[Zone, ...] = (Zone(),) * ZONES

    def geometry(
        self,
        extents: Iterable[Extent],
        drive: DriveModel,
        wrap_ends: tuple[float, ...] | None = None,
    ) -> Geometry:
        """What a plan for these extents may assume: trusted only if every zone it touches is."""
        places = (p for e in extents for p in (e.start, e.start + e.length))
        touched = {zone_of(place, drive) for place in places} | {0}  # mounting starts in zone 0
        seen = [self.zones[zone] for zone in touched]
        return Geometry(
            trusted=all(zone.trusted for zone in seen),
            wrap_ends=wrap_ends,
            error=max((zone.error for zone in seen), default=1.0),
        )


def zone_of(position: int, drive: DriveModel) -> int:
    """The zone that holds a byte position."""
    return min(ZONES - 1, int(position / drive.capacity_bytes * ZONES))


def steps_of(
    extents: Sequence[Extent],
    ended_s: Sequence[float],
    *,
    head: int,
    drive: DriveModel,
    wrap_ends: Sequence[float] | None = None,
) -> list[Step]:
    """Steps of a list that was read in the order of `extents`, from the moments each file ended.

    The first file is left out: when the tape became ready is seldom told exactly.
    """
    steps: list[Step] = []
    here = head
    for place, extent in enumerate(extents):
        if place:
            reading = extent.length / drive.rate_bytes_s + drive.per_file_s
            observed = max(0.0, ended_s[place] - ended_s[place - 1] - reading)
            predicted = locate_s(drive, here, extent.start, wrap_ends)
            steps.append(Step(here, extent.start, predicted, observed))
        here = extent.start + extent.length
    return steps


def steps_timed(
    extents: Sequence[Extent],
    began_s: Sequence[float],
    ended_s: Sequence[float],
    *,
    drive: DriveModel,
    wrap_ends: Sequence[float] | None = None,
) -> list[Step]:
    """Steps of a list whose first bytes were timed too: what a file's reading took is left out.

    So neither compression nor a slow disk behind the drive is taken for locating. The first file
    is left out, as in `steps_of`.
    """
    steps: list[Step] = []
    for place in range(1, len(extents)):
        before, here = extents[place - 1], extents[place]
        head = before.start + before.length
        predicted = locate_s(drive, head, here.start, wrap_ends)
        observed = max(0.0, began_s[place] - ended_s[place - 1])
        steps.append(Step(head, here.start, predicted, observed))
    return steps


def observe(trust: Trust, steps: Iterable[Step], drive: DriveModel) -> Trust:
    """The verdict after these steps.

    Short predicted steps that were short say nothing of the geometry and are left out. A step
    counts for the zone it left and for the zone it went to.
    """
    zones = list(trust.zones)
    for step in steps:
        if max(step.predicted_s, step.observed_s) < 2 * drive.base_s:
            continue
        for number in {zone_of(step.frm, drive), zone_of(step.to, drive)}:
            zones[number] = _judge(_count(zones[number], step))
    return Trust(tuple(zones))


def _count(zone: Zone, step: Step) -> Zone:
    fade = 1.0 - 1.0 / REMEMBERED if zone.steps >= REMEMBERED else 1.0
    return replace(
        zone,
        steps=zone.steps * fade + 1.0,
        predicted_s=zone.predicted_s * fade + max(step.predicted_s, 1.0),
        error_s=zone.error_s * fade + abs(step.observed_s - step.predicted_s),
    )


def _judge(zone: Zone) -> Zone:
    if zone.error > DOUBT_ABOVE and zone.trusted:
        return Zone(doubted=True)  # starts again, and needs more this time
    enough = ENOUGH * (AGAIN if zone.doubted else 1)
    if not zone.trusted and zone.steps >= enough and zone.error <= BELIEVE_BELOW:
        return replace(zone, trusted=True)
    return zone


def on_time(plan: Plan, done: int, elapsed_s: float) -> bool:
    """Whether a running serpentine list keeps what it promised after `done` files.

    False means: take back what was not started and read it in block order. Block order itself
    promises nothing that could be broken.
    """
    if plan.method == "block order" or done == 0:
        return True
    return elapsed_s <= plan.predicted_s[done - 1] * LATE_FACTOR + LATE_GRACE_S
