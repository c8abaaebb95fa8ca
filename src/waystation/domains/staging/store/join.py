"""Join waiting items to the one recall of their file, thousands at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.staging.states import ItemState, RecallState, RequestState
from waystation.domains.staging.store.moves import move
from waystation.kernel import statistics
from waystation.kernel.database import Connection, Statement, Value, execute, rows
from waystation.kernel.waking import wake

_NEXT = f"""
  SELECT r.id, r.store_id, r.owner_id, r.priority, r.created, r.joined, r.files, r.library,
    s.backend
  FROM staging_request r JOIN catalogue_store s ON s.id = r.store_id
  WHERE r.state = {RequestState.ACTIVE:d} AND r.joined < r.files
  ORDER BY r.priority DESC, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED
"""

# Sorted by path, so that two requests for the same files take the recalls in the same order.
# A recall that is held (on disk already) is looked at again before the new item hears of it.
_RECALLS = f"""
  INSERT INTO staging_recall AS r
    (store_id, path, backend, owner_id, priority, created, due, state, library)
  SELECT %(store)s, path, %(backend)s, %(owner)s, %(priority)s, %(created)s, %(now)s,
         {RecallState.NEW:d}, nullif(%(library)s::text, '')
  FROM staging_item
  WHERE request_id = %(request)s AND n > %(low)s AND n <= %(high)s
    AND state = {ItemState.WAITING:d}
  ORDER BY path
  ON CONFLICT (store_id, path) DO UPDATE SET
    unwanted = false, told = false,
    priority = greatest(r.priority, excluded.priority),
    state = CASE WHEN r.state = {RecallState.HELD:d} THEN {RecallState.NEW:d} ELSE r.state END,
    due = CASE WHEN r.state = {RecallState.HELD:d} THEN excluded.due ELSE r.due END,
    list_id = CASE WHEN r.state <> {RecallState.HELD:d} THEN r.list_id END
  RETURNING r.id, r.path, r.state, r.bytes
"""

_MOVED = f"""
  recall AS ({_RECALLS}), moved AS (
    UPDATE staging_item i SET recall_id = recall.id,
      state = CASE WHEN recall.state = {RecallState.LISTED:d} THEN {ItemState.RECALLING:d}
              ELSE {ItemState.QUEUED:d} END
    FROM recall
    WHERE i.request_id = %(request)s AND i.n > %(low)s AND i.n <= %(high)s
      AND i.path = recall.path AND i.state = {ItemState.WAITING:d}
    RETURNING i.request_id, i.n, {ItemState.WAITING:d} AS old, i.state::int AS new, recall.bytes
  )
"""

_ADVANCE = """
  UPDATE staging_request SET joined = %(high)s, sized = sized + %(sized)s,
    bytes = bytes + %(bytes)s
  WHERE id = %(request)s
"""

# Sizes known through a recall. Looked at before and after: a retry passes over items that were
# joined long ago, and those that came or failed before were counted then.
_KNOWN = """
  SELECT count(r.bytes) AS sized, coalesce(sum(r.bytes), 0) AS bytes
  FROM staging_item i JOIN staging_recall r ON r.id = i.recall_id
  WHERE i.request_id = %(request)s AND i.n > %(low)s AND i.n <= %(high)s AND i.bytes IS NULL
"""


@dataclass(frozen=True, slots=True)
class Joined:
    """What one call did."""

    items: int
    more: bool


def join(conn: Connection, *, now: datetime, limit: int) -> Joined | None:
    """Join up to `limit` items of the most urgent request; None when there is nothing to join."""
    found = rows(conn, Statement(_NEXT, {}))
    if not found:
        return None
    request = found[0]
    low = int(str(request["joined"]))
    high = min(int(str(request["files"])), low + limit)
    params = {
        "request": request["id"],
        "store": request["store_id"],
        "backend": request["backend"],
        "owner": request["owner_id"],
        "priority": request["priority"],
        "created": request["created"],
        "library": request["library"],
        "now": now,
        "low": low,
        "high": high,
    }
    # The planner cannot know how many rows an INSERT … RETURNING brings: a nested loop over two
    # lists of 20,000 paths takes a minute, a hash join a tenth of a second.
    conn.execute("SET LOCAL enable_nestloop = off")
    before = _known(conn, params)
    items = move(conn, _MOVED, params, kind="queued")
    conn.execute("SET LOCAL enable_nestloop = on")
    statistics.learn(conn, "staging_recall", written=items)
    sized, size = (after - was for after, was in zip(_known(conn, params), before, strict=True))
    execute(conn, _ADVANCE, {**params, "sized": sized, "bytes": size})
    wake(conn, "locate")
    return Joined(items, more=high < int(str(request["files"])))


def _known(conn: Connection, params: Mapping[str, Value]) -> tuple[int, int]:
    row = rows(conn, Statement(_KNOWN, params))[0]
    return int(str(row["sized"])), int(str(row["bytes"]))
