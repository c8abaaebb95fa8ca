"""How recalls end: online, failed for good, or tried again; items and counters with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.staging.states import ITEM, RECALL, ItemState, RecallState
from waystation.domains.staging.store.moves import move
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows
from waystation.kernel.retry import Backoff
from waystation.kernel.waking import wake

# Locked before items are looked at: who joins later sees the new state, who joined is seen.
_LOCK = """
  SELECT id, unwanted FROM staging_recall WHERE id = ANY(%(ids)s) AND state = ANY(%(sources)s)
  ORDER BY id FOR UPDATE
"""

# One that was in a list changes no indexed column here: see the model.
_HOLD = f"""
  WITH mine AS (
    SELECT r.id, u.bytes, r.bytes IS NULL AND u.bytes IS NOT NULL AS sized
    FROM unnest(%(ids)s::bigint[], %(sizes)s::bigint[]) AS u(id, bytes)
    JOIN staging_recall r ON r.id = u.id
    WHERE r.state = ANY(%(sources)s) ORDER BY r.id FOR UPDATE OF r
  ), held AS (
    UPDATE staging_recall r SET state = {RecallState.HELD:d}, due = NULL,
      list_id = coalesce(r.list_id, 0), bytes = coalesce(mine.bytes, r.bytes), error = NULL
    FROM mine WHERE r.id = mine.id RETURNING r.id, r.unwanted, mine.sized
  )
  SELECT array_agg(id), array_agg(id) FILTER (WHERE unwanted), array_agg(id) FILTER (WHERE sized)
  FROM held
"""

_ONLINE = f"""
  moved AS (
    UPDATE staging_item i SET state = {ItemState.ONLINE:d},
      bytes = coalesce(r.bytes, i.bytes), tape = r.tape,
      attempts = r.tries + (r.tape <> '')::int, error = NULL, finished = %(now)s,
      pinned_until = %(now)s + q.pin_lifetime_s * interval '1 second'
    FROM staging_recall r, staging_item o, staging_request q
    WHERE r.id = ANY(%(ids)s) AND o.recall_id = r.id AND o.state = ANY(%(items)s)
      AND i.request_id = o.request_id AND i.n = o.n AND q.id = o.request_id
    RETURNING i.request_id, i.n, o.state::int AS old, i.state::int AS new, i.bytes
  )
"""

_FAILED = f"""
  moved AS (
    UPDATE staging_item i SET state = {ItemState.FAILED:d},
      bytes = coalesce(r.bytes, i.bytes), tape = r.tape, attempts = r.tries + 1, error = u.words,
      finished = %(now)s, recall_id = NULL
    FROM unnest(%(ids)s::bigint[], %(words_each)s::text[]) AS u(id, words), staging_recall r,
         staging_item o
    WHERE r.id = u.id AND o.recall_id = u.id AND o.state = ANY(%(items)s)
      AND i.request_id = o.request_id AND i.n = o.n
    RETURNING i.request_id, i.n, o.state::int AS old, i.state::int AS new, i.bytes
  )
"""

_BACK = f"""
  UPDATE staging_recall r SET state = {RecallState.BACKOFF:d}, tries = r.tries + 1,
    due = %(now)s + u.wait, error = u.words, list_id = NULL, list_n = NULL
  FROM unnest(%(ids)s::bigint[], %(waits)s::interval[], %(words_each)s::text[])
       AS u(id, wait, words)
  WHERE r.id = u.id
"""

_QUEUED_AGAIN = f"""
  moved AS (
    UPDATE staging_item i SET state = {ItemState.QUEUED:d}
    FROM staging_item o WHERE o.recall_id = ANY(%(ids)s) AND o.state = {ItemState.RECALLING:d}
      AND i.request_id = o.request_id AND i.n = o.n
    RETURNING i.request_id, i.n, o.state::int AS old, i.state::int AS new, i.bytes
  )
"""

# Pins that end first decide when the request is looked at for them.
_DUE = """, due = least(coalesce(r.due, 'infinity'),
  %(now)s + r.pin_lifetime_s * interval '1 second')
"""

_LOOK_AGAIN = f"""
  UPDATE staging_recall SET state = {RecallState.NEW:d}, due = %(now)s, list_id = NULL,
    list_n = NULL WHERE id = ANY(%(ids)s)
"""

# Wanted by nobody since it was sent: the row goes. Others went when their last item left.
_GONE = f"""
  DELETE FROM staging_recall r WHERE r.id = ANY(%(ids)s) AND r.unwanted
    AND NOT EXISTS (SELECT 1 FROM staging_item i WHERE i.recall_id = r.id
                    AND i.state = ANY(%(wanting)s))
    AND r.state <> {RecallState.LISTED:d}
