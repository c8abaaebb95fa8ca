"""Uploads: rows that own their part from before the first byte until the commit."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.hosting.entities import ALWAYS, Condition, Ticket
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_ADD = """
  INSERT INTO hosting_upload (space_id, part, parent_id, name, owner_id, subjects, held_bytes,
    mtime, created, due, size, expires, absent, etags)
  VALUES (%(space)s, %(part)s, %(parent)s, %(name)s, %(owner)s, %(subjects)s::jsonb, %(held)s,
    %(mtime)s, %(now)s, %(due)s, %(size)s, %(expires)s, %(absent)s, %(etags)s::jsonb)
  RETURNING id, CASE WHEN %(quickly)s THEN set_config('synchronous_commit', 'off', true) END
"""

_ADD_MANY = """
  INSERT INTO hosting_upload (space_id, part, parent_id, name, owner_id, subjects, held_bytes,
    mtime, created, due)
  SELECT %(space)s, w.part, w.parent, w.name, %(owner)s, %(subjects)s::jsonb, w.held, w.mtime,
    %(now)s, %(due)s
  FROM unnest(%(parts)s::text[], %(parents)s::bigint[], %(names)s::text[], %(held)s::bigint[],
    %(mtimes)s::timestamptz[]) AS w(part, parent, name, held, mtime)
"""

_TAKE_MANY = "DELETE FROM hosting_upload WHERE part = ANY(%(parts)s) RETURNING part, held_bytes"

_MORE = """
  UPDATE hosting_upload SET held_bytes = held_bytes + %(more)s, due = %(due)s
  WHERE id = %(id)s RETURNING id
"""

_TAKE = "DELETE FROM hosting_upload WHERE id = %(id)s RETURNING held_bytes"

# Of one that could be resumed it is told that it is stored, to who asks until then.
_TAKE_IN = """
  WITH gone AS (
    DELETE FROM hosting_upload WHERE id = %(id)s
    RETURNING part, space_id, owner_id, size, held_bytes
  ), kept AS (
    INSERT INTO hosting_received (part, space_id, owner_id, size, due)
    SELECT part, space_id, owner_id, size, %(due)s FROM gone WHERE size IS NOT NULL
  )
  SELECT held_bytes FROM gone
"""

_OVERDUE = """
  UPDATE hosting_upload SET due = %(lease)s WHERE id = ANY(ARRAY(
    SELECT id FROM hosting_upload WHERE due <= %(now)s ORDER BY due LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED))
  RETURNING id, space_id, part, parent_id, name, owner_id, subjects, held_bytes, mtime, expires
"""


def add(
    conn: Connection,
    *,
    space: int,
    part: str,
    parent: int,
    name: str,
    owner: int,
    subjects: Sequence[str],
    held: int,
    mtime: datetime | None,
    now: datetime,
    patience: timedelta,
    size: int | None = None,
    condition: Condition = ALWAYS,
    quickly: bool = False,
) -> int:
    """Write down an upload that begins; its id. One that can be resumed says its `size`.

    See `quickly`, which is said with the row: one question less.
    """
    params = {
        "space": space,
        "part": part,
        "parent": parent,
        "name": name,
        "owner": owner,
        "subjects": json.dumps(list(subjects)),
        "held": held,
        "mtime": mtime,
        "now": now,
        "due": now + patience,
        "size": size,
        "expires": None if size is None else now + patience,
        "absent": condition.absent,
        "etags": json.dumps(sorted(condition.etags)),
        "quickly": quickly,
    }
    return int(str(rows(conn, Statement(_ADD, params))[0]["id"]))


def more(conn: Connection, upload: int, held: int, *, due: datetime) -> bool:
    """It is still coming, and has reserved so much more; False when it was given up meanwhile."""
    return bool(rows(conn, Statement(_MORE, {"id": upload, "more": held, "due": due})))


def rename(conn: Connection, upload: int, name: str) -> bool:
    """It will have another name; False when it was given up meanwhile."""
    sql = "UPDATE hosting_upload SET name = %(name)s WHERE id = %(id)s"
    return bool(execute(conn, sql, {"id": upload, "name": name}))


def take(conn: Connection, upload: int) -> int | None:
    """End it: what it had reserved; None when it was given up meanwhile."""
    found = rows(conn, Statement(_TAKE, {"id": upload}))
    return int(str(found[0]["held_bytes"])) if found else None


def take_in(conn: Connection, upload: int, *, due: datetime) -> int | None:
    """End it, for it is stored, and remember that until then; else as `take`."""
    found = rows(conn, Statement(_TAKE_IN, {"id": upload, "due": due}))
    return int(str(found[0]["held_bytes"])) if found else None


def add_many(conn: Connection, tickets: Sequence[Ticket], *, now: datetime, due: datetime) -> None:
    """Write down uploads that begin together: of one space, owner and payers; ids are not told."""
    first = tickets[0]
    params = {
        "space": first.space.id,
        "owner": first.owner_id,
        "subjects": json.dumps(list(first.subjects)),
        "now": now,
        "due": due,
        "parts": [each.part for each in tickets],
        "parents": [each.parent_id for each in tickets],
        "names": [each.name for each in tickets],
        "held": [each.held_bytes for each in tickets],
        "mtimes": [each.mtime for each in tickets],
    }
    execute(conn, _ADD_MANY, params)


def take_many(conn: Connection, parts: Sequence[str]) -> dict[str, int]:
    """End them: what each had reserved; those that were given up meanwhile are left out."""
    found = rows(conn, Statement(_TAKE_MANY, {"parts": list(parts)}))
    return {str(row["part"]): int(str(row["held_bytes"])) for row in found}


def overdue(conn: Connection, *, now: datetime, lease: datetime, limit: int) -> list[Row]:
    """Uploads whose receiver is gone, for us alone until the lease ends."""
    params = {"now": now, "lease": lease, "limit": limit}
    return rows(conn, Statement(_OVERDUE, params))


def known(conn: Connection, parts: Sequence[str]) -> set[str]:
    """Which of these parts have a row."""
    sql = "SELECT part FROM hosting_upload WHERE part = ANY(%(parts)s)"
    return {str(row["part"]) for row in rows(conn, Statement(sql, {"parts": list(parts)}))}


def quickly(conn: Connection) -> None:
    """Do not wait for the disk: what this writes may be lost with the machine, and harmlessly."""
    execute(conn, "SET LOCAL synchronous_commit = off", {})
