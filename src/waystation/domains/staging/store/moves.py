"""The tail that every move of items shares: counters of their requests, one event a request.

A statement puts its own CTE `moved(request_id, n, old, new, bytes)` in front. The event takes the
next number under the lock of the request's row, so that numbers have no gaps and no late-comers.
"""

from waystation.domains.staging.states import ItemState
from waystation.kernel.database import Connection, Statement, Value, rows

COUNTERS = {
    ItemState.WAITING: "n_waiting",
    ItemState.QUEUED: "n_queued",
    ItemState.RECALLING: "n_recalling",
    ItemState.ONLINE: "n_online",
    ItemState.FAILED: "n_failed",
    ItemState.CANCELLED: "n_cancelled",
    ItemState.RELEASED: "n_released",
}

REQUEST_CHANNEL = "way_request"
LIBRARY_CHANNEL = "way_library"

_DELTAS = ",\n".join(
    f"sum((new = {int(s)})::int - (old = {int(s)})::int) AS d_{name}"
    for s, name in COUNTERS.items()
)
_SETS = ",\n".join(f"{name} = r.{name} + p.d_{name}" for name in COUNTERS.values())

_TAIL = f"""
, per AS (
  SELECT request_id, count(*) AS count, coalesce(sum(bytes), 0) AS bytes,
         range_agg(int4range(n, n + 1))::text AS ranges,
         coalesce(sum(bytes) FILTER (WHERE new = {ItemState.ONLINE:d} AND old <> new), 0)
         - coalesce(sum(bytes) FILTER (WHERE old = {ItemState.ONLINE:d} AND old <> new), 0)
           AS d_bytes,
         {_DELTAS}
  FROM moved GROUP BY request_id ORDER BY request_id
), counted AS (
  UPDATE staging_request r SET seq = r.seq + 1, bytes_online = r.bytes_online + p.d_bytes,
         {_SETS} {{sets}}
  FROM per p WHERE r.id = p.request_id
  RETURNING r.id, r.seq, p.count, p.bytes, p.ranges
), told AS (
  INSERT INTO staging_event (request_id, seq, at, kind, count, bytes, ranges, words)
  SELECT id, seq, %(now)s, %(kind)s, count, bytes,
         CASE WHEN length(ranges) > 2000 THEN left(ranges, 2000) || '…' ELSE ranges END, %(words)s
  FROM counted RETURNING request_id, count
)
SELECT request_id, count, pg_notify('{REQUEST_CHANNEL}', request_id::text) FROM told
"""


def move(
    conn: Connection,
    moved: str,
    params: dict[str, Value],
    *,
    kind: str,
    words: str = "",
    sets: str = "",
) -> int:
    """Run `WITH <moved> …` and the shared tail; how many items moved.

    Args:
        conn: an open transaction.
        moved: CTEs, the last one named `moved` with request_id, n, old, new, bytes.
        params: of the CTEs; must hold `now`.
        kind: of the event.
        words: beside it, for people; may be empty.
        sets: more of the request `r` to set, `, column = …`.
    """
    tail = _TAIL.replace("{sets}", sets)
    statement = Statement(f"WITH {moved} {tail}", {**params, "kind": kind, "words": words})
    return sum(int(str(row["count"])) for row in rows(conn, statement))


def tell(conn: Connection, request_id: int, *, now: Value, kind: str, words: str = "") -> None:
    """Write an event that moves no item."""
    sql = f"""
      WITH bumped AS (
        UPDATE staging_request SET seq = seq + 1 WHERE id = %(id)s RETURNING id, seq, files
      )
      INSERT INTO staging_event (request_id, seq, at, kind, count, bytes, ranges, words)
      SELECT id, seq, %(now)s, %(kind)s, files, 0, '{{}}', %(words)s FROM bumped
      RETURNING pg_notify('{REQUEST_CHANNEL}', request_id::text)
    """
    rows(conn, Statement(sql, {"id": request_id, "now": now, "kind": kind, "words": words}))
