"""Numbers about jobs for operators' curves."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from waystation.domains.jobs.states import JOB, JobState
from waystation.domains.jobs.store import measures
from waystation.domains.jobs.views import ClusterView
from waystation.kernel.database import Database
from waystation.kernel.measures import Measure

_STATES = ("waiting", "sent", "running")


def measured(
    database: Database, clusters: Sequence[ClusterView], *, now: datetime
) -> Iterator[Measure]:
    """All numbers; those of one name follow each other."""
    (standing,) = database.rows(measures.standing())
    words = "Requests of jobs that have not ended."
    yield Measure("requests", words, {}, float(str(standing["requests"])))
    for state in _STATES:
        words = "Jobs that have not ended: waiting here, at a cluster, running there."
        yield Measure("jobs", words, {"state": state}, float(str(standing[state])))
    for view in clusters:
        words = "Jobs of ours that a cluster has, by state."
        for state, jobs in view.mine.items():
            yield Measure("cluster_jobs", words, {"cluster": view.name, "state": state}, jobs)
    for view in clusters:
        words = "1 where a cluster takes jobs of ours now."
        yield Measure("cluster_open", words, {"cluster": view.name}, view.state == "open")
    for view in clusters:
        if view.free is not None:
            words = "Cores of a cluster that are free."
            yield Measure("cluster_free_cores", words, {"cluster": view.name}, view.free)
    yield from _late(database, now)


def _late(database: Database, now: datetime) -> Iterator[Measure]:
    late: dict[str, float] = {}
    for row in database.rows(measures.late(now=now)):
        step = JOB.rules[JobState(int(str(row["state"])))].owner or ""
        late[step] = max(late.get(step, 0.0), float(str(row["late"])))
    for step, seconds in sorted(late.items()):
        words = "How long the oldest job of a step is due and was not taken: its lag."
        yield Measure("step_late_seconds", words, {"step": f"jobs-{step}"}, seconds)
