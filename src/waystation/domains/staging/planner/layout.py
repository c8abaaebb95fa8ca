"""Runs as points on the tape, with the cost of going from the end of one to the start of another.

The arithmetic of `drive.locate_s`, laid out flat: a plan asks for hundreds of thousands of costs
and must be ready well before the robot has mounted the tape, in plain Python.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from waystation.domains.staging.planner.drive import DriveModel, wrap_and_length
from waystation.domains.staging.planner.runs import Runs

Near: TypeAlias = list[list[tuple[float, int]]]
"""For every node the next runs worth thinking of, as (seconds, run), cheapest first."""

SIDES: Final = 4
"""Groups of starts that share the costly terms: direction of travel x half of the tape."""


class Layout:
    """Run starts and ends in tape coordinates. Node `count` is the head's present place.

    Attributes:
        count: number of runs; runs are nodes 0..count-1.
        start_wrap, start_at: wrap and length (0..1) of each run's first byte.
        end_wrap, end_at: the same of each run's last byte, and of the head as node `count`.
        cost: `cost(a, b)` seconds from the end of node `a` to the start of run `b`.
        finish: seconds that ending at node `a` costs afterwards (the rewind, 0 if not wanted).
    """

    def __init__(
        self,
        runs: Runs,
        *,
        head: int,
        drive: DriveModel,
        wrap_ends: Sequence[float],
        rewind_factor: float = 0.0,
    ) -> None:
        self.count = len(runs)
        self.start_byte: list[int] = runs.starts
        self.end_byte: list[int] = [*runs.ends, head]
        self.start_wrap, self.start_at = _places(self.start_byte, wrap_ends)
        self.end_wrap, self.end_at = _places(self.end_byte, wrap_ends)
        per_band = drive.wraps / drive.bands
        self.start_class = _classes(self.start_wrap, self.start_at, per_band)
        self.end_class = _classes(self.end_wrap, self.end_at, per_band)
        self.drive = drive
        self.cost: Callable[[int, int], float] = self._make_cost(_extras(drive))
        rewind = drive.rewind_per_length_s * rewind_factor
        self.finish = [rewind * at for at in self.end_at]

    def _make_cost(self, extras: list[list[float]]) -> Callable[[int, int], float]:
        """The cost function over local names: attribute look-ups would double its time."""
        start_wrap, start_at, start_byte = self.start_wrap, self.start_at, self.start_byte
        end_wrap, end_at, end_byte = self.end_wrap, self.end_at, self.end_byte
        start_class = self.start_class
        rows = [extras[kind] for kind in self.end_class]
        travel, rate = self.drive.full_seek_s, self.drive.rate_bytes_s
        base, step_back, zone = (
            self.drive.base_s,
            self.drive.step_back_s,
            self.drive.landing_zone_s,
        )

        def cost(a: int, b: int) -> float:
            gap = start_byte[b] - end_byte[a]
            if end_wrap[a] != start_wrap[b]:
                total = rows[a][start_class[b]] + travel * abs(end_at[a] - start_at[b])
            else:
                total = base + travel * abs(end_at[a] - start_at[b])
                if (end_at[a] < 0.5) != (start_at[b] < 0.5):  # noqa: PLR2004 - the middle
                    total += zone
                if gap < 0:
                    total += step_back
                elif total < 0.0:
                    return 0.0
            if gap >= 0 and gap < total * rate:
                return gap / rate
            return total

        return cost

    def tour_s(self, tour: Sequence[int]) -> float:
        """Seconds of locating along `tour` from the head, with the finish."""
        cost, here, total = self.cost, self.count, 0.0
        for run in tour:
            total += cost(here, run)
            here = run
        return total + self.finish[here]

    def near_starts(self, width: int) -> Near:
        """For every node the `width` cheapest runs to go to next, cheapest first.

        Looks at the nearest few starts along the tape in each of the four groups that share the
        direction and half-tape terms, and at the next run in block order (read-through).
        """
        groups: list[list[tuple[float, int]]] = [[] for _ in range(SIDES)]
        for run, kind in enumerate(self.start_class):
            groups[kind % SIDES].append((self.start_at[run], run))
        for group in groups:
            group.sort()
        cost, count = self.cost, self.count
        reach = max(2, width // 2)
        near: Near = []
        for node, at in enumerate(self.end_at):
            found = {node + 1} if node + 1 < count else set()
            for group in groups:
                place = bisect_left(group, (at, -1))
                found.update(run for _, run in group[max(0, place - reach) : place + reach])
            found.discard(node)
            near.append(sorted((cost(node, run), run) for run in found)[:width])
        return near


def _places(positions: Sequence[int], ends: Sequence[float]) -> tuple[list[int], list[float]]:
    wraps: list[int] = []
    lengths: list[float] = []
    for position in positions:
        wrap, length = wrap_and_length(ends, position)
        wraps.append(wrap)
        lengths.append(length)
    return wraps, lengths


def _classes(wraps: list[int], lengths: list[float], per_band: float) -> list[int]:
    """Band, direction and half of the tape folded into one small number."""
    return [
        int(wrap / per_band) * SIDES + wrap % 2 * 2 + (at >= 0.5)  # noqa: PLR2004 - the middle
        for wrap, at in zip(wraps, lengths, strict=True)
    ]


def _extras(drive: DriveModel) -> list[list[float]]:
    """Constant part of the locate between two different wraps, by class of end and of start."""
    kinds = range(drive.bands * SIDES)
    return [
        [
            drive.base_s
            + drive.wrap_s
            + (drive.band_s if a // SIDES != b // SIDES else 0.0)
            + (drive.direction_s if a // 2 % 2 != b // 2 % 2 else 0.0)
            + (drive.landing_zone_s if a % 2 != b % 2 else 0.0)
            for b in kinds
        ]
        for a in kinds
    ]
