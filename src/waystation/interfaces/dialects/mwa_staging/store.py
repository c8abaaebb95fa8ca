"""Statements of the dialect's own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from waystation.domains.staging.door import requests
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT, label
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

REFUSED = "mwa-staging.refused"
LOOK_UP_STEP = "mwa-look-up"
# The client must have read its 202 before the bad news comes; the old daemon waited as long.
_BAD_NEWS_AFTER_S = 2

_CLAIM = """
  UPDATE mwa_staging_lookup SET due = %(until)s WHERE job_id = (
    SELECT job_id FROM mwa_staging_lookup WHERE due <= %(now)s OR due > %(beyond)s
    ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An observation to be looked up."""

    job_id: int
    owner_id: int
    notify_url: str
    obs_id: int | None
    start_time: int
    duration: int
    tries: int = 0

    @classmethod
    def of(cls, row: Row) -> "Waiting":
        """From a row."""
        numbers = ("job_id", "owner_id", "start_time", "duration", "tries")
        known = {name: int(str(row[name])) for name in numbers}
        obs_id = None if row["obs_id"] is None else int(str(row["obs_id"]))
        return cls(notify_url=str(row["notify_url"]), obs_id=obs_id, **known)


def add_look_up(conn: Connection, job: Waiting, *, now: datetime) -> bool:
    """Write an observation down to be looked up; False when the job id waits for one already."""
    sql = """
      INSERT INTO mwa_staging_lookup (job_id, owner_id, notify_url, obs_id, start_time, duration,
        created, due) VALUES (%(job_id)s, %(owner_id)s, %(notify_url)s, %(obs_id)s,
        %(start_time)s, %(duration)s, %(now)s, %(now)s) ON CONFLICT DO NOTHING
    """
    names = ("job_id", "owner_id", "notify_url", "obs_id", "start_time", "duration")
    made = execute(conn, sql, {**{name: getattr(job, name) for name in names}, "now": now})
    wake(conn, LOOK_UP_STEP)
    return bool(made)


def looked_for(job_id: int) -> Statement:
    """The job whose observation is being looked up; no row when there is none."""
    sql = "SELECT created FROM mwa_staging_lookup WHERE job_id = %(job)s"
    return Statement(sql, {"job": job_id})


def claim(conn: Connection, *, now: datetime, lease: timedelta) -> Waiting | None:
    """Take the one that has waited longest; others pass it over until the lease ends."""
    params = {"now": now, "until": now + lease, "beyond": now + 2 * lease}
    found = rows(conn, Statement(_CLAIM, params))
    return Waiting.of(found[0]) if found else None


def later(conn: Connection, job_id: int, *, due: datetime) -> None:
    """Look it up again then."""
    sql = "UPDATE mwa_staging_lookup SET due = %(due)s, tries = tries + 1 WHERE job_id = %(job)s"
    execute(conn, sql, {"job": job_id, "due": due})


def drop_look_up(conn: Connection, job_id: int) -> bool:
    """It is done, or was taken back; False when there was none."""
    sql = "DELETE FROM mwa_staging_lookup WHERE job_id = %(job)s"
    return bool(execute(conn, sql, {"job": job_id}))


def put_odd(conn: Connection, request_id: int, pairs: Sequence[tuple[str, str]]) -> None:
    """Keep (name, path) of names that our paths do not give back."""
    sql = """
      INSERT INTO mwa_staging_oddnames (request_id, names, paths)
      VALUES (%(id)s, %(names)s, %(paths)s) ON CONFLICT DO NOTHING
    """
    names, paths = [name for name, _ in pairs], [path for _, path in pairs]
    execute(conn, sql, {"id": request_id, "names": names, "paths": paths})


def odd(request_id: int) -> Statement:
    """Those names."""
    sql = "SELECT names, paths FROM mwa_staging_oddnames WHERE request_id = %(id)s"
    return Statement(sql, {"id": request_id})


def refuse(
    conn: Connection,
    *,
    job_id: int,
    owner_id: int,
    notify_url: str,
    code: int,
    comment: str,
    errors: int = 0,
) -> None:
    """Put into the outbox that a job has ended before it had a request.

    Args:
        conn: the transaction in which that is decided.
        job_id: the client's.
        owner_id: the service account.
        notify_url: who is told; nobody when empty.
        code: 5, 100, 101 or 199.
        comment: for people.
        errors: files that were refused, which are all there are.
    """
    facts = {
        "about": label(job_id),
        "owner_id": owner_id,
        "callback": notify_url,
        "dialect": DIALECT,
        "job_id": job_id,
        "return_code": code,
        "total_files": errors,
        "ready_files": 0,
        "error_files": errors,
        "comment": comment,
        "after_s": _BAD_NEWS_AFTER_S,
    }
    text = msgspec.json.encode(facts).decode()
    outbox.post(conn, topic=REFUSED, facts="SELECT %(facts)s::jsonb", params={"facts": text})
    wake(conn, "outbox")


def forget(conn: Connection, *, limit: int) -> int:
    """Forget odd names of requests that are not there any more; how many."""
    sql = f"""
      DELETE FROM mwa_staging_oddnames WHERE request_id = ANY(ARRAY(
        SELECT o.request_id FROM mwa_staging_oddnames o
        WHERE {requests.forgotten("ARRAY[o.request_id]")} LIMIT %(limit)s))
    """
    return execute(conn, sql, {"limit": limit})
