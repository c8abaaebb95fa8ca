"""What people change: cancel, retry, release, extend; and what time changes: expiry, unpinning."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from waystation.domains.staging.states import (
    ITEM,
    REQUEST,
    WAITED_FOR,
    ItemState,
    RecallState,
    RequestState,
)
from waystation.domains.staging.store.moves import move, tell
from waystation.domains.staging.store.outcomes import WANTING
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows
from waystation.kernel.waking import wake

MANY = 100
ROUNDS = 60
"""A request of a million files joins in fewer batches."""

_LEAVING = """
  request_id = %(request)s AND state = ANY(%(sources)s)
    AND (%(paths)s::text[] IS NULL OR path = ANY(%(paths)s))
    AND (%(before)s::timestamptz IS NULL OR pinned_until <= %(before)s)
"""

_HOLD = f"""
  WITH held AS (
    SELECT r.id FROM staging_recall r
    WHERE r.id IN (SELECT recall_id FROM staging_item WHERE {_LEAVING})
    ORDER BY r.id FOR UPDATE)
  SELECT count(*) AS recalls FROM held
"""

# Of recalls that are there: a file that failed while it was online leaves its number behind.
_JOINED = f"""
  SELECT count(*) AS items FROM staging_item
  WHERE {_LEAVING} AND EXISTS (SELECT 1 FROM staging_recall r WHERE r.id = recall_id)
"""

_LEAVE = f"""
  moved AS (
    UPDATE staging_item i SET state = %(new)s, finished = %(now)s, recall_id = NULL,
      pinned_until = NULL, error = coalesce(%(error)s, i.error),
      bytes = coalesce(i.bytes, (SELECT bytes FROM staging_recall WHERE id = o.recall_id))
    FROM (SELECT request_id, n, state, recall_id FROM staging_item WHERE {_LEAVING}) o
    WHERE i.request_id = o.request_id AND i.n = o.n
    RETURNING i.request_id, i.n, o.state::int AS old, i.state::int AS new, i.bytes, o.recall_id
  ), left_behind AS (
    INSERT INTO left_behind SELECT recall_id FROM moved WHERE recall_id IS NOT NULL
  )
"""

# Recalls that nobody wants any more: rows go, totals shrink, lists are told by the cancel step.
_UNWANTED = """
  SELECT r.id FROM staging_recall r WHERE r.id IN (SELECT id FROM left_behind)
  ORDER BY r.id FOR UPDATE
"""
_DROP = f"""
  WITH nobody AS (
    SELECT r.id, r.state FROM staging_recall r WHERE r.id IN (SELECT id FROM left_behind)
      AND NOT EXISTS (SELECT 1 FROM staging_item i WHERE i.recall_id = r.id
                      AND i.state = ANY(%(wanting)s))
  ), listed AS (
    UPDATE staging_recall r SET unwanted = true FROM nobody
    WHERE r.id = nobody.id AND r.state = {RecallState.LISTED:d}
  ), gone AS (
    DELETE FROM staging_recall r USING nobody
    WHERE r.id = nobody.id AND r.state <> {RecallState.LISTED:d}
    RETURNING r.backend, r.tape, r.owner_id, r.bytes, r.created, r.state, r.path
  ), shrunk AS (
    UPDATE staging_queue q SET files = q.files - s.files, bytes = q.bytes - s.bytes,
      arrival_sum_s = q.arrival_sum_s - s.arrival_sum_s
    FROM (SELECT backend, tape, owner_id, count(*) AS files, coalesce(sum(bytes), 0) AS bytes,
                 sum(extract(epoch FROM created)) AS arrival_sum_s
          FROM gone WHERE state = {RecallState.QUEUED:d}
          GROUP BY backend, tape, owner_id ORDER BY backend, tape, owner_id) s
    WHERE q.backend = s.backend AND q.tape = s.tape AND q.owner_id = s.owner_id
  )
  SELECT backend, path FROM gone WHERE state = {RecallState.HELD:d}
