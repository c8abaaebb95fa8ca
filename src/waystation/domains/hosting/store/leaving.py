"""Content that nobody refers to any more, of storages with keys: erased when it is due.

A row is written in the transaction that drops the last reference, so that no death leaves bytes
that nobody knows of. Trees have no rows: what is replaced or given up there is gone at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import EntryKind
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.ports import Stamp, Storage
from waystation.kernel.database import Connection, Row, Statement, execute, rows

READ_ON = timedelta(hours=1)
"""So long content that was replaced can still be read by those who have begun."""

_ADD = """
  INSERT INTO hosting_leaving (space_id, inode, mtime_ns, part, due)
  SELECT %(space)s, w.inode, w.mtime_ns, w.part, %(due)s
  FROM unnest(%(inodes)s::bigint[], %(mtimes_ns)s::bigint[], %(parts)s::text[])
    AS w(inode, mtime_ns, part)
"""

_BELOW = f"""
  INSERT INTO hosting_leaving (space_id, inode, mtime_ns, due)
  WITH RECURSIVE below(id) AS (
    SELECT %(entry)s::bigint
    UNION ALL SELECT e.id FROM below b JOIN catalogue_entry e ON e.parent_id = b.id
  )
  SELECT %(space)s, e.inode, e.mtime_ns, %(due)s FROM below b JOIN catalogue_entry e USING (id)
  WHERE e.kind = {EntryKind.FILE:d}
"""

_OVERDUE = """
  UPDATE hosting_leaving SET due = %(lease)s WHERE id = ANY(ARRAY(
    SELECT id FROM hosting_leaving WHERE due <= %(now)s ORDER BY due LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED))
  RETURNING id, space_id, inode, mtime_ns, part
"""


def replaced(
    conn: Connection, storage: Storage, space: Space, before: Sequence[Stamp], *, now: datetime
) -> None:
    """Other content has taken the place of this."""
    if storage.keys is not None and before:
        _add(conn, space.id, before, due=now + READ_ON)


def given_up(
    conn: Connection, storage: Storage, space: Space, parts: Sequence[str], *, now: datetime
) -> None:
    """These uploads are no files, and will be none: whatever came of them goes."""
    if storage.keys is not None and parts:
        stamps = [storage.keys.stamp(part) for part in parts]
        _add(conn, space.id, stamps, due=now, parts=parts)


def add_below(conn: Connection, space: int, entry: int, *, due: datetime) -> None:
    """All files at and below an entry go when they are due."""
    execute(conn, _BELOW, {"space": space, "entry": entry, "due": due})


def overdue(conn: Connection, *, now: datetime, lease: datetime, limit: int) -> list[Row]:
    """What is to be erased, for us alone until the lease ends."""
    return rows(conn, Statement(_OVERDUE, {"now": now, "lease": lease, "limit": limit}))


def end(conn: Connection, ids: Sequence[int]) -> None:
    """They are gone."""
    execute(conn, "DELETE FROM hosting_leaving WHERE id = ANY(%(ids)s)", {"ids": list(ids)})


def _add(
    conn: Connection,
    space: int,
    stamps: Sequence[Stamp],
    *,
    due: datetime,
    parts: Sequence[str] | None = None,
) -> None:
    """These go when they are due; `parts` names those that may not be finished."""
    params = {
        "space": space,
        "inodes": [each.inode for each in stamps],
        "mtimes_ns": [each.mtime_ns for each in stamps],
        "parts": list(parts) if parts is not None else [None] * len(stamps),
        "due": due,
    }
    execute(conn, _ADD, params)
