"""Requests that ended long ago go, with their files and events."""

from datetime import datetime

from waystation.domains.staging.states import RequestState
from waystation.kernel.database import Connection, Statement, rows

# Not while a file of it is held: its pin is what keeps it on disk.
_OVER = f"""
  r.state <> {RequestState.ACTIVE:d} AND r.finished < %(before)s AND r.n_online = 0
  AND r.n_waiting + r.n_queued + r.n_recalling = 0
"""

# As many as have so many files together, the oldest first; one with more than that by itself.
_FORGET = f"""
  WITH old AS (
    SELECT r.id, r.files, sum(r.files) OVER (ORDER BY r.finished, r.id) AS so_far FROM (
      SELECT r.id, r.files, r.finished FROM staging_request r
      JOIN catalogue_store s ON s.id = r.store_id
      WHERE s.backend = %(backend)s AND {_OVER}
      ORDER BY r.finished, r.id LIMIT %(limit)s) r),
  gone AS (
    DELETE FROM staging_request WHERE id = ANY(ARRAY(
      SELECT r.id FROM staging_request r JOIN old USING (id)
      WHERE (old.so_far <= %(files)s OR old.so_far = old.files) AND {_OVER}
      ORDER BY r.id FOR UPDATE OF r SKIP LOCKED))
    RETURNING id),
  items AS (DELETE FROM staging_item i USING gone WHERE i.request_id = gone.id),
  events AS (DELETE FROM staging_event e USING gone WHERE e.request_id = gone.id)
  SELECT id FROM gone
"""


def forget(conn: Connection, *, backend: str, before: datetime, limit: int, files: int) -> int:
    """Forget requests of a tape system that ended before, at most `limit`, of about `files`."""
    params = {"backend": backend, "before": before, "limit": limit, "files": files}
    return len(rows(conn, Statement(_FORGET, params)))