"""


# How its forecasts went; the bands of the next ones are taken from these.
_LEARN = """
  INSERT INTO staging_forecast (backend, at, later, predicted_s, actual_s)
  SELECT s.backend, %(now)s, t.later, extract(epoch FROM t.eta - t.at),
         extract(epoch FROM %(now)s - t.at)
  FROM staging_request r JOIN catalogue_store s ON s.id = r.store_id,
    LATERAL (VALUES (false, r.first_forecast, r.first_eta),
                    (true, r.later_forecast, r.later_eta)) AS t(later, at, eta)
  WHERE r.id = %(id)s AND t.eta IS NOT NULL
"""


# What others are told of the end: see `domains.notify`.
_ENDED = """
  SELECT jsonb_build_object(
    'about', 'stage request ' || r.id, 'request', r.id, 'owner_id', r.owner_id, 'store', s.name,
    'label', r.label, 'external_id', r.external_id, 'callback', r.callback,
    'dialect', r.dialect, 'state', %(words)s::text, 'files', r.files,
    'refused', r.refused, 'online', r.n_online,
    'failed', r.n_failed, 'cancelled', r.n_cancelled, 'released', r.n_released,
    'bytes', r.bytes_online, 'created', r.created, 'finished', r.finished, 'expires', r.expires)
  FROM staging_request r JOIN catalogue_store s ON s.id = r.store_id WHERE r.id = %(id)s
