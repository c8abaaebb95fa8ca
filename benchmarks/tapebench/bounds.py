"""What no policy can beat: lower bounds of a tape's tour and of a whole trace."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from benchmarks.tapebench.sltf import locate_matrix
from benchmarks.tapebench.traces import Trace
from waystation.domains.staging.planner.drive import DriveModel

FORBIDDEN = 1e9


def locate_bound_s(
    drive: DriveModel, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> float:
    """Least locating to read all files once from the beginning of the tape.

    The assignment-problem relaxation of the path: each file is entered from the head or from the
    end of another file, each end is left at most once. Also valid when the list is served in
    several mounts: rewind, unload, exchange, load and the locate from the beginning cost more
    than the single locate they replace.
    """
    ends = np.concatenate([[0.0], (starts + lengths).astype(float)])
    steps = locate_matrix(drive, ends, starts.astype(float))
    count = starts.size
    cost = np.full((count + 1, count + 1), FORBIDDEN)
    cost[:, :count] = steps
    cost[np.arange(1, count + 1), np.arange(count)] = FORBIDDEN
    cost[1:, count] = 0.0  # the last file leads nowhere
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].sum())


def read_s(drive: DriveModel, lengths: npt.NDArray[np.int64]) -> float:
    """Streaming and fixed per-file time."""
    return float(lengths.sum()) / drive.rate_bytes_s + lengths.size * drive.per_file_s


def makespan_bound_s(trace: Trace, drive: DriveModel, drives: int) -> float:
    """LB1: reading, a load and half an exchange for each tape, its locate bound; over all drives.

    Half an exchange, because the first mount of a drive brings a tape and takes none away. Nothing
    can end before it arrived, so the last arrival is a bound too.
    """
    work = read_s(drive, trace.length)
    for tape in np.unique(trace.tape):
        here = trace.tape == tape
        work += drive.exchange_s / 2 + drive.load_s
        work += locate_bound_s(drive, trace.start[here], trace.length[here])
    return max(work / drives, float(trace.arrived_s.max()))
