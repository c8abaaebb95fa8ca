"""Which jobs go to a cluster next: fairly among owners, then by priority, then by age."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.jobs.states import ACTIVE, JobState
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_ACTIVE = ", ".join(f"{state:d}" for state in ACTIVE)

# The n-th job of one owner stands beside the n-th of another, whoever asked for more; beside the
# 3n-th of one whose share is three.
_CHOOSE = f"""
  WITH owners AS (
    SELECT owner_id, sum(n_sent + n_running) AS active FROM jobs_request
    WHERE finished IS NULL GROUP BY owner_id HAVING sum(n_waiting) > 0),
  heads AS (
    SELECT h.id, h.cpus, h.share, o.active + row_number() OVER (
      PARTITION BY o.owner_id ORDER BY h.priority DESC, h.request_id, h.n) AS place
    FROM owners o CROSS JOIN LATERAL (
      SELECT j.id, j.n, j.request_id, r.priority, r.cpus, r.share
      FROM jobs_request r JOIN jobs_job j
        ON j.request_id = r.id AND j.state = {JobState.READY:d} AND j.due <= %(now)s
      WHERE r.owner_id = o.owner_id AND r.finished IS NULL
        AND (r.clusters = '{{}}' OR %(name)s = ANY(r.clusters))
        AND (%(widest)s::int IS NULL OR r.cpus <= %(widest)s)
        AND (%(near)s::text[] IS NULL OR r.holders && %(near)s)
        AND (NOT %(fresh)s OR j.cluster_id IS DISTINCT FROM %(cluster)s)
      ORDER BY r.priority DESC, r.id, j.n LIMIT %(room)s) h),
  line AS (
    SELECT id, sum(cpus) OVER (ORDER BY place / share, id) AS cpus,
      row_number() OVER (ORDER BY place / share, id) AS seat
    FROM heads WHERE %(per_owner)s = 0 OR place <= %(per_owner)s)
  SELECT id FROM line WHERE seat <= %(room)s AND (%(cpus)s::int IS NULL OR cpus <= %(cpus)s)
  ORDER BY seat
"""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('jobs-place')) AS mine"


def alone(conn: Connection) -> bool:
    """Whether nobody else places jobs in this moment."""
    return bool(rows(conn, Statement(_LOCK, {}))[0]["mine"])


def choose(
    conn: Connection,
    cluster: Row,
    *,
    room: int,
    cpus: int | None,
    per_owner: int,
    near: Sequence[str] | None,
    fresh: bool,
    now: datetime,
) -> list[int]:
    """Jobs for a cluster, in the order in which they go.

    Args:
        conn: a transaction.
        cluster: its row.
        room: at most so many jobs.
        cpus: at most so many cores together; None does not count.
        per_owner: jobs of one account that clusters may have; 0 is no limit.
        near: only jobs with files in these spaces and stores; None is all.
        fresh: none whose last run was there.
        now: the moment.
    """
    params = {"name": cluster["name"], "cluster": cluster["id"], "room": room, "cpus": cpus}
    # Nothing waits at the head of a line for cores that are not there at all.
    more = {"widest": cluster["slots"], "per_owner": per_owner, "fresh": fresh, "now": now}
    beside = {"near": None if near is None else list(near)}
    found = rows(conn, Statement(_CHOOSE, {**params, **more, **beside}))
    return [int(str(row["id"])) for row in found]


def taken(conn: Connection) -> dict[int, tuple[int, int, int]]:
    """Of each cluster: jobs of ours that it has, their cores, and those that run or are sent."""
    sql = f"""
      SELECT j.cluster_id, count(*) AS jobs, sum(r.cpus) AS cpus,
        coalesce(sum(r.cpus) FILTER (WHERE j.state <> {JobState.RUNNING:d}), 0) AS coming
      FROM jobs_job j JOIN jobs_request r ON r.id = j.request_id
      WHERE j.state IN ({_ACTIVE}) AND j.due IS NOT NULL
      GROUP BY j.cluster_id
    """
    return {
        int(str(row["cluster_id"])): (
            int(str(row["jobs"])),
            int(str(row["cpus"])),
            int(str(row["coming"])),
        )
        for row in rows(conn, Statement(sql, {}))
    }


def cores(conn: Connection, ids: Sequence[int]) -> int:
    """Cores of these jobs together."""
    sql = """
      SELECT coalesce(sum(r.cpus), 0) AS n FROM jobs_job j JOIN jobs_request r
      ON r.id = j.request_id WHERE j.id = ANY(%(ids)s)
    """
    return int(str(rows(conn, Statement(sql, {"ids": list(ids)}))[0]["n"]))


def asked(conn: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """Clusters are asked for these runs: written down before they are."""
    sql = "UPDATE jobs_job SET asked = true, sent = %(now)s WHERE id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(ids), "now": now})
