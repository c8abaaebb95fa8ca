"""The order in which the files of one tape are read, and when each will be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from waystation.domains.staging.planner.drive import DriveModel, locate_s
from waystation.domains.staging.planner.layout import Layout
from waystation.domains.staging.planner.repair import Repair
from waystation.domains.staging.planner.runs import Extent, coalesce
from waystation.domains.staging.planner.tours import block_order, greedy_edges

EFFORT: Final = 400_000
"""Default budget of a plan in looks of `Repair`: 0.1 to 0.3 s; a mount takes over a minute."""

LOOKS_PER_RUN: Final = 2_000
"""Small lists need no more than this: the tour no longer improves."""

TRY_ALL: Final = 4
"""Up to so many runs every order is tried: the search has too little to exchange there."""

NEAR: Final = 12
"""Candidate steps kept for each run; 8 lose about 1 %, 16 gain nothing."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """What is known of one cartridge's wraps.

    Attributes:
        trusted: predicted times were held against observed ones (`trust`); only then may an order
            other than block order be planned.
        wrap_ends: real end-of-wrap byte positions (an LTO drive can report them); None takes every
            wrap as equally long.
        error: mean relative error of predicted against observed times, 0..1: a plan must promise
            to be better than block order by more than this.
    """

    trusted: bool
    wrap_ends: tuple[float, ...] | None = None
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """An order of reading.

    Attributes:
        order: indices into the extents that were given.
        predicted_s: for each place in `order`, seconds from the start of the list (tape loaded and
            ready) until that file has been read.
        method: "block order" or "serpentine".
        service_s: when the last file has been read.
    """

    order: list[int]
    predicted_s: list[float]
    method: str
    service_s: float


def plan(
    extents: Sequence[Extent],
    *,
    head: int | None,
    drive: DriveModel,
    geometry: Geometry | None,
    unload_after: bool = True,
    effort: int = EFFORT,
) -> Plan:
    """Order the files of one tape so that the drive is free again soonest.

    Args:
        extents: files to read, in any order.
        head: byte under the head now, None when the tape still has to be mounted.
        drive: what moving costs.
        geometry: what is known of the cartridge; None or untrusted gives block order.
        unload_after: count the rewind from where the tour ends (it can be as dear as a dozen
            locates); False minimises the time of the last read only.
        effort: budget of the search in looks; 0 keeps the first tour.

    Never predicted worse than block order with runs read through.
    """
    begin = head or 0
    ends = geometry.wrap_ends if geometry and geometry.wrap_ends else drive.wrap_ends()
    # A gap shorter than the cheapest locate is always read through.
    runs = coalesce(extents, drive.base_s * drive.rate_bytes_s)
    moved = float(sum(extent.length for extent in extents))
    layout = Layout(
        runs,
        head=begin,
        drive=drive,
        wrap_ends=ends,
        rewind_factor=drive.unthread_factor(moved) if unload_after else 0.0,
    )
    tour, method = block_order(layout), "block order"
    if geometry is not None and geometry.trusted and len(runs) > 1:
        other = _search(layout, effort)
        if layout.tour_s(other) * (1.0 + geometry.error) < layout.tour_s(tour):
            tour, method = other, "serpentine"
    order = runs.expand(tour)
    predicted = _finish_times([extents[index] for index in order], begin, drive, ends)
    return Plan(order, predicted, method, predicted[-1] if predicted else 0.0)


def _search(layout: Layout, effort: int) -> list[int]:
    if layout.count <= TRY_ALL:
        best = min(permutations(range(layout.count)), key=layout.tour_s)
        return list(best)
    near = layout.near_starts(NEAR)
    repair = Repair(layout, near, greedy_edges(layout, near))
    if effort:
        repair.settle()
        repair.shake(min(effort, LOOKS_PER_RUN * layout.count))
    return repair.tour


def _finish_times(
    extents: Sequence[Extent], head: int, drive: DriveModel, ends: Sequence[float]
) -> list[float]:
    """Seconds from the start until each extent, read in this order, is complete."""
    now, times = 0.0, []
    for extent in extents:
        now += locate_s(drive, head, extent.start, ends)
        now += extent.length / drive.rate_bytes_s + drive.per_file_s
        head = extent.start + extent.length
        times.append(now)
    return times