"""
ENDED = "stage-request.ended"


def lock(
    conn: Connection,
    request_id: int,
    *,
    leaves: ItemState | None = None,
    paths: Sequence[str] | None = None,
) -> Row | None:
    """The request's row, locked for this transaction.

    Whoever moves recalls locks them, then items, then counts in the request: a transaction that
    began with the request would meet all of those, and one of the two would have to go back. Items
    that joined recalls meanwhile are locked in another round.

    Args:
        conn: a transaction.
        request_id: whose.
        leaves: state to which items are going to leave; the recalls that they leave are locked
            before.
        paths: only these items; None is all.
    """
    if leaves is None:
        return _row(conn, request_id)
    params = _leaving(request_id, new=leaves, paths=paths)
    conn.execute("SAVEPOINT round")
    for _ in range(ROUNDS):
        with _many(conn, paths):
            (held,) = rows(conn, Statement(_HOLD, params))
            row = _row(conn, request_id)
            (now,) = rows(conn, Statement(_JOINED, params))
        if now["items"] == held["recalls"]:
            return row
        conn.execute("ROLLBACK TO SAVEPOINT round")
    return _row(conn, request_id)


def leave(
    conn: Connection,
    request_id: int,
    *,
    new: ItemState,
    kind: str,
    now: datetime,
    paths: Sequence[str] | None = None,
    before: datetime | None = None,
    error: str | None = None,
) -> list[tuple[str, str]]:
    """Items of a request stop wanting their files.

    Args:
        conn: a transaction that holds the request's lock.
        request_id: whose items.
        new: CANCELLED, RELEASED or FAILED.
        kind: of the event.
        now: the moment.
        paths: only these; None is all.
        before: only pins that ended by then.
        error: words for the items.

    Returns:
        (back end, path) of files on disk that nobody holds any more, to be released there.
    """
    # Recalls are looked at after being locked, in a later statement: their ids are kept between.
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS left_behind (id bigint) ON COMMIT DELETE ROWS")
    conn.execute("DELETE FROM left_behind")
    params = {
        **_leaving(request_id, new=new, paths=paths, before=before),
        "error": error,
        "now": now,
        "wanting": WANTING,
    }
    with _many(conn, paths):
        move(conn, _LEAVE, params, kind=kind, words=error or "")
        rows(conn, Statement(_UNWANTED, params))
        free = rows(conn, Statement(_DROP, params))
    execute(conn, "DELETE FROM staging_queue WHERE files <= 0", {})
    wake(conn, "cancel")
    wake(conn, "close")
    return [(str(row["backend"]), str(row["path"])) for row in free]


def _row(conn: Connection, request_id: int) -> Row | None:
    sql = "SELECT * FROM staging_request WHERE id = %(id)s FOR UPDATE"
    found = rows(conn, Statement(sql, {"id": request_id}))
    return found[0] if found else None


def _leaving(
    request_id: int,
    *,
    new: ItemState,
    paths: Sequence[str] | None,
    before: datetime | None = None,
) -> dict[str, Value]:
    sources = [s for s in ITEM.sources(new) if new is not ItemState.FAILED or s in WAITED_FOR]
    return {
        "request": request_id,
        "new": int(new),
        "sources": sources,
        "paths": None if paths is None else list(paths),
        "before": before,
    }


@contextmanager
def _many(conn: Connection, paths: Sequence[str] | None) -> Iterator[None]:
    """Plans for many items, unless few are named.

    By statistics older than the request it has one row and no recall, and each item would be
    compared with each other one: 20,000 took 50 s, 100,000 minutes.
    """
    if paths is None or len(paths) > MANY:
        conn.execute("SET LOCAL enable_nestloop = off")
    yield
    conn.execute("SET LOCAL enable_nestloop = on")


def finish(conn: Connection, request_id: int, *, state: RequestState, now: datetime) -> bool:
    """Close a request; False when it was not open."""
    sql = """
      UPDATE staging_request SET state = %(state)s, finished = %(now)s
      WHERE id = %(id)s AND state = ANY(%(sources)s) RETURNING id
    """
    params = {"id": request_id, "state": int(state), "sources": REQUEST.sources(state), "now": now}
    if not rows(conn, Statement(sql, params)):
        return False
    if state is RequestState.COMPLETE:
        execute(conn, _LEARN, params)
    kind = {RequestState.EXPIRED: "expired"}.get(state, "finished")
    words = state.name.lower()
    tell(conn, request_id, now=now, kind=kind, words=words)
    outbox.post(conn, topic=ENDED, facts=_ENDED, params={"id": request_id, "words": words})
    wake(conn, "outbox")
    return True


def drop_name(conn: Connection, request_id: int) -> None:
    """Its external id is free for another one; the request itself stays, as history."""
    sql = "UPDATE staging_request SET external_id = NULL WHERE id = %(id)s"
    execute(conn, sql, {"id": request_id})


def retry(conn: Connection, request_id: int, *, now: datetime, expires: datetime) -> int:
    """Failed items of an ended or active request wait again; how many.

    What was forecast of an ended one counts no more: it has been held against its first end.
    """
    sql = f"""
      UPDATE staging_request SET state = {RequestState.ACTIVE:d}, finished = NULL, joined = 0,
        checked = 0, expires = greatest(expires, %(expires)s),
        first_eta = CASE WHEN finished IS NULL THEN first_eta END,
        later_eta = CASE WHEN finished IS NULL THEN later_eta END,
        later_forecasts = CASE WHEN finished IS NULL THEN later_forecasts ELSE 0 END
      WHERE id = %(id)s
    """
    params = {"id": request_id, "request": request_id, "now": now, "expires": expires}
    execute(conn, sql, params)
    moved = f"""
      moved AS (
        UPDATE staging_item SET state = {ItemState.WAITING:d}, error = NULL, finished = NULL
        WHERE request_id = %(request)s AND state = {ItemState.FAILED:d}
        RETURNING request_id, n, {ItemState.FAILED:d} AS old, state::int AS new, bytes
      )
    """
    count = move(conn, moved, params, kind="retried")
    wake(conn, "join")
    return count


def extend(conn: Connection, request_id: int, *, until: datetime, now: datetime) -> int:
    """Hold the request's online files until then; how many."""
    moved = f"""
      moved AS (
        UPDATE staging_item SET pinned_until = %(until)s
        WHERE request_id = %(request)s AND state = {ItemState.ONLINE:d}
        RETURNING request_id, n, state::int AS old, state::int AS new, bytes
      )
    """
    params = {"request": request_id, "until": until, "now": now}
    count = move(conn, moved, params, kind="extended", words=until.isoformat())
    sql = """
      UPDATE staging_request SET due = CASE WHEN n_online > 0 THEN %(until)s ELSE due END,
        pin_lifetime_s = greatest(pin_lifetime_s, extract(epoch FROM %(until)s - %(now)s)::int)
      WHERE id = %(request)s
    """
    execute(conn, sql, params)
    return count
