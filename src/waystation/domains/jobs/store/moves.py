"""Jobs move on by compare-and-set; the counters of their requests by the same statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from waystation.domains.jobs.states import COUNTED, ENDED, JOB, JobState
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Statement, Value, rows
from waystation.kernel.waking import wake

TOPIC = "job-request.ended"
"""Topic of what is told when a request has nothing left to wait for."""
CHANNEL = "way_jobs"
"""Where PostgreSQL tells numbers of requests that have news, for whoever follows them."""

_LEFT = {name: ", ".join(f"{state:d}" for state in states) for name, states in COUNTED.items()}
_SUMS = ", ".join(
    f"count(*) FILTER (WHERE %(new)s IN ({codes}))"
    f" - count(*) FILTER (WHERE state IN ({codes})) AS {name}"
    for name, codes in _LEFT.items()
)
_ADD = ", ".join(f"{name} = r.{name} + d.{name}" for name in COUNTED)

_MOVE = """
  WITH told AS (SELECT * FROM unnest({arrays}) AS t({names})),
  old AS (
    SELECT j.id, j.request_id, j.state FROM jobs_job j JOIN told USING (id)
    WHERE j.state = ANY(%(sources)s) {same_run} ORDER BY j.id FOR UPDATE OF j),
  new AS (
    UPDATE jobs_job j SET state = %(new)s, due = %(due)s, tries = 0,
      changed = CASE WHEN old.state = %(new)s THEN j.changed ELSE %(now)s END {sets}
    FROM old JOIN told USING (id) {source} WHERE j.id = old.id {where} RETURNING j.id),
  sums AS (SELECT request_id, {sums} FROM old GROUP BY request_id),
  counted AS (
    UPDATE jobs_request r SET {add} FROM sums d WHERE r.id = d.request_id
    RETURNING pg_notify('{channel}', r.id::text))
  SELECT old.id, old.request_id FROM old
"""

_END = """
  UPDATE jobs_request SET finished = %(now)s, due = NULL
  WHERE id = ANY(ARRAY(
    SELECT id FROM jobs_request WHERE id = ANY(%(ids)s) AND finished IS NULL
      AND n_waiting = 0 AND n_sent = 0 AND n_running = 0 ORDER BY id FOR UPDATE))
  RETURNING id
"""

_FACTS = """
  SELECT jsonb_build_object('owner_id', owner_id, 'request_id', id, 'name', name, 'jobs', jobs,
    'done', n_done, 'failed', n_failed, 'cancelled', n_cancelled)
  FROM jobs_request WHERE id = ANY(%(ids)s)
"""

Columns = Mapping[str, tuple[str, Sequence[object]]]


def move(
    conn: Connection,
    new: JobState,
    ids: Sequence[int],
    *,
    now: datetime,
    due: datetime | None,
    columns: Columns | None = None,
    sets: str = "",
    source: str = "",
    where: str = "",
    same: bool = False,
    attempts: Sequence[object] | None = None,
    **params: Value,
) -> list[int]:
    """Compare-and-set many jobs into one state; ids of those that moved.

    Args:
        conn: a transaction.
        new: their state.
        ids: which.
        now: the moment.
        due: when they are looked at next.
        columns: name -> SQL type and one value a job, in the order of `ids`.
        sets: more columns alike for all, `, column = %(name)s`.
        source: one more table for `sets`, `, table t`.
        where: how that is joined, `AND …`.
        same: jobs that are in the state already get the columns too.
        attempts: numbers of the runs that this is news of, one a job: a job that has begun another
            run meanwhile is left alone. None is news of the job itself.
        params: of these.
    """
    if not ids:
        return []
    given: dict[str, tuple[str, Sequence[object]]] = {"id": ("bigint", ids), **(columns or {})}
    if attempts is not None:
        given["run"] = ("int", attempts)
    sql = _MOVE.format(
        arrays=", ".join(f"%(c_{name})s::{kind}[]" for name, (kind, _) in given.items()),
        names=", ".join(given),
        same_run="" if attempts is None else "AND j.attempt = told.run",
        sets=sets + "".join(f", {name} = told.{name}" for name in columns or {}),
        source=source,
        where=where,
        sums=_SUMS,
        add=_ADD,
        channel=CHANNEL,
    )
    values = {f"c_{name}": list(each) for name, (_, each) in given.items()}
    sources = [*JOB.sources(new), *([int(new)] if same else [])]
    known = {"new": int(new), "sources": sources, "now": now, "due": due}
    moved = rows(conn, Statement(sql, {**params, **values, **known}))
    if new in ENDED:
        end(conn, sorted({int(str(row["request_id"])) for row in moved}), now=now)
    return [int(str(row["id"])) for row in moved]


def stopped(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Those of these jobs that somebody wants stopped; no other is until this transaction ends."""
    sql = "SELECT id, stop FROM jobs_job WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
    return {int(str(r["id"])) for r in rows(conn, Statement(sql, {"ids": list(ids)})) if r["stop"]}


def end(conn: Connection, requests: Sequence[int], *, now: datetime) -> None:
    """Requests that have nothing left to wait for are finished, and their owners told."""
    if not requests:
        return
    found = rows(conn, Statement(_END, {"ids": list(requests), "now": now}))
    if found:
        ids: list[object] = [row["id"] for row in found]
        outbox.post(conn, topic=TOPIC, facts=_FACTS, params={"ids": ids})
        wake(conn, "jobs-release")
