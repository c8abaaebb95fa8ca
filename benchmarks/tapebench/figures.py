"""The numbers of one run: how long people waited and how busy the drives were."""

from dataclasses import dataclass

import numpy as np

from benchmarks.tapebench.traces import FIRST_LIGHT, HEAVY, Trace
from benchmarks.tapebench.world import Outcome

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One run in hours; `vs_bound` is makespan over LB1."""

    makespan_h: float
    vs_bound: float
    mean_h: float
    p50_h: float
    p95_h: float
    max_h: float
    longest_list_h: float
    light_mean_h: float
    heavy_mean_h: float
    worst_user: float
    """Largest mean wait of a user over the median user's."""
    mounts: int
    mounts_per_tape_day: float
    streaming: float
    """Part of all drive time spent reading."""
    cpu_s: float
    wall_s: float


def figures_of(trace: Trace, outcome: Outcome, bound_s: float) -> Figures:
    """Summarise one run."""
    wait = (outcome.done_s - trace.arrived_s) / HOUR_S
    makespan = float(outcome.done_s.max())
    by_user = [float(wait[trace.user == user].mean()) for user in np.unique(trace.user)]
    tapes = np.unique(trace.tape).size
    return Figures(
        makespan_h=makespan / HOUR_S,
        vs_bound=makespan / bound_s,
        mean_h=float(wait.mean()),
        p50_h=float(np.median(wait)),
        p95_h=float(np.percentile(wait, 95)),
        max_h=float(wait.max()),
        longest_list_h=outcome.longest_list_s / HOUR_S,
        light_mean_h=float(wait[trace.user >= FIRST_LIGHT].mean()),
        heavy_mean_h=float(wait[trace.user == HEAVY].mean()),
        worst_user=max(by_user) / float(np.median(by_user)),
        mounts=outcome.mounts,
        mounts_per_tape_day=outcome.mounts / tapes / (makespan / (24 * HOUR_S)),
        streaming=outcome.read_s / (outcome.drives * makespan),
        cpu_s=outcome.cpu_s,
        wall_s=outcome.wall_s,
    )
