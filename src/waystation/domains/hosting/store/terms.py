"""How long spaces keep files, and what is held."""

from collections.abc import Mapping
from datetime import datetime

from waystation.domains.hosting.entities import Hold
from waystation.kernel.database import Connection, Row, Statement, execute, rows

CHANGEABLE = ("title", "trash_days", "durable", "closed", "keep_days", "delete_days")

_HOLD = """
  INSERT INTO hosting_hold (space_id, entry_id, by_name, why, at)
  VALUES (%(space)s, %(entry)s, %(by)s, %(why)s, %(now)s)
  RETURNING id
"""

_TAKE = """
  UPDATE hosting_expiry SET due = %(lease)s WHERE id = 1 AND due <= %(now)s RETURNING cursor
"""

# The walk over all files by their number: no index on times, which each upload would pay for.
_OVERDUE = """
  SELECT e.id FROM catalogue_entry e
  WHERE e.id > %(after)s AND e.kind = 1 AND e.changed <= %(before)s
    AND e.store_id = ANY(%(stores)s)
  ORDER BY e.id LIMIT %(limit)s
"""


def change(conn: Connection, space: int, values: Mapping[str, object]) -> None:
    """Change some of a space's terms (`CHANGEABLE`)."""
    assert set(values) <= set(CHANGEABLE)
    wanted = ", ".join(f"{name} = %({name})s" for name in values)
    sql = f"UPDATE hosting_space SET {wanted} WHERE id = %(space)s"
    execute(conn, sql, {**values, "space": space})


def hold(conn: Connection, *, space: int, entry: int, by: str, why: str, now: datetime) -> int:
    """Hold an entry; the hold's number."""
    params = {"space": space, "entry": entry, "by": by, "why": why, "now": now}
    return int(str(rows(conn, Statement(_HOLD, params))[0]["id"]))


def lift(conn: Connection, space: int, number: int) -> int | None:
    """End a hold; the entry that it was of, None when there is none."""
    sql = """
      DELETE FROM hosting_hold WHERE id = %(id)s AND space_id = %(space)s RETURNING entry_id
    """
    found = rows(conn, Statement(sql, {"id": number, "space": space}))
    return int(str(found[0]["entry_id"])) if found else None


def holds(space: int) -> Statement:
    """Holds of a space, the oldest first."""
    sql = """
      SELECT id, entry_id, by_name, why, at FROM hosting_hold
      WHERE space_id = %(space)s ORDER BY id
    """
    return Statement(sql, {"space": space})


def read_hold(row: Row, path: str | None) -> Hold:
    """A hold from its row; `path` is where it is now."""
    at = row["at"]
    assert isinstance(at, datetime)
    return Hold(int(str(row["id"])), path, str(row["by_name"]), str(row["why"]), at)


def take(conn: Connection, *, now: datetime, lease: datetime) -> int | None:
    """Where the walk for overdue files goes on, for us alone until the lease; None: not due."""
    sql = "INSERT INTO hosting_expiry (id, due) VALUES (1, %(now)s) ON CONFLICT DO NOTHING"
    execute(conn, sql, {"now": now})
    found = rows(conn, Statement(_TAKE, {"now": now, "lease": lease}))
    return int(str(found[0]["cursor"])) if found else None


def go_on(conn: Connection, cursor: int, *, due: datetime) -> None:
    """The walk has come so far; when it goes on."""
    sql = "UPDATE hosting_expiry SET cursor = %(cursor)s, due = %(due)s WHERE id = 1"
    execute(conn, sql, {"cursor": cursor, "due": due})


def overdue(*, after: int, before: datetime, stores: list[int], limit: int) -> Statement:
    """Files of stores that were stored before then, from behind a number on."""
    params = {"after": after, "before": before, "stores": stores, "limit": limit}
    return Statement(_OVERDUE, params)
