"""What people change: jobs are stopped, or run again."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.jobs.states import ACTIVE, JobState
from waystation.domains.jobs.store import moves
from waystation.kernel.database import Connection, Statement, execute, rows
from waystation.kernel.waking import wake

_ENDED = (JobState.FAILED, JobState.CANCELLED, JobState.LOST)
_WAITING = (JobState.QUEUED, JobState.STAGING, JobState.READY)
_KEPT = (JobState.SENDING, JobState.FINISHING)


def cancel(
    conn: Connection, requests: Sequence[int], numbers: Sequence[int] = (), *, now: datetime
) -> int:
    """Those that wait are cancelled; those that clusters have are to be stopped. How many.

    Args:
        conn: a transaction.
        requests: of jobs.
        numbers: of jobs in each; empty is all.
        now: the moment.
    """
    # What waits is held first: so it is cancelled here, or was placed before and is found below.
    # Who hands a run over, or brings its results home, is left alone with it, and sees it after.
    sql = """
      UPDATE jobs_job SET stop = true,
        due = CASE WHEN state = ANY(%(kept)s) THEN due ELSE %(now)s END
      WHERE request_id = ANY(%(ids)s) AND state = ANY(%(states)s) AND NOT stop
        AND (%(numbers)s::int[] = '{}' OR n = ANY(%(numbers)s)) RETURNING cluster_id
    """
    waiting = _some(conn, requests, _WAITING, numbers)
    ended = moves.move(conn, JobState.CANCELLED, waiting, now=now, due=None, sets=", words = ''")
    params = {"ids": list(requests), "states": [int(s) for s in ACTIVE], "numbers": list(numbers)}
    kept = [int(state) for state in _KEPT]
    stopped = rows(conn, Statement(sql, {**params, "kept": kept, "now": now}))
    for name in ("watch", "send"):
        for cluster in _names(conn, {int(str(row["cluster_id"])) for row in stopped}):
            wake(conn, f"jobs-{name}-{cluster}")
    return len(ended) + len(stopped)


def retry(
    conn: Connection, requests: Sequence[int], numbers: Sequence[int] = (), *, now: datetime
) -> int:
    """Those that did not end well go on from the start, with as many runs again. How many."""
    found = _some(conn, requests, _ENDED, numbers)
    moved = moves.move(
        conn, JobState.QUEUED, found, now=now, due=None,
        sets=", stop = false, words = '', attempts = j.attempt + (r.wish->>'attempts')::int",
        source=", jobs_request r", where=" AND r.id = j.request_id",
    )  # fmt: skip
    if moved:
        sql = """
          UPDATE jobs_request SET finished = NULL, released = false, due = %(now)s, words = ''
          WHERE id IN (SELECT request_id FROM jobs_job WHERE id = ANY(%(jobs)s))
        """
        execute(conn, sql, {"jobs": moved, "now": now})
        wake(conn, "jobs-gather")
    return len(moved)


def _some(
    conn: Connection, requests: Sequence[int], states: Sequence[JobState], numbers: Sequence[int]
) -> list[int]:
    sql = """
      SELECT id FROM jobs_job WHERE request_id = ANY(%(ids)s) AND state = ANY(%(states)s)
        AND (%(numbers)s::int[] = '{}' OR n = ANY(%(numbers)s)) ORDER BY id FOR UPDATE
    """
    params = {"ids": list(requests), "states": [int(s) for s in states], "numbers": list(numbers)}
    return [int(str(row["id"])) for row in rows(conn, Statement(sql, params))]


def _names(conn: Connection, clusters: set[int]) -> list[str]:
    sql = "SELECT name FROM jobs_cluster WHERE id = ANY(%(ids)s)"
    return [str(r["name"]) for r in rows(conn, Statement(sql, {"ids": sorted(clusters)}))]
