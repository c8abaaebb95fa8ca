"""`python -m benchmarks.tapebench.plans`: how good and how fast the plan of one tape is."""

import argparse
import math
import statistics
import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.tapebench.bounds import locate_bound_s, read_s
from benchmarks.tapebench.scheduler import Recall
from benchmarks.tapebench.sltf import shortest_locate_first
from waystation.domains.staging.planner.drive import PROFILES, DriveModel, locate_s
from waystation.domains.staging.planner.plan import Geometry, plan
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.planner.totals import gather

SIZES = (100, 300, 1000, 3000, 4000)
RUN_FILES, MEAN_BYTES, SEEDS = 20, 2e9, 3
GOAL = {"random": 1.035, "runs": 1.01}


def make_list(pattern: str, count: int, drive: DriveModel, seed: int) -> list[Extent]:
    """`count` files of one tape: each anywhere, or in runs of about 20; in shuffled order."""
    draw = np.random.default_rng(seed)
    lengths = draw.lognormal(0, 1, count) / math.exp(0.5) * MEAN_BYTES
    lengths = np.clip(lengths, 50e6, 60e9).astype(np.int64)
    runs: list[int] = []
    while sum(runs) < count:
        runs.append(1 if pattern == "random" else 1 + int(draw.geometric(1 / RUN_FILES)))
    begins = np.sort(draw.uniform(0, drive.capacity_bytes * 0.95, len(runs))).astype(np.int64)
    starts: list[int] = []
    at = 0
    for begin, files in zip(begins.tolist(), runs, strict=True):
        at = max(at, begin)
        for length in lengths[len(starts) : len(starts) + files].tolist():
            starts.append(at)
            at += length
    order = draw.permutation(count).tolist()
    return [Extent(index, starts[index], int(lengths[index])) for index in order]


def service_s(extents: Sequence[Extent], order: Sequence[int], drive: DriveModel) -> float:
    """Seconds from the loaded tape until the last file is read."""
    now, head, ends = 0.0, 0, drive.wrap_ends()
    for index in order:
        extent = extents[index]
        now += locate_s(drive, head, extent.start, ends)
        now += extent.length / drive.rate_bytes_s + drive.per_file_s
        head = extent.start + extent.length
    return now


def one(pattern: str, count: int, drive: DriveModel, seed: int) -> Iterator[float]:
    """Ours, ours with the rewind counted, block order and shortest-locate-first over the bound;
    CPU seconds of ours."""
    extents = make_list(pattern, count, drive, seed)
    starts = np.array([extent.start for extent in extents])
    lengths = np.array([extent.length for extent in extents])
    bound = read_s(drive, lengths) + locate_bound_s(drive, starts, lengths)
    trusted = Geometry(trusted=True)
    began = time.process_time()
    ours = plan(extents, head=None, drive=drive, geometry=trusted, unload_after=False)
    spent = time.process_time() - began
    cycle = plan(extents, head=None, drive=drive, geometry=trusted)
    recalls = [Recall(e.id, "", e.start, e.length, "", 0.0) for e in extents]
    yield service_s(extents, ours.order, drive) / bound
    yield service_s(extents, cycle.order, drive) / bound
    yield service_s(extents, sorted(range(count), key=starts.tolist().__getitem__), drive) / bound
    yield service_s(extents, shortest_locate_first(recalls, 0, drive), drive) / bound
    yield spent


def grouping(count: int) -> float:
    """CPU seconds to group `count` recalls of 1,000 tapes and 50 owners into totals."""
    draw = np.random.default_rng(1)
    tapes = [f"T{n:05d}" for n in draw.integers(0, 1000, count).tolist()]
    owners = [f"u{n}" for n in draw.integers(0, 50, count).tolist()]
    lengths = draw.integers(1, 10**10, count).tolist()
    rows = list(zip(tapes, owners, lengths, np.arange(count, dtype=float).tolist(), strict=True))
    began = time.process_time()
    gather(rows)
    return time.process_time() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tapebench.plans")
    parser.add_argument("--profile", default="L9", choices=sorted(PROFILES))
    parser.add_argument("--quick", action="store_true", help="one seed, lists up to 1,000")
    wanted = parser.parse_args()
    drive = PROFILES[wanted.profile]
    seeds = 1 if wanted.quick else SEEDS
    titles = ("ours", "+rewind", "goal", "block", "sltf", "CPU s")
    print(f"service time over (read + assignment bound), {wanted.profile}, mean of {seeds}")
    print(f"{'':8}{'files':>6}" + "".join(f"{title:>9}" for title in titles))
    for pattern, limit in GOAL.items():
        for count in SIZES[: 3 if wanted.quick else None]:
            each = zip(*(one(pattern, count, drive, seed) for seed in range(seeds)), strict=True)
            ours, cycle, block, sltf, spent = (statistics.fmean(values) for values in each)
            cells = (ours, cycle, limit, block, sltf, spent)
            print(f"{pattern:8}{count:6}" + "".join(f"{cell:9.3f}" for cell in cells), flush=True)
    print(f"grouping of 1,000,000 recalls: {grouping(1_000_000):.2f} s CPU (goal 1.0)")


if __name__ == "__main__":
    main()
