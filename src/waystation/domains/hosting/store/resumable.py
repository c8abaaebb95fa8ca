"""Uploads that can be resumed: the same rows, found by who comes back for them."""

from datetime import datetime

from waystation.domains.hosting.entities import Condition, Pending, Received, Space, Ticket
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = """id, part, parent_id, name, owner_id, subjects, held_bytes, mtime, expires, size,
  absent, etags, doubtful_from"""

_PENDING = f"""
  SELECT {_COLUMNS} FROM hosting_upload
  WHERE part = %(part)s AND space_id = %(space)s AND owner_id = %(owner)s AND size IS NOT NULL
    AND expires > %(now)s
"""

_RECEIVED = """
  SELECT size, due FROM hosting_received
  WHERE part = %(part)s AND space_id = %(space)s AND owner_id = %(owner)s AND due > %(now)s
"""

_ENDING = f"""
  UPDATE hosting_upload SET due = %(due)s WHERE part = %(part)s AND space_id = %(space)s
    AND owner_id = %(owner)s AND size IS NOT NULL AND expires > %(now)s
  RETURNING {_COLUMNS}
"""


def pending(space: int, part: str, owner: int, *, now: datetime) -> Statement:
    """Somebody's own upload that is under way."""
    return Statement(_PENDING, {"space": space, "part": part, "owner": owner, "now": now})


def received(space: int, part: str, owner: int, *, now: datetime) -> Statement:
    """Somebody's own upload that was stored."""
    return Statement(_RECEIVED, {"space": space, "part": part, "owner": owner, "now": now})


def ending(
    conn: Connection, space: Space, part: str, owner: int, *, now: datetime, due: datetime
) -> Pending | None:
    """Somebody's own upload that is about to be stored; the sweeper looks at it when due."""
    params = {"space": space.id, "part": part, "owner": owner, "now": now, "due": due}
    found = rows(conn, Statement(_ENDING, params))
    return read(found[0], space) if found else None


def doubt(conn: Connection, upload: int, doubtful_from: int | None, *, due: datetime) -> bool:
    """Say from where on bytes are not proved; False when it was given up meanwhile."""
    sql = """
      UPDATE hosting_upload SET doubtful_from = %(from)s, due = %(due)s, expires = %(due)s
      WHERE id = %(id)s
    """
    return bool(execute(conn, sql, {"id": upload, "from": doubtful_from, "due": due}))


def look_at(conn: Connection, upload: int, *, due: datetime) -> bool:
    """When the sweeper looks at it, however long it is waited for; False when it is gone."""
    sql = "UPDATE hosting_upload SET due = %(due)s WHERE id = %(id)s"
    return bool(execute(conn, sql, {"id": upload, "due": due}))


def forget(conn: Connection, *, now: datetime) -> int:
    """Nobody will ask for these any more; how many."""
    return execute(conn, "DELETE FROM hosting_received WHERE due <= %(now)s", {"now": now})


def read(row: Row, space: Space) -> Pending:
    """An upload from its row."""
    charged, etags = row["subjects"], row["etags"]
    assert isinstance(charged, list)
    assert isinstance(etags, list)
    expires, mtime, doubtful = row["expires"], row["mtime"], row["doubtful_from"]
    assert isinstance(expires, datetime)
    size = int(str(row["size"]))
    ticket = Ticket(
        id=int(str(row["id"])),
        space=space,
        part=str(row["part"]),
        parent_id=int(str(row["parent_id"])),
        name=str(row["name"]),
        owner_id=int(str(row["owner_id"])),
        subjects=tuple(charged),
        held_bytes=int(str(row["held_bytes"])),
        mtime=mtime if isinstance(mtime, datetime) else None,
        size=size,
    )
    return Pending(
        ticket=ticket,
        size=size,
        condition=Condition(absent=bool(row["absent"]), etags=frozenset(etags)),
        expires=expires,
        doubtful_from=None if doubtful is None else int(str(doubtful)),
    )


def read_received(row: Row) -> Received:
    """One that was stored, from its row."""
    due = row["due"]
    assert isinstance(due, datetime)
    return Received(int(str(row["size"])), due)
