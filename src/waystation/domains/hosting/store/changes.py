"""Moves on disk that were begun, and the trash."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.catalogue.door import Entry, EntryKind, entries, many
from waystation.domains.hosting.entities import Deleted, Space
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_BEGIN = """
  INSERT INTO hosting_change (space_id, source, target, inode, due)
  VALUES (%(space)s, %(source)s, %(target)s, %(inode)s, %(due)s) RETURNING id
"""

_BEGIN_MANY = """
  INSERT INTO hosting_change (space_id, source, target, inode, due)
  SELECT %(space)s, m.source, m.target, m.inode, %(due)s
  FROM unnest(%(sources)s::text[], %(targets)s::text[], %(inodes)s::bigint[])
    AS m(source, target, inode)
  RETURNING id, target
"""

_TRASH_MANY = """
  INSERT INTO hosting_trashed (entry_id, space_id, parent_id, name, path, by_id, at, expires)
  SELECT e.id, %(space)s, e.parent_id, e.name, m.path, %(by)s, %(now)s, %(expires)s
  FROM unnest(%(ids)s::bigint[], %(paths)s::text[]) AS m(id, path)
  JOIN catalogue_entry e ON e.id = m.id
"""

_OVERDUE = """
  UPDATE hosting_change SET due = %(lease)s WHERE id = ANY(ARRAY(
    SELECT id FROM hosting_change WHERE due <= %(now)s ORDER BY due LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED))
  RETURNING id, space_id, source, target, inode
"""

_TRASH = """
  INSERT INTO hosting_trashed (entry_id, space_id, parent_id, name, path, by_id, at, expires)
  VALUES (%(entry)s, %(space)s, %(parent)s, %(name)s, %(path)s, %(by)s, %(now)s, %(expires)s)
"""

_IN_TRASH = """
  SELECT t.entry_id, t.parent_id, t.name, t.path, t.at, t.expires, e.kind, e.size, u.username
  FROM hosting_trashed t JOIN catalogue_entry e ON e.id = t.entry_id
  JOIN accounts_user u ON u.id = t.by_id
  WHERE t.space_id = %(space)s ORDER BY t.at DESC, t.entry_id LIMIT %(limit)s
"""

_EXPIRED = """
  SELECT t.entry_id, t.space_id FROM hosting_trashed t WHERE t.expires <= %(now)s
  ORDER BY t.expires LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""


def begin(
    conn: Connection, space: int, source: str, target: str, *, inode: int, due: datetime
) -> int:
    """Write down that something on disk is about to be moved; an id."""
    params = {"space": space, "source": source, "target": target, "inode": inode, "due": due}
    return int(str(rows(conn, Statement(_BEGIN, params))[0]["id"]))


def end(conn: Connection, change: int) -> bool:
    """It is done, or was put back; False when somebody else has put it back meanwhile."""
    return execute(conn, "DELETE FROM hosting_change WHERE id = %(id)s", {"id": change}) > 0


def begin_many(
    conn: Connection, space: int, moves: Sequence[tuple[str, str, int]], *, due: datetime
) -> list[int]:
    """`begin` for each (source, target, inode); ids in their order. Targets differ."""
    params = {
        "space": space,
        "sources": [source for source, _, _ in moves],
        "targets": [target for _, target, _ in moves],
        "inodes": [inode for _, _, inode in moves],
        "due": due,
    }
    found = rows(conn, Statement(_BEGIN_MANY, params)) if moves else []
    numbers = {str(row["target"]): int(str(row["id"])) for row in found}
    return [numbers[target] for _, target, _ in moves]


def end_many(conn: Connection, numbers: Sequence[int]) -> set[int]:
    """`end` for each; those that nobody has put back meanwhile."""
    sql = "DELETE FROM hosting_change WHERE id = ANY(%(ids)s) RETURNING id"
    return {int(str(row["id"])) for row in rows(conn, Statement(sql, {"ids": list(numbers)}))}


def overdue(conn: Connection, *, now: datetime, lease: datetime, limit: int) -> list[Row]:
    """Moves that nobody finished, for us alone until the lease ends."""
    return rows(conn, Statement(_OVERDUE, {"now": now, "lease": lease, "limit": limit}))


def trash(
    conn: Connection,
    entry: Entry,
    *,
    space: Space,
    path: str,
    by: int,
    now: datetime,
    expires: datetime,
) -> None:
    """Take an entry out of its folder, to be brought back until it expires."""
    params = {
        "entry": entry.id,
        "space": space.id,
        "parent": entry.parent_id,
        "name": entry.name,
        "path": path,
        "by": by,
        "now": now,
        "expires": expires,
    }
    execute(conn, _TRASH, params)
    entries.move(conn, entry.id, parent=0, name=f"trash:{entry.id}", now=now)


def trash_many(
    conn: Connection,
    found: Sequence[tuple[Entry, str]],
    *,
    space: Space,
    now: datetime,
    expires: datetime,
) -> None:
    """`trash` for each entry with its path; by the owner of the space."""
    ids = [entry.id for entry, _ in found]
    params = {
        "ids": ids,
        "paths": [path for _, path in found],
        "space": space.id,
        "by": space.owner_id,
        "now": now,
        "expires": expires,
    }
    execute(conn, _TRASH_MANY, params)
    many.out(conn, ids, now=now)


def trashed(space: int, *, limit: int) -> Statement:
    """What is in a space's trash, newest first."""
    return Statement(_IN_TRASH, {"space": space, "limit": limit})


def held(space: int, entry: int) -> Statement:
    """What the trash knows of one thing, locked until the transaction ends; maybe nothing."""
    sql = """
      SELECT parent_id, name FROM hosting_trashed
      WHERE entry_id = %(entry)s AND space_id = %(space)s FOR UPDATE
    """
    return Statement(sql, {"space": space, "entry": entry})


def read_trashed(row: Row) -> Deleted:
    """Something in the trash, from its row."""
    at, expires = row["at"], row["expires"]
    assert isinstance(at, datetime)
    assert isinstance(expires, datetime)
    return Deleted(
        entry_id=int(str(row["entry_id"])),
        name=str(row["name"]),
        path=str(row["path"]),
        folder=row["kind"] == EntryKind.FOLDER,
        size=int(str(row["size"])),
        by=str(row["username"]),
        at=at,
        expires=expires,
    )


def expired(conn: Connection, *, now: datetime, limit: int) -> list[Row]:
    """What the trash has kept long enough, locked until the transaction ends."""
    return rows(conn, Statement(_EXPIRED, {"now": now, "limit": limit}))


def put_off(conn: Connection, found: list[int], *, until: datetime) -> None:
    """These stay in the trash for longer."""
    sql = "UPDATE hosting_trashed SET expires = %(until)s WHERE entry_id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": found, "until": until})


def forget(conn: Connection, entry: int) -> None:
    """It is in the trash no longer."""
    execute(conn, "DELETE FROM hosting_trashed WHERE entry_id = %(entry)s", {"entry": entry})
