"""The end of a request: its online files are looked at once more before it is called complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.staging.entities import FileReport
from waystation.domains.staging.states import ItemState, RecallState, RequestState
from waystation.domains.staging.store import locate
from waystation.domains.staging.store.moves import move
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_WAITS = "n_waiting + n_queued + n_recalling"

# Claimed by moving `due`, which a request with nothing left to wait for does not need otherwise.
_READY = f"""
  SELECT r.*, s.backend, s.name AS store FROM staging_request r
  JOIN catalogue_store s ON s.id = r.store_id
  WHERE r.state = {RequestState.ACTIVE:d} AND r.{_WAITS.replace(" + ", " + r.")} = 0
    AND s.backend = %(backend)s
    AND (r.lease IS NULL OR r.lease <= %(now)s OR r.lease > %(beyond)s)
  ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""

_OVERDUE = f"""
  SELECT id FROM staging_request WHERE state = {RequestState.ACTIVE:d} AND expires <= %(now)s
  ORDER BY expires LIMIT 20 FOR UPDATE SKIP LOCKED
"""

_UNPIN = """
  SELECT r.id FROM staging_request r JOIN catalogue_store s ON s.id = r.store_id
  WHERE r.due <= %(now)s AND s.backend = %(backend)s
  ORDER BY r.due LIMIT 20 FOR UPDATE OF r SKIP LOCKED
"""

_NEXT_PIN = f"""
  UPDATE staging_request SET due = (
    SELECT min(pinned_until) FROM staging_item
    WHERE request_id = %(id)s AND state = {ItemState.ONLINE:d})
  WHERE id = %(id)s
"""

_UNSEEN = f"""
  SELECT n, path, recall_id FROM staging_item
  WHERE request_id = %(id)s AND n > %(after)s AND state = {ItemState.ONLINE:d}
    AND finished <= %(before)s
  ORDER BY n LIMIT %(limit)s
"""

_EVICTED = f"""
  moved AS (
    UPDATE staging_item i SET state = {ItemState.QUEUED:d}, finished = NULL, pinned_until = NULL
    WHERE i.request_id = %(id)s AND i.recall_id = ANY(%(recalls)s)
      AND i.state = {ItemState.ONLINE:d}
    RETURNING i.request_id, i.n, {ItemState.ONLINE:d} AS old, i.state::int AS new, i.bytes
  )
"""


@dataclass(frozen=True, slots=True)
class Held:
    """An online item to be looked at again."""

    n: int
    path: str
    recall_id: int

    @classmethod
    def of(cls, row: Row) -> "Held":
        """From a row."""
        return cls(int(str(row["n"])), str(row["path"]), int(str(row["recall_id"] or 0)))


def ready(
    conn: Connection, *, backend: str, now: datetime, lease: timedelta, limit: int = 20
) -> list[Row]:
    """Claim active requests that wait for nothing more.

    A lease that ends further ahead than two was taken before the clock went back.
    """
    params = {"backend": backend, "now": now, "beyond": now + 2 * lease, "limit": limit}
    found = rows(conn, Statement(_READY, params))
    execute(
        conn,
        "UPDATE staging_request SET lease = %(until)s WHERE id = ANY(%(ids)s)",
        {"ids": [row["id"] for row in found], "until": now + lease},
    )
    return found


def overdue(conn: Connection, *, now: datetime) -> list[int]:
    """Lock active requests whose time has run out."""
    return [int(str(row["id"])) for row in rows(conn, Statement(_OVERDUE, {"now": now}))]


def unpinned(conn: Connection, *, backend: str, now: datetime) -> list[int]:
    """Lock requests of which a pin may have ended, those of one tape system: it is to hear."""
    params = {"backend": backend, "now": now}
    return [int(str(row["id"])) for row in rows(conn, Statement(_UNPIN, params))]


def next_pin(conn: Connection, request_id: int) -> None:
    """Look at the request again when its next pin ends."""
    execute(conn, _NEXT_PIN, {"id": request_id})


def unseen(
    conn: Connection, request_id: int, *, after: int, before: datetime, limit: int
) -> list[Held]:
    """Online items after number `after` that were last seen on disk before `before`."""
    params = {"id": request_id, "after": after, "before": before, "limit": limit}
    return [Held.of(row) for row in rows(conn, Statement(_UNSEEN, params))]


def checked(conn: Connection, request_id: int, *, upto: int) -> None:
    """Items up to this number were seen."""
    sql = "UPDATE staging_request SET checked = %(upto)s WHERE id = %(id)s"
    execute(conn, sql, {"id": request_id, "upto": upto})


def unlease(conn: Connection, request_id: int) -> None:
    """Let the next look at the request come as soon as somebody has a reason."""
    sql = "UPDATE staging_request SET lease = NULL WHERE id = %(id)s"
    execute(conn, sql, {"id": request_id})


def evicted(
    conn: Connection,
    request_id: int,
    seen: Sequence[tuple[Held, FileReport]],
    *,
    now: datetime,
) -> None:
    """These online files left the disk behind our back: queue them again, say so."""
    if not seen:
        return
    recalls = [held.recall_id for held, _ in seen]
    sql = "SELECT id FROM staging_recall WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
    rows(conn, Statement(sql, {"ids": recalls}))
    params = {"id": request_id, "recalls": recalls, "now": now}
    words = "left the disk before the request was complete; recalled again"
    move(conn, _EVICTED, params, kind="evicted", words=words)
    locate.queue(
        conn,
        [(held.recall_id, report) for held, report in seen],
        sources=[int(RecallState.HELD), int(RecallState.NEW)],
    )
