"""What steps take to work on: due, and theirs until a lease ends."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store.moves import CHANNEL
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_JOBS = """
  UPDATE jobs_job SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT id FROM jobs_job
    WHERE cluster_id = %(cluster)s AND state = ANY(%(states)s) AND due <= %(now)s
    ORDER BY due LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING *
"""

_REQUESTS = """
  UPDATE jobs_request SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT id FROM jobs_request WHERE due <= %(now)s
    ORDER BY due LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING *
"""

# Two may take the same: to clean twice is to clean.
_RUNS = """
  UPDATE jobs_run SET clean_due = %(until)s WHERE (job_id, attempt) IN (
    SELECT job_id, attempt FROM jobs_run
    WHERE cluster_id = %(cluster)s AND clean_due <= %(now)s ORDER BY clean_due LIMIT %(limit)s)
  RETURNING *
"""


def jobs(
    conn: Connection,
    cluster: int,
    states: Sequence[JobState],
    *,
    now: datetime,
    until: datetime,
    limit: int,
) -> list[Row]:
    """Jobs at a cluster that are due."""
    params = {"cluster": cluster, "states": [int(s) for s in states], "now": now, "until": until}
    found = rows(conn, Statement(_JOBS, {**params, "limit": limit}))
    return sorted(found, key=lambda row: int(str(row["id"])))


def requests(conn: Connection, *, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Requests whose inputs are to be looked at."""
    return rows(conn, Statement(_REQUESTS, {"now": now, "until": until, "limit": limit}))


def runs(
    conn: Connection, cluster: int, *, now: datetime, until: datetime, limit: int
) -> list[Row]:
    """Runs that are over and whose folders are to go."""
    params = {"cluster": cluster, "now": now, "until": until, "limit": limit}
    return rows(conn, Statement(_RUNS, params))


def cleaned(conn: Connection, found: Sequence[Row]) -> None:
    """Their folders are gone."""
    sql = """
      UPDATE jobs_run r SET clean_due = NULL
      FROM unnest(%(jobs)s::bigint[], %(attempts)s::int[]) AS t(job_id, attempt)
      WHERE r.job_id = t.job_id AND r.attempt = t.attempt
    """
    jobs, attempts = [r["job_id"] for r in found], [r["attempt"] for r in found]
    execute(conn, sql, {"jobs": jobs, "attempts": attempts})


def put_off(
    conn: Connection, ids: Sequence[int], *, due: datetime, words: str | None = None
) -> None:
    """Jobs are looked at again when due, in the state in which they are; the words say why."""
    sql = """
      UPDATE jobs_job SET due = %(due)s, words = coalesce(%(words)s, words), tries = tries + 1
      WHERE id = ANY(%(ids)s) AND due IS NOT NULL
    """
    execute(conn, sql, {"ids": list(ids), "due": due, "words": words})


def again(conn: Connection, ids: Sequence[int], *, due: datetime) -> None:
    """Nothing is new of these runs; looked at again when due."""
    sql = """
      UPDATE jobs_job SET due = %(due)s, tries = 0
      WHERE id = ANY(%(ids)s) AND due IS NOT NULL
    """
    execute(conn, sql, {"ids": list(ids), "due": due})


def keep(conn: Connection, ids: Sequence[int], state: JobState, *, until: datetime) -> None:
    """Jobs that are still worked on stay ours; those that have moved on are let go."""
    sql = """
      UPDATE jobs_job SET due = %(until)s
      WHERE id = ANY(%(ids)s) AND state = %(state)s AND due IS NOT NULL
    """
    execute(conn, sql, {"ids": list(ids), "state": int(state), "until": until})


def request_later(
    conn: Connection, request: int, *, due: datetime | None, words: str = "", tried: bool = False
) -> None:
    """A request's inputs are looked at again when due; None when nothing more is to come.

    Who follows it is told only of other words: it is looked at every few seconds while it waits.
    """
    sql = f"""
      UPDATE jobs_request r SET due = %(due)s, words = %(words)s,
        tries = CASE WHEN %(tried)s THEN r.tries + 1 ELSE 0 END
      FROM (SELECT id, words FROM jobs_request WHERE id = %(id)s) was
      WHERE r.id = was.id
      RETURNING CASE WHEN was.words <> r.words THEN pg_notify('{CHANNEL}', r.id::text) END
    """
    rows(conn, Statement(sql, {"id": request, "due": due, "words": words, "tried": tried}))
