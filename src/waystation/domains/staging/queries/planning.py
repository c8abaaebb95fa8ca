"""What the planner reads: running totals, busy tapes, usage; never a row a file."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.staging.states import ListStage, RecallState, RequestState
from waystation.kernel.database import Statement

_TOTALS = """
  SELECT q.tape, q.owner_id, q.files, q.bytes, extract(epoch FROM q.oldest)::float8 AS oldest_s,
         q.arrival_sum_s, q.priority
  FROM staging_queue q WHERE q.backend = %(backend)s AND q.files > 0
"""

_OPEN = f"""
  SELECT id, tape, files, files - n_online - n_failed AS left_files, created, sent, predicted_s
  FROM staging_recalllist
  WHERE backend = %(backend)s AND stage <> {ListStage.ENDED:d}
"""

_IDLE = """
  SELECT d->>'tape' AS tape FROM staging_tapesystem t, jsonb_array_elements(t.drives) d
  WHERE t.name = %(backend)s AND t.seen >= %(fresh)s AND d->>'state' = 'idle'
    AND d->>'tape' IS NOT NULL
"""

_USAGE = """
  SELECT u.owner_id, a.username, u.at,
    u.used_s * power(0.5, greatest(0, extract(epoch FROM %(now)s - u.at)) / %(half_life_s)s)
      ::float8 AS used_s
  FROM staging_usage u JOIN accounts_user a ON a.id = u.owner_id WHERE u.backend = %(backend)s
"""

_MOUNTS = """
  SELECT count(*) AS mounts FROM staging_recalllist
  WHERE backend = %(backend)s AND created > %(since)s
"""

_MEMBERS = f"""
  SELECT r.id, r.path, r.tries FROM staging_recall r
  WHERE r.list_id = %(list)s AND r.state = {RecallState.LISTED:d}
  ORDER BY r.list_n, r.position, r.path
"""


def totals(backend: str) -> Statement:
    """What waits, by tape and owner."""
    return Statement(_TOTALS, {"backend": backend})


def idle(backend: str, *, fresh: datetime) -> Statement:
    """Tapes that idle drives hold, if seen since `fresh`."""
    return Statement(_IDLE, {"backend": backend, "fresh": fresh})


def accounts(names: Sequence[str]) -> Statement:
    """Ids of accounts by name."""
    sql = "SELECT id, username FROM accounts_user WHERE username = ANY(%(names)s)"
    return Statement(sql, {"names": list(names)})


def open_lists(backend: str) -> Statement:
    """Lists on their way: their tapes are busy."""
    return Statement(_OPEN, {"backend": backend})


def usage(backend: str, *, now: datetime, half_life_s: float) -> Statement:
    """Drive seconds that owners used, as they count at this moment."""
    return Statement(_USAGE, {"backend": backend, "now": now, "half_life_s": half_life_s})


def mounts(backend: str, *, since: datetime) -> Statement:
    """Lists begun since a moment: as many mounts, when no tape stayed in its drive."""
    return Statement(_MOUNTS, {"backend": backend, "since": since})


def sought(backend: str) -> Statement:
    """Whether more files are on their way to their tapes' queues: one row if there are any."""
    sql = f"""
      SELECT 1 AS one WHERE EXISTS (
        SELECT FROM staging_recall
        WHERE backend = %(backend)s AND state = {RecallState.NEW:d}
          AND list_id IS NULL AND due IS NOT NULL)
      OR EXISTS (
        SELECT FROM staging_request r JOIN catalogue_store s ON s.id = r.store_id
        WHERE r.state = {RequestState.ACTIVE:d} AND r.joined < r.files
          AND s.backend = %(backend)s)
    """
    return Statement(sql, {"backend": backend})


def members(list_id: int) -> Statement:
    """Files of a list that are still out, in the order wanted."""
    return Statement(_MEMBERS, {"list": list_id})


def unwanted(backend: str) -> Statement:
    """Files at the tape system that nobody waits for any more, with their list's handle.

    Those that were named before are named again beside a new one: some systems can only stop a
    whole list, and only when all that is left of it is named at once.
    """
    sql = f"""
      SELECT l.id, l.handle, array_agg(r.path) AS paths, array_agg(r.id) AS ids
      FROM staging_recall r JOIN staging_recalllist l ON l.id = r.list_id
      WHERE l.backend = %(backend)s AND l.stage = {ListStage.SENT:d} AND r.unwanted
        AND r.state = {RecallState.LISTED:d}
      GROUP BY l.id, l.handle HAVING NOT bool_and(r.told) LIMIT 16
    """
    return Statement(sql, {"backend": backend})