"""
WANTING = [
    int(s) for s in (ItemState.WAITING, ItemState.QUEUED, ItemState.RECALLING, ItemState.ONLINE)
]


@dataclass(frozen=True, slots=True)
class Failure:
    """A recall that did not work.

    Attributes:
        id: of the recall.
        tries: failures before this one.
        words: what happened, for people.
        final: trying again cannot help.
    """

    id: int
    tries: int
    words: str
    final: bool = False


def online(conn: Connection, seen: Sequence[tuple[int, int | None]], *, now: datetime) -> int:
    """These recalls' files (id, size in bytes) were seen on disk; how many items got them."""
    if not seen:
        return 0
    ids, sizes = zip(*seen, strict=True)
    sources = [int(s) for s in RECALL.sources(RecallState.HELD)]
    wanted = {"ids": list(ids), "sizes": list(sizes), "sources": sources}
    ((held, unwanted, sized),) = conn.execute(_HOLD.encode(), wanted)
    if not held:
        return 0
    _size_late(conn, sized)
    params: dict[str, Value] = {
        "ids": held,
        "items": ITEM.sources(ItemState.ONLINE),
        "now": now,
    }
    moved = move(conn, _ONLINE, params, kind="online", sets=_DUE)
    _drop_unwanted(conn, unwanted)
    wake(conn, "close")
    return moved


def failed(
    conn: Connection, failures: Sequence[Failure], *, now: datetime, policy: Backoff
) -> None:
    """Fail recalls for good or put them back to be tried again, by the policy."""
    locked = _locked(
        conn, [f.id for f in failures], [*RECALL.sources(RecallState.BACKOFF), RecallState.BACKOFF]
    )
    known = {row["id"] for row in locked}
    waits = {f: None if f.final else policy.delay(f.tries + 1) for f in failures if f.id in known}
    _fail([f for f, wait in waits.items() if wait is None], conn, now)
    _back([(f, wait) for f, wait in waits.items() if wait is not None], conn, now)
    _drop_unwanted(conn, _unwanted(locked))
    wake(conn, "close")


def look_again(conn: Connection, ids: Sequence[int], *, now: datetime, words: str) -> None:
    """A list ended without news of these files: look where they are, then decide."""
    known = _locked(conn, ids, RECALL.sources(RecallState.NEW))
    params = {"ids": [row["id"] for row in known], "now": now}
    execute(conn, _LOOK_AGAIN, params)
    move(conn, _QUEUED_AGAIN, params, kind="queued", words=words)
    _drop_unwanted(conn, _unwanted(known))
    wake(conn, "locate")


def _fail(ended: list[Failure], conn: Connection, now: datetime) -> None:
    if not ended:
        return
    words = ended[0].words if len({f.words for f in ended}) == 1 else ""
    ids = [f.id for f in ended]
    params = {
        "ids": ids,
        "words_each": [f.words for f in ended],
        "items": ITEM.sources(ItemState.FAILED),
        "now": now,
    }
    move(conn, _FAILED, params, kind="failed", words=words)
    # With nobody waiting left the rows can only be deleted, listed or not.
    execute(conn, "DELETE FROM staging_recall WHERE id = ANY(%(ids)s)", {"ids": ids})


def _back(again: list[tuple[Failure, timedelta]], conn: Connection, now: datetime) -> None:
    if not again:
        return
    ids = [f.id for f, _ in again]
    params = {
        "ids": ids,
        "waits": [wait for _, wait in again],
        "words_each": [f.words for f, _ in again],
        "now": now,
    }
    execute(conn, _BACK, params)
    move(conn, _QUEUED_AGAIN, params, kind="queued", words=again[0][0].words)


def _locked(conn: Connection, ids: Sequence[int], sources: Sequence[int]) -> list[Row]:
    if not ids:
        return []
    params = {"ids": list(ids), "sources": [int(s) for s in sources]}
    return rows(conn, Statement(_LOCK, params))


def _size_late(conn: Connection, ids: Sequence[Value] | None) -> None:
    """Files found on disk at the first look bring their size to the requests only now."""
    sql = """
      UPDATE staging_request q SET sized = q.sized + s.files, bytes = q.bytes + s.bytes
      FROM (SELECT i.request_id, count(*) AS files, sum(r.bytes) AS bytes
            FROM staging_recall r JOIN staging_item i ON i.recall_id = r.id
            WHERE r.id = ANY(%(ids)s) AND i.bytes IS NULL
            GROUP BY i.request_id ORDER BY i.request_id) s
      WHERE q.id = s.request_id
    """
    if ids:
        execute(conn, sql, {"ids": list(ids)})


def _unwanted(settled: Sequence[Row]) -> list[Value]:
    return [row["id"] for row in settled if row["unwanted"]]


def _drop_unwanted(conn: Connection, ids: Sequence[Value] | None) -> None:
    if ids:
        execute(conn, _GONE, {"ids": list(ids), "wanting": WANTING})
