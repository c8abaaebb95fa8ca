"""Clusters: those of the settings, and how they were seen."""

from collections.abc import Mapping
from datetime import datetime

from waystation.domains.jobs.entities import Depth
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_KEEP = """
  INSERT INTO jobs_cluster (name, kind, most, queues, due)
  VALUES (%(name)s, %(kind)s, %(most)s, %(queues)s, %(now)s)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, most = excluded.most,
    queues = excluded.queues, due = excluded.due
  RETURNING *
"""


def keep(conn: Connection, name: str, *, kind: str, most: int, queues: bool, now: datetime) -> Row:
    """The row of a cluster of the settings, made or brought up to date."""
    params = {"name": name, "kind": kind, "most": most, "queues": queues, "now": now}
    return rows(conn, Statement(_KEEP, params))[0]


def every() -> Statement:
    """All of them, by name."""
    return Statement("SELECT * FROM jobs_cluster ORDER BY name", {})


def seen(conn: Connection, cluster: int, depth: Depth, *, now: datetime) -> None:
    """How full it is now."""
    sql = """
      UPDATE jobs_cluster SET slots = %(slots)s, free = %(free)s, queued = %(queued)s,
        running = %(running)s, open = %(open)s, words = %(words)s, seen = %(now)s
      WHERE id = %(id)s
    """
    params: Mapping[str, object] = {
        "id": cluster,
        "slots": depth.slots,
        "free": depth.free,
        "queued": depth.queued,
        "running": depth.running,
        "open": depth.open,
        "words": depth.words,
        "now": now,
    }
    execute(conn, sql, params)


def silent(conn: Connection, cluster: int, words: str) -> None:
    """It does not answer: nothing new goes there, what it has is left as it was."""
    sql = "UPDATE jobs_cluster SET open = false, words = %(words)s WHERE id = %(id)s"
    execute(conn, sql, {"id": cluster, "words": words})


def drain(conn: Connection, name: str, *, drained: bool) -> bool:
    """No new jobs for it, or again; False when there is no such cluster."""
    sql = "UPDATE jobs_cluster SET drained = %(drained)s WHERE name = %(name)s"
    return bool(execute(conn, sql, {"name": name, "drained": drained}))
