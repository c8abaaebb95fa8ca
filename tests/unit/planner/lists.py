"""Lists of extents on one tape, from a seed; and how long reading them really takes."""

import random
from collections.abc import Sequence

from waystation.domains.staging.planner.drive import DriveModel, locate_s, wrap_and_length
from waystation.domains.staging.planner.runs import Extent


def scattered(count: int, seed: int, *, capacity: float = 17e12) -> list[Extent]:
    """Files of about 2 GB anywhere on the tape, in shuffled order."""
    return in_runs(count, seed, run=1, capacity=capacity)


def in_runs(count: int, seed: int, *, run: int = 20, capacity: float = 17e12) -> list[Extent]:
    """Files of about 2 GB in runs of `run`, in shuffled order."""
    draw = random.Random(seed)
    lengths = [min(60e9, max(50e6, draw.lognormvariate(21.0, 1.0))) for _ in range(count)]
    begins = sorted(draw.uniform(0, capacity) for _ in range(-(-count // run)))
    at, extents = 0, []
    for index, length in enumerate(lengths):
        if index % run == 0:
            at = max(at, int(begins[index // run]))
        extents.append(Extent(index, at, int(length)))
        at += int(length)
    draw.shuffle(extents)
    return extents


def cycle_s(
    extents: Sequence[Extent],
    order: Sequence[int],
    drive: DriveModel,
    wrap_ends: Sequence[float] | None = None,
    *,
    rewind: bool = True,
) -> tuple[list[float], float]:
    """When each file of `order` has been read on a tape with these wraps, and the whole time with
    the rewind at the end."""
    ends = wrap_ends if wrap_ends is not None else drive.wrap_ends()
    now, head, times = 0.0, 0, []
    for index in order:
        extent = extents[index]
        now += locate_s(drive, head, extent.start, ends)
        now += extent.length / drive.rate_bytes_s + drive.per_file_s
        head = extent.start + extent.length
        times.append(now)
    moved = float(sum(extent.length for extent in extents))
    return times, now + (drive.rewind_s(wrap_and_length(ends, head)[1], moved) if rewind else 0.0)


def block(extents: Sequence[Extent]) -> list[int]:
    """Indices in block order."""
    return sorted(range(len(extents)), key=lambda index: extents[index].start)
