"""Entries of trees: found by name, listed in pages, put, moved and taken away.

Statements only; whose tree it is, and what is on disk, is the caller's business.
"""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.catalogue.entities import Content, Entry, EntryKind
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = """e.id, e.parent_id, e.name, e.kind, e.size, e.adler32, e.sha256, e.mtime, e.changed,
  e.version, e.owner_id, e.inode, e.mtime_ns"""

# One index probe a level, whatever the folder's size.
_WALK = f"""
  WITH RECURSIVE walk(id, depth) AS (
    SELECT %(root)s::bigint, 0
    UNION ALL
    SELECT e.id, w.depth + 1 FROM walk w JOIN catalogue_entry e
      ON e.parent_id = w.id AND e.name = (%(names)s::text[])[w.depth + 1]
    WHERE w.depth < %(depth)s
  )
  SELECT {_COLUMNS} FROM walk w JOIN catalogue_entry e USING (id) ORDER BY w.depth
"""

_PAGE = f"""
  SELECT {_COLUMNS} FROM catalogue_entry e
  WHERE e.parent_id = %(folder)s AND e.kind = {{kind:d}} AND e.name > %(after)s
  ORDER BY e.name LIMIT %(limit)s
"""
_PAGES = {kind: _PAGE.format(kind=kind) for kind in EntryKind}

_PUT = f"""
  INSERT INTO catalogue_entry AS e (store_id, parent_id, name, kind, size, adler32, sha256,
    mtime, changed, owner_id, inode, mtime_ns)
  VALUES (%(store)s, %(parent)s, %(name)s, {EntryKind.FILE:d}, %(size)s, %(adler32)s,
    %(sha256)s, %(mtime)s, %(now)s, %(owner)s, %(inode)s, %(mtime_ns)s)
  ON CONFLICT (parent_id, name) DO UPDATE SET size = excluded.size,
    adler32 = excluded.adler32, sha256 = excluded.sha256, mtime = excluded.mtime,
    changed = excluded.changed, version = e.version + 1, inode = excluded.inode,
    mtime_ns = excluded.mtime_ns
  WHERE e.kind = {EntryKind.FILE:d}
  RETURNING {_COLUMNS}
"""

_MAKE = f"""
  INSERT INTO catalogue_entry AS e (store_id, parent_id, name, kind, mtime, changed, owner_id)
  VALUES (%(store)s, %(parent)s, %(name)s, {EntryKind.FOLDER:d}, %(now)s, %(now)s, %(owner)s)
  ON CONFLICT (parent_id, name) DO NOTHING RETURNING {_COLUMNS}
"""

_MOVE = """
  UPDATE catalogue_entry SET parent_id = %(parent)s, name = %(name)s, changed = %(now)s
  WHERE id = %(id)s
"""

_BELOW = """
  WITH RECURSIVE below(id) AS (
    SELECT %(id)s::bigint
    UNION ALL SELECT e.id FROM below b JOIN catalogue_entry e ON e.parent_id = b.id
  )
"""

_WEIGHT = f"""
  {_BELOW}
  SELECT e.owner_id, count(*) AS files, coalesce(sum(e.size), 0)::bigint AS bytes
  FROM below b JOIN catalogue_entry e USING (id) WHERE e.kind = {EntryKind.FILE:d}
  GROUP BY e.owner_id
"""

_DROP = f"{_BELOW} DELETE FROM catalogue_entry e USING below b WHERE e.id = b.id"

_ABOVE = """
  WITH RECURSIVE above(id) AS (
    SELECT %(id)s::bigint
    UNION ALL SELECT e.parent_id FROM above a JOIN catalogue_entry e ON e.id = a.id
    WHERE e.parent_id <> 0
  ) SELECT id FROM above
"""


def walk(root: int, names: Sequence[str]) -> Statement:
    """The entries on the way from a root along these names, as far as they are there."""
    return Statement(_WALK, {"root": root, "names": list(names), "depth": len(names)})


