"""Recall lists: release one for a tape, send it, follow it, end it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.staging.states import LIST, ItemState, ListStage, RecallState
from waystation.domains.staging.store.moves import move
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

_OPEN = f"""
  INSERT INTO staging_recalllist
    (backend, tape, library, key, stage, created, due, files, bytes, predicted_s, why)
  VALUES (%(backend)s, %(tape)s, NULL, %(key)s, {ListStage.PLANNED:d}, %(now)s, %(now)s, 0, 0,
          %(predicted_s)s, %(why)s) RETURNING id
"""

# The totals are locked first: who queues on this tape meanwhile adds to what is left.
_LOCK_TOTALS = """
  SELECT 1 FROM staging_queue WHERE backend = %(backend)s AND tape = %(tape)s
  ORDER BY owner_id FOR UPDATE
"""

_TAKE = f"""
  UPDATE staging_recall SET state = {RecallState.LISTED:d}, list_id = %(list)s
  WHERE id = ANY(ARRAY(
    SELECT id FROM staging_recall
    WHERE backend = %(backend)s AND tape = %(tape)s AND state = {RecallState.QUEUED:d}
      AND list_id IS NULL AND due IS NULL
    ORDER BY priority DESC, created, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING id, owner_id, position, bytes, library, created
"""

_RECOUNT = f"""
  WITH gone AS (DELETE FROM staging_queue WHERE backend = %(backend)s AND tape = %(tape)s)
  SELECT owner_id, count(*) AS files, coalesce(sum(bytes), 0) AS bytes, min(created) AS oldest,
         sum(extract(epoch FROM created)) AS arrival_sum_s, max(priority) AS priority
  FROM staging_recall
  WHERE backend = %(backend)s AND tape = %(tape)s AND state = {RecallState.QUEUED:d}
    AND list_id IS NULL AND due IS NULL
  GROUP BY owner_id
"""

_LEFT = """
  INSERT INTO staging_queue
    (backend, tape, owner_id, files, bytes, oldest, arrival_sum_s, priority)
  VALUES (%(backend)s, %(tape)s, %(owner_id)s, %(files)s, %(bytes)s, %(oldest)s,
          %(arrival_sum_s)s, %(priority)s)
  ON CONFLICT (backend, tape, owner_id) DO UPDATE SET
    files = staging_queue.files + excluded.files, bytes = staging_queue.bytes + excluded.bytes
"""

_RECALLING = f"""
  moved AS (
    UPDATE staging_item i SET state = {ItemState.RECALLING:d}
    FROM staging_recall r, staging_item o
    WHERE r.list_id = %(list)s AND r.state = {RecallState.LISTED:d} AND o.recall_id = r.id
      AND o.state = {ItemState.QUEUED:d}
      AND i.request_id = o.request_id AND i.n = o.n
    RETURNING i.request_id, i.n, o.state::int AS old, i.state::int AS new, r.bytes
  )
"""

_CLAIM = """
  UPDATE staging_recalllist SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT id FROM staging_recalllist
    WHERE backend = %(backend)s AND stage = %(stage)s
      AND (due <= %(now)s OR due > %(furthest)s)
    ORDER BY due LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING id, key, handle, tape, library, tries, files, created, heard
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A recall that was put into a list."""

    id: int
    owner_id: int
    position: int | None
    bytes: int | None
    library: str | None
    created: datetime

    @classmethod
    def of(cls, row: Row) -> "Taken":
        """From a row of the take."""
        position, size, library = row["position"], row["bytes"], row["library"]
        created = row["created"]
        assert isinstance(created, datetime)
        return cls(
            id=int(str(row["id"])),
            owner_id=int(str(row["owner_id"])),
            position=None if position is None else int(str(position)),
            bytes=None if size is None else int(str(size)),
            library=None if library is None else str(library),
            created=created,
        )


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that is on its way."""

    id: int
    key: str
    handle: str
    tape: str
    library: str | None
    tries: int
    files: int
    created: datetime
    heard: datetime | None

    @classmethod
    def of(cls, row: Row) -> "OpenList":
        """From a row of the claim."""
        created, heard, library = row["created"], row["heard"], row["library"]
        assert isinstance(created, datetime)
        return cls(
            id=int(str(row["id"])),
            key=str(row["key"]),
            handle=str(row["handle"] or ""),
            tape=str(row["tape"]),
            library=None if library is None else str(library),
            tries=int(str(row["tries"])),
            files=int(str(row["files"])),
            created=created,
            heard=heard if isinstance(heard, datetime) else None,
        )


def take(
    conn: Connection,
    *,
    backend: str,
    tape: str,
    key: str,
    limit: int,
    why: str,
    now: datetime,
) -> tuple[int, list[Taken]]:
    """Put what waits on a tape into a new list; its id and recalls, nothing when all is gone."""
    scope = {"backend": backend, "tape": tape, "limit": limit, "now": now}
    made = rows(conn, Statement(_OPEN, {**scope, "key": key, "predicted_s": 0.0, "why": why}))
    list_id = int(str(made[0]["id"]))
    rows(conn, Statement(_LOCK_TOTALS, scope))
    taken = [Taken.of(r) for r in rows(conn, Statement(_TAKE, {**scope, "list": list_id}))]
    for left in rows(conn, Statement(_RECOUNT, scope)):
        execute(conn, _LEFT, {**scope, **left})
    if not taken:
        execute(conn, "DELETE FROM staging_recalllist WHERE id = %(id)s", {"id": list_id})
    return list_id, taken


def settle(
    conn: Connection,
    list_id: int,
    taken: Sequence[Taken],
    *,
    order: Sequence[int],
    predicted_s: float,
    now: datetime,
) -> None:
    """Write the order of a list and what it is expected to cost; tell its requests."""
    sql = """
      UPDATE staging_recall r SET list_n = u.n
      FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS u(id, n) WHERE r.id = u.id
    """
    execute(conn, sql, {"ids": [taken[i].id for i in order]})
    sql = """
      UPDATE staging_recalllist SET files = %(files)s, bytes = %(bytes)s,
        predicted_s = %(predicted_s)s, library = %(library)s WHERE id = %(id)s
    """
    params = {
        "id": list_id,
        "files": len(taken),
        "bytes": sum(t.bytes or 0 for t in taken),
        "predicted_s": predicted_s,
        "library": next((t.library for t in taken if t.library), None),
    }
    execute(conn, sql, params)
    move(conn, _RECALLING, {"list": list_id, "now": now}, kind="recalling")
    wake(conn, "send")


def charge(
    conn: Connection,
    *,
    backend: str,
    seconds: Mapping[int, float],
    now: datetime,
    half_life_s: float,
) -> None:
    """Add drive seconds to what owners have used; what was used before decays to this moment."""
    sql = """
      INSERT INTO staging_usage AS u (backend, owner_id, used_s, at)
      SELECT %(backend)s, owner, seconds, %(now)s
      FROM unnest(%(owners)s::int[], %(seconds)s::float8[]) AS c(owner, seconds) ORDER BY owner
      ON CONFLICT (backend, owner_id) DO UPDATE SET at = greatest(u.at, excluded.at),
        used_s = excluded.used_s + u.used_s * power(0.5,
          greatest(0, extract(epoch FROM excluded.at - u.at)) / %(half_life_s)s)
    """
    params = {
        "backend": backend,
        "owners": list(seconds),
        "seconds": list(seconds.values()),
        "now": now,
        "half_life_s": half_life_s,
    }
    execute(conn, sql, params)


def claim(
    conn: Connection,
    *,
    backend: str,
    stage: ListStage,
    now: datetime,
    lease: timedelta,
    furthest: timedelta,
    limit: int = 64,
) -> list[OpenList]:
    """Take lists of a stage that are due; who dies with them gives them back by the lease.

    What is due further ahead than `furthest` was claimed before the clock went back.
    """
    params = {
        "backend": backend,
        "stage": int(stage),
        "now": now,
        "until": now + lease,
        "furthest": now + furthest,
        "limit": limit,
    }
    return [OpenList.of(row) for row in rows(conn, Statement(_CLAIM, params))]


def sent(conn: Connection, list_id: int, *, handle: str, due: datetime, now: datetime) -> None:
    """The tape system took the list and calls it `handle`."""
    sql = """
      UPDATE staging_recalllist SET stage = %(stage)s, handle = %(handle)s, sent = %(now)s,
        heard = %(now)s, due = %(due)s, tries = 0, error = NULL
      WHERE id = %(id)s AND stage = ANY(%(sources)s)
    """
    sources = LIST.sources(ListStage.SENT)
    params = {"id": list_id, "stage": int(ListStage.SENT), "handle": handle, "sources": sources}
    execute(conn, sql, {**params, "now": now, "due": due})
    wake(conn, "poll")


def postpone(conn: Connection, ids: Sequence[int], *, due: datetime, words: str | None) -> None:
    """Look at these lists again later; `words` say why when something is wrong."""
    sql = """
      UPDATE staging_recalllist SET due = %(due)s, error = %(words)s,
        tries = CASE WHEN %(words)s::text IS NULL THEN 0 ELSE least(tries + 1, 1000) END
      WHERE id = ANY(%(ids)s)
    """
    execute(conn, sql, {"ids": list(ids), "due": due, "words": words})


def end(conn: Connection, list_id: int, *, now: datetime, words: str | None = None) -> None:
    """Nothing more will come of this list; a drive is free."""
    sql = """
      UPDATE staging_recalllist SET stage = %(stage)s, ended = %(now)s, error = %(words)s
      WHERE id = %(id)s AND stage = ANY(%(sources)s)
    """
    sources = LIST.sources(ListStage.ENDED)
    params = {"id": list_id, "stage": int(ListStage.ENDED), "now": now, "words": words}
    execute(conn, sql, {**params, "sources": sources})
    wake(conn, "plan")


def count(conn: Connection, list_id: int, *, online: int, failed: int, now: datetime) -> None:
    """Add to what a list has brought; it is not silent."""
    sql = """
      UPDATE staging_recalllist SET n_online = n_online + %(online)s,
        n_failed = n_failed + %(failed)s, heard = %(now)s WHERE id = %(id)s
    """
    execute(conn, sql, {"id": list_id, "online": online, "failed": failed, "now": now})
