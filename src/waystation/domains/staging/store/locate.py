"""Where files are: claim recalls to be looked for, write down what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.staging.entities import FileReport
from waystation.domains.staging.states import RecallState
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

# An array is made once. As `id IN (SELECT ... LIMIT)` the planner may look for each recall anew:
# the limit is then passed, and 20,000 recalls took three minutes.
_CLAIM = f"""
  UPDATE staging_recall SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT id FROM staging_recall
    WHERE backend = %(backend)s AND list_id IS NULL AND due IS NOT NULL
      AND (due <= %(now)s
           OR due > CASE state WHEN {RecallState.NEW:d} THEN %(beyond)s ELSE %(furthest)s END)
    ORDER BY due LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING id, store_id, path, tries, library
"""

# An evicted file that was held is queued by the same words.
_QUEUE = f"""
  UPDATE staging_recall r SET state = {RecallState.QUEUED:d}, tape = u.tape, library = u.library,
    position = u.position, bytes = coalesce(u.bytes, r.bytes), due = NULL,
    list_id = NULL, list_n = NULL
  FROM unnest(%(ids)s::bigint[], %(tapes)s::text[], %(libraries)s::text[],
              %(positions)s::bigint[], %(sizes)s::bigint[])
       AS u(id, tape, library, position, bytes)
  WHERE r.id = u.id AND r.state = ANY(%(sources)s)
  RETURNING r.id
"""

# Sizes count once a request: when they become known. A file that failed before and is tried again
# has kept its own.
_SIZED = """
  UPDATE staging_request q SET sized = q.sized + s.files, bytes = q.bytes + s.bytes
  FROM (SELECT i.request_id, count(*) AS files, sum(r.bytes) AS bytes
        FROM staging_item i JOIN staging_recall r ON r.id = i.recall_id
        WHERE i.recall_id = ANY(%(ids)s) AND r.bytes IS NOT NULL AND i.bytes IS NULL
        GROUP BY i.request_id ORDER BY i.request_id) s
  WHERE q.id = s.request_id
"""

_TOTALS = """
  INSERT INTO staging_queue AS q
    (backend, tape, owner_id, files, bytes, oldest, arrival_sum_s, priority)
  SELECT backend, tape, owner_id, count(*), coalesce(sum(bytes), 0), min(created),
         sum(extract(epoch FROM created)), max(priority)
  FROM staging_recall WHERE id = ANY(%(ids)s)
  GROUP BY backend, tape, owner_id ORDER BY backend, tape, owner_id
  ON CONFLICT (backend, tape, owner_id) DO UPDATE SET
    files = q.files + excluded.files, bytes = q.bytes + excluded.bytes,
    oldest = least(q.oldest, excluded.oldest),
    arrival_sum_s = q.arrival_sum_s + excluded.arrival_sum_s,
    priority = greatest(q.priority, excluded.priority)
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """A recall whose file is to be looked for; `library` is whose copy is wanted, empty is any."""

    id: int
    store_id: int
    path: str
    tries: int
    library: str

    @classmethod
    def of(cls, row: Row) -> "Sought":
        """From a row of the claim."""
        return cls(
            int(str(row["id"])),
            int(str(row["store_id"])),
            str(row["path"]),
            int(str(row["tries"])),
            str(row["library"] or ""),
        )


def claim(
    conn: Connection,
    *,
    backend: str,
    now: datetime,
    lease: timedelta,
    furthest: timedelta,
    limit: int,
) -> list[Sought]:
    """Take recalls to look for; who dies with them gives them back when the lease ends.

    A new one that is due after the longest lease, or a failed one after the longest back-off
    (`furthest`), was put there before the clock went back.
    """
    params = {
        "backend": backend,
        "now": now,
        "until": now + lease,
        "beyond": now + 2 * lease,
        "furthest": now + 2 * lease + furthest,
        "limit": limit,
    }
    return [Sought.of(row) for row in rows(conn, Statement(_CLAIM, params))]


def queue(
    conn: Connection, seen: Sequence[tuple[int, FileReport]], *, sources: Sequence[int]
) -> int:
    """Queue recalls on the tapes where their files are; how many were still to be queued."""
    if not seen:
        return 0
    ids = [recall for recall, _ in seen]
    unsized = rows(
        conn,
        Statement(
            "SELECT id FROM staging_recall WHERE id = ANY(%(ids)s) AND bytes IS NULL"
            " ORDER BY id FOR UPDATE",
            {"ids": ids},
        ),
    )
    params = {
        "ids": ids,
        "tapes": [report.tape or "" for _, report in seen],
        "libraries": [report.library for _, report in seen],
        "positions": [report.position for _, report in seen],
        "sizes": [report.size_bytes for _, report in seen],
        "sources": list(sources),
    }
    queued = [row["id"] for row in rows(conn, Statement(_QUEUE, params))]
    execute(conn, _SIZED, {"ids": [row["id"] for row in unsized]})
    execute(conn, _TOTALS, {"ids": queued})
    wake(conn, "plan")
    return len(queued)


def postpone(conn: Connection, ids: Sequence[int], *, due: datetime, words: str) -> None:
    """Look for these later: the tape system does not answer now. No try is counted."""
    sql = "UPDATE staging_recall SET due = %(due)s, error = %(words)s WHERE id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(ids), "due": due, "words": words})
