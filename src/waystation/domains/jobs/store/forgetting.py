"""Requests that ended long ago go, with all that is known of their jobs."""

from datetime import datetime

from waystation.kernel.database import Connection, Statement, rows

# Not before folders of its runs are gone, its inputs are let go, its source has heard the last
# word of it, and whatever was to come after it is forgotten, too.
_FORGET = """
  WITH old AS (
    SELECT r.id FROM jobs_request r WHERE r.finished < %(before)s AND r.released
      AND NOT EXISTS (
        SELECT 1 FROM jobs_run u WHERE u.request_id = r.id AND u.clean_due IS NOT NULL)
      AND NOT EXISTS (
        SELECT 1 FROM jobs_fed f WHERE f.request_id = r.id AND f.due IS NOT NULL)
      AND r.id NOT IN (SELECT unnest(w.after) FROM jobs_request w WHERE w.after <> '{}')
    ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED),
  outputs AS (DELETE FROM jobs_output o USING old WHERE o.request_id = old.id),
  runs AS (DELETE FROM jobs_run u USING old WHERE u.request_id = old.id),
  jobs AS (DELETE FROM jobs_job j USING old WHERE j.request_id = old.id)
  DELETE FROM jobs_request r USING old WHERE r.id = old.id RETURNING r.id
"""


def forget(conn: Connection, *, before: datetime, limit: int) -> int:
    """Forget requests that ended before; how many. Names of sources' jobs stay known."""
    return len(rows(conn, Statement(_FORGET, {"before": before, "limit": limit})))
