"""Taking jobs of a cluster to work on: they stay ours as long as this process lives and works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

from waystation.domains.jobs.controller.desk import Cluster, Desk
from waystation.domains.jobs.states import JOB, JobState
from waystation.domains.jobs.store import claims
from waystation.kernel.database import Row
from waystation.kernel.errors import UnavailableError


@contextmanager
def taken(desk: Desk, cluster: Cluster, state: JobState, limit: int) -> Iterator[list[Row]]:
    """Jobs that are due in a state, for as long as the work takes.

    A file of a terabyte is copied for longer than any lease; who dies gives all back after one.
    """
    number, now, until = desk.id(cluster), desk.now(), desk.until()
    found = desk.database.run(
        lambda conn: claims.jobs(conn, number, [state], now=now, until=until, limit=limit)
    )
    if not found:
        yield found
        return
    over = Event()
    keeper = Thread(target=_keep, args=(desk, ids(found), state, over), name="jobs-keep")
    keeper.start()
    try:
        yield found
    finally:
        over.set()
        keeper.join()


def late(desk: Desk, row: Row) -> bool:
    """Whether a job has been in its state for longer than the table of states lets it."""
    deadline, since = JOB.rules[JobState(int(str(row["state"])))].deadline, row["changed"]
    return deadline is not None and desk.now() - since > deadline  # type: ignore[operator]


def ids(found: Sequence[Row]) -> list[int]:
    """Of these jobs."""
    return [int(str(row["id"])) for row in found]


def attempts(found: Sequence[Row]) -> list[int]:
    """Numbers of the runs that these jobs had when they were taken."""
    return [int(str(row["attempt"])) for row in found]


def tries(found: Sequence[Row]) -> int:
    """How often the one of them that was tried most has been tried, with this time."""
    return 1 + max(int(str(row["tries"])) for row in found)


def _keep(desk: Desk, found: Sequence[int], state: JobState, over: Event) -> None:
    while not over.wait(desk.policy.lease.total_seconds() / 3):
        try:
            desk.database.run(partial(claims.keep, ids=found, state=state, until=desk.until()))
        except UnavailableError:
            continue  # the lease is longer than one such moment
