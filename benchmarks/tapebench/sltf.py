"""Shortest locate time first, CERN CTA's software order for LTO drives: naive greedy, O(n^2)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.tapebench.scheduler import Recall
from waystation.domains.staging.planner.drive import DriveModel

Floats = npt.NDArray[np.float64]


def along(drive: DriveModel, position: Floats) -> tuple[Floats, Floats]:
    """Wrap and length (0..1) of positions on a cartridge with equal wraps."""
    size = drive.capacity_bytes / drive.wraps
    wrap = np.minimum(np.floor(position / size), drive.wraps - 1)
    share = np.clip(position / size - wrap, 0.0, 1.0)
    return wrap, np.where(wrap % 2 == 1, 1.0 - share, share)


def locate_matrix(drive: DriveModel, frm: Floats, to: Floats) -> Floats:
    """`locate_s` from each of `frm` to each of `to`, for whole arrays."""
    (wrap_a, at_a), (wrap_b, at_b) = along(drive, frm[:, None]), along(drive, to[None, :])
    other = wrap_a != wrap_b
    per_band = drive.wraps / drive.bands
    band = np.floor(wrap_a / per_band) != np.floor(wrap_b / per_band)
    gap = (to[None, :] - frm[:, None]) / drive.rate_bytes_s
    cost = drive.base_s + drive.full_seek_s * np.abs(at_a - at_b)
    cost += np.where((at_a < 0.5) != (at_b < 0.5), drive.landing_zone_s, 0.0)
    cost += np.where(other, drive.wrap_s, 0.0) + np.where(other & band, drive.band_s, 0.0)
    cost += np.where(wrap_a % 2 != wrap_b % 2, drive.direction_s, 0.0)
    cost += np.where(~other & (gap < 0), drive.step_back_s, 0.0)
    cost = np.maximum(cost, 0.0)
    return np.where((gap >= 0) & (gap < cost), gap, cost)


def shortest_locate_first(recalls: Sequence[Recall], head: int, drive: DriveModel) -> list[int]:
    """Indices of the recalls, each time the one that can be reached soonest."""
    starts = np.array([recall.start for recall in recalls], dtype=float)
    ends = np.array([recall.start + recall.length for recall in recalls], dtype=float)
    first = locate_matrix(drive, np.array([float(head)]), starts)[0]
    matrix = locate_matrix(drive, ends, starts)
    order: list[int] = []
    row = first
    for _ in range(len(recalls)):
        here = int(row.argmin())
        order.append(here)
        matrix[:, here] = first[here] = np.inf
        row = matrix[here]
    return order