def page(folder: int, kind: EntryKind, *, after: str = "", limit: int) -> Statement:
    """Entries of a kind in a folder, by name, from behind that name on."""
    return Statement(_PAGES[kind], {"folder": folder, "after": after, "limit": limit})


def lock(conn: Connection, parent: int, name: str) -> None:
    """Nobody else changes what that name is until the transaction ends, there or not."""
    sql = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, %(parent)s))"
    rows(conn, Statement(sql, {"parent": parent, "name": name}))


def child(conn: Connection, parent: int, name: str) -> Entry | None:
    """What that name is in a folder; None when it is nothing."""
    where = "parent_id = %(parent)s AND name = %(name)s"
    sql = f"SELECT {_COLUMNS} FROM catalogue_entry e WHERE {where}"
    found = rows(conn, Statement(sql, {"parent": parent, "name": name}))
    return read(found[0]) if found else None


def put(
    conn: Connection,
    *,
    store: int,
    parent: int,
    name: str,
    content: Content,
    owner: int,
    now: datetime,
) -> Entry | None:
    """Make a file or give it new content; None when the name is a folder's."""
    params = {
        "store": store,
        "parent": parent,
        "name": name,
        "owner": owner,
        "now": now,
        "size": content.size,
        "adler32": content.adler32,
        "sha256": content.sha256,
        "mtime": content.mtime,
        "inode": content.inode,
        "mtime_ns": content.mtime_ns,
    }
    found = rows(conn, Statement(_PUT, params))
    return read(found[0]) if found else None


def make_folder(
    conn: Connection, *, store: int, parent: int, name: str, owner: int, now: datetime
) -> Entry | None:
    """Make a folder; None when the name is taken."""
    params = {"store": store, "parent": parent, "name": name, "owner": owner, "now": now}
    found = rows(conn, Statement(_MAKE, params))
    return read(found[0]) if found else None


def move(conn: Connection, entry: int, *, parent: int, name: str, now: datetime) -> None:
    """Give an entry, with all that is below it, another place."""
    execute(conn, _MOVE, {"id": entry, "parent": parent, "name": name, "now": now})


def above(conn: Connection, entry: int) -> set[int]:
    """An entry and every folder above it."""
    return {int(str(row["id"])) for row in rows(conn, Statement(_ABOVE, {"id": entry}))}


def path(conn: Connection, root: int, entry: int) -> list[str] | None:
    """The names from a root down to an entry, which stay so until the transaction ends.

    None when the entry is not below the root (any more).
    """
    sql = """
      SELECT id, parent_id, name FROM catalogue_entry WHERE id = ANY(%(ids)s) ORDER BY id FOR SHARE
    """
    found = rows(conn, Statement(sql, {"ids": sorted(above(conn, entry))}))
    places = {row["id"]: (row["parent_id"], str(row["name"])) for row in found}
    names: list[str] = []
    at: object = entry
    while at != root:
        if at not in places:
            return None
        at, name = places[at]
        names.append(name)
    return names[::-1]


def weight(conn: Connection, entry: int) -> dict[int, tuple[int, int]]:
    """What an entry and all below it have: (bytes, files) by owner."""
    return {
        int(str(row["owner_id"])): (int(str(row["bytes"])), int(str(row["files"])))
        for row in rows(conn, Statement(_WEIGHT, {"id": entry}))
    }


def drop(conn: Connection, entry: int) -> int:
    """Forget an entry and all below it; how many."""
    return execute(conn, _DROP, {"id": entry})


def read(row: Row) -> Entry:
    """An entry from its row."""
    values = {name: row[name] for name in Entry.__dataclass_fields__}
    digest = values["sha256"]
    values["kind"] = EntryKind(int(str(values["kind"])))
    values["sha256"] = bytes(digest) if isinstance(digest, bytes | memoryview) else None
    return Entry(**values)  # type: ignore[arg-type]
