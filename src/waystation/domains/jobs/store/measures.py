"""How much is under way, and how late each step is."""

from datetime import datetime

from waystation.kernel.database import Statement


def standing() -> Statement:
    """Jobs that have not ended, by the counters of their requests."""
    sql = """
      SELECT count(*) AS requests, coalesce(sum(n_waiting), 0) AS waiting,
        coalesce(sum(n_sent), 0) AS sent, coalesce(sum(n_running), 0) AS running
      FROM jobs_request WHERE finished IS NULL
    """
    return Statement(sql, {})


def late(*, now: datetime) -> Statement:
    """By state, for how long (s) the oldest job is due that no step took."""
    sql = """
      SELECT state, greatest(0, extract(epoch FROM %(now)s - min(due))) AS late
      FROM jobs_job WHERE due IS NOT NULL GROUP BY state
    """
    return Statement(sql, {"now": now})
