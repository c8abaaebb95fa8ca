"""Files that other librarians send: found in sets, moved on by compare-and-set; calls."""

from collections.abc import Collection, Sequence
from datetime import datetime

from waystation.interfaces.dialects.librarian.store.incoming import COLUMNS, OPEN, Upload, read
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection, Statement, execute, rows
from waystation.kernel.waking import wake

CARRY_ON = "librarian-carry-on"
"""The step that takes in what has come."""

_CLAIM = f"""
  UPDATE librarian_incoming SET call_due = %(until)s, calls = calls + 1 WHERE id = ANY(ARRAY(
    SELECT id FROM librarian_incoming WHERE call_due <= %(now)s ORDER BY call_due
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING {COLUMNS}, calls
"""

# What has come is committed by whoever looks first.
_ADVANCE = """
  UPDATE librarian_incoming SET status = %(status)s, due = %(due)s
  WHERE id = ANY(%(ids)s) AND status = ANY(%(before)s) RETURNING id, shipment_id
"""


def promised() -> Statement:
    """Bytes that the staging area is to have room for, and that are not all there yet."""
    sql = f"""
      SELECT coalesce(sum(size), 0)::bigint AS bytes FROM librarian_incoming
      WHERE status IN ({Status.INITIATED:d}, {Status.ONGOING:d})
    """
    return Statement(sql, {})


def under_way(conn: Connection, names: Sequence[str]) -> list[Upload]:
    """All that is under way to these names, locked."""
    sql = f"""
      SELECT {COLUMNS} FROM librarian_incoming WHERE name = ANY(%(names)s) AND status IN {OPEN}
      ORDER BY id FOR UPDATE
    """
    return [read(row) for row in rows(conn, Statement(sql, {"names": list(names)}))]


def shipped(conn: Connection, shipment: int, ids: Sequence[int]) -> None:
    """These are the files of a shipment, from 1 on in this order."""
    sql = """
      UPDATE librarian_incoming i SET shipment_id = %(shipment)s, shipped_n = u.n
      FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS u(id, n) WHERE i.id = u.id
    """
    execute(conn, sql, {"shipment": shipment, "ids": list(ids)})


def taken(conn: Connection, names: Sequence[str]) -> set[str]:
    """Which of these names have a file."""
    sql = "SELECT name FROM librarian_file WHERE name = ANY(%(names)s)"
    return {str(row["name"]) for row in rows(conn, Statement(sql, {"names": list(names)}))}


def numbered(conn: Connection, ids: Collection[int]) -> dict[int, Upload]:
    """Uploads by their numbers, locked."""
    sql = f"""
      SELECT {COLUMNS} FROM librarian_incoming WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE
    """
    found = [read(row) for row in rows(conn, Statement(sql, {"ids": sorted(ids)}))]
    return {each.id: each for each in found}


def advance(conn: Connection, ids: Collection[int], status: Status, *, due: datetime) -> list[int]:
    """Move transfers on that have not come so far; the shipments of those that were moved.

    Args:
        conn: a transaction.
        ids: which.
        status: ONGOING or STAGED.
        due: STAGED: it is committed then; ONGOING: it is given up then.
    """
    before = [each for each in (Status.INITIATED, Status.ONGOING) if each < status]
    params = {"ids": list(ids), "status": int(status), "before": [int(each) for each in before]}
    moved = rows(conn, Statement(_ADVANCE, {**params, "due": due}))
    if moved and status is Status.STAGED:
        wake(conn, CARRY_ON)
    return [int(str(r["shipment_id"])) for r in moved if r["shipment_id"] is not None]


def calls(
    conn: Connection, *, now: datetime, until: datetime, limit: int
) -> list[tuple[Upload, int]]:
    """Transfers whose senders are to be called, held until then; with how often they were."""
    found = rows(conn, Statement(_CLAIM, {"now": now, "until": until, "limit": limit}))
    return [(read(row), int(str(row["calls"]))) for row in found]


def call_at(
    conn: Connection, ids: Collection[int], at: datetime | None, *, held: datetime | None = None
) -> None:
    """Call the senders of these then; None: there is nothing more to say.

    Args:
        conn: a transaction.
        ids: which.
        at: the moment.
        held: until when the caller holds them; what ended meanwhile has news. None: all the same.
    """
    sql = """
      UPDATE librarian_incoming SET call_due = %(at)s
      WHERE id = ANY(%(ids)s) AND (%(held)s::timestamptz IS NULL OR call_due = %(held)s)
    """
    execute(conn, sql, {"ids": sorted(ids), "at": at, "held": held})
