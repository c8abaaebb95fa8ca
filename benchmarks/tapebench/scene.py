"""Everything a run is made of: archive, trace, bound, library; the same for every policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.tapebench.archive import Archive, make_archive, tape_name
from benchmarks.tapebench.bounds import makespan_bound_s
from benchmarks.tapebench.scheduler import Recall
from benchmarks.tapebench.traces import Trace, make_trace
from benchmarks.tapebench.world import recalls_of
from waystation.domains.staging.planner.drive import PROFILES, DriveModel
from waystation_sim.library import Library

ARCHIVE_SEED, TRACE_SEED, ROBOTS = 100, 200, 2


@dataclass(frozen=True, slots=True)
class Scene:
    """One trace of one seed before one kind of library.

    `dsn` starts the database for the rows that need one, the first time it is called.
    """

    trace: Trace
    recalls: Sequence[Recall]
    bound_s: float
    profile: str
    drives: int
    tapes: int
    dsn: Callable[[], str]

    @property
    def drive(self) -> DriveModel:
        """What the planner takes the drives for."""
        return PROFILES[self.profile]

    def library(self) -> Library:
        """A new one, nothing mounted."""
        tapes = [tape_name(number) for number in range(self.tapes)]
        return Library(self.profile, drives=self.drives, robots=ROBOTS, tapes=tapes)


def scene(trace: str, seed: int, profile: str, drives: int, dsn: Callable[[], str]) -> Scene:
    """The scene of the seeds 100 + `seed` and 200 + `seed`."""
    made, recalls, bound_s = _work(trace, seed, profile, drives)
    tapes = _archive(seed, profile).tapes
    return Scene(made, recalls, bound_s, profile, drives, tapes, dsn)


@cache
def _archive(seed: int, profile: str) -> Archive:
    return make_archive(ARCHIVE_SEED + seed, capacity_bytes=PROFILES[profile].capacity_bytes)


@cache
def _work(trace: str, seed: int, profile: str, drives: int) -> tuple[Trace, list[Recall], float]:
    made = make_trace(_archive(seed, profile), trace, TRACE_SEED + seed)
    return made, recalls_of(made), makespan_bound_s(made, PROFILES[profile], drives)
