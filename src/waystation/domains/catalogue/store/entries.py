"""Entries of trees: found by name, listed in pages, put, moved and taken away.

Statements only; whose tree it is, and what is on disk, is the caller's business.
"""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.catalogue.entities import Content, Entry, EntryKind
from waystation.kernel.database import Connection, Row, Statement, execute, rows

COLUMNS = """e.id, e.parent_id, e.name, e.kind, e.size, e.adler32, e.sha256, e.mtime, e.changed,
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
  SELECT {COLUMNS} FROM walk w JOIN catalogue_entry e USING (id) ORDER BY w.depth
"""

_PAGE = f"""
  SELECT {COLUMNS} FROM catalogue_entry e
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
  RETURNING {COLUMNS}
"""

_MAKE = f"""
  INSERT INTO catalogue_entry AS e (store_id, parent_id, name, kind, mtime, changed, owner_id)
  VALUES (%(store)s, %(parent)s, %(name)s, {EntryKind.FOLDER:d}, %(now)s, %(now)s, %(owner)s)
  ON CONFLICT (parent_id, name) DO NOTHING RETURNING {COLUMNS}
"""

# What is there already stays as it is: it may be newer than this look at the disk.
_ADOPT = """
  INSERT INTO catalogue_entry AS e (store_id, parent_id, name, kind, size, mtime, changed,
    owner_id, inode, mtime_ns)
  SELECT %(store)s, %(parent)s, u.name, u.kind, u.size, u.mtime, %(now)s, %(owner)s, u.inode,
         u.mtime_ns
  FROM unnest(%(names)s::text[], %(kinds)s::int[], %(sizes)s::bigint[], %(mtimes)s::timestamptz[],
              %(inodes)s::bigint[], %(mtimes_ns)s::bigint[])
       AS u(name, kind, size, mtime, inode, mtime_ns) ORDER BY u.name
  ON CONFLICT (parent_id, name) DO NOTHING RETURNING e.kind, e.size
"""

_FILES_BELOW = f"""
  WITH RECURSIVE below(id, kind, path) AS (
    SELECT id, kind, ''::text COLLATE "C" FROM catalogue_entry WHERE id = %(id)s
    UNION ALL
    SELECT e.id, e.kind, b.path || '/' || e.name
    FROM below b JOIN catalogue_entry e ON e.parent_id = b.id
  ) SELECT path FROM below WHERE kind = {EntryKind.FILE:d} ORDER BY path LIMIT %(limit)s
"""

_UNREAD = f"""
  SELECT id FROM catalogue_entry
  WHERE id > %(after)s AND kind = {EntryKind.FILE:d} AND sha256 IS NULL ORDER BY id LIMIT %(limit)s
"""

_FILES = f"""
  SELECT id FROM catalogue_entry WHERE id > %(after)s AND kind = {EntryKind.FILE:d}
  ORDER BY id LIMIT %(limit)s
"""

# Up from each, a level a round, whatever their number.
_PLACES = f"""
  WITH RECURSIVE up(start, top, parent_id, path) AS (
    SELECT id, id, parent_id, ''::text COLLATE "C" FROM catalogue_entry WHERE id = ANY(%(ids)s)
    UNION ALL
    SELECT u.start, p.id, p.parent_id, '/' || c.name || u.path
    FROM up u JOIN catalogue_entry c ON c.id = u.top JOIN catalogue_entry p ON p.id = u.parent_id
  )
  SELECT {COLUMNS}, u.top, ltrim(u.path, '/') AS path
  FROM up u JOIN catalogue_entry e ON e.id = u.start WHERE u.parent_id = 0
"""

_DIGESTED = """
  UPDATE catalogue_entry SET size = %(size)s, adler32 = %(adler32)s, sha256 = %(sha256)s,
    mtime = %(mtime)s, inode = %(inode)s, mtime_ns = %(mtime_ns)s,
    version = version + (mtime_ns <> %(mtime_ns)s OR size <> %(size)s)::int
  WHERE id = %(id)s AND version = %(version)s
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
  )
"""
_PATH = f"""
  {_ABOVE} SELECT id, parent_id, name FROM catalogue_entry
  WHERE id = ANY(ARRAY(SELECT id FROM above)) ORDER BY id FOR SHARE
"""


def walk(root: int, names: Sequence[str]) -> Statement:
    """The entries on the way from a root along these names, as far as they are there."""
    return Statement(_WALK, {"root": root, "names": list(names), "depth": len(names)})


def page(folder: int, kind: EntryKind, *, after: str = "", limit: int) -> Statement:
    """Entries of a kind in a folder, by name, from behind that name on."""
    return Statement(_PAGES[kind], {"folder": folder, "after": after, "limit": limit})


def lock(conn: Connection, parent: int, name: str) -> None:
    """Nobody else changes what that name is until the transaction ends, there or not."""
    # The folder's lock is shared: who puts many files into it has it alone (`many.lock`).
    sql = """
      SELECT pg_advisory_xact_lock_shared(hashtextextended('', %(parent)s)),
        pg_advisory_xact_lock(hashtextextended(%(name)s, %(parent)s))
    """
    rows(conn, Statement(sql, {"parent": parent, "name": name}))


def child(conn: Connection, parent: int, name: str) -> Entry | None:
    """What that name is in a folder; None when it is nothing."""
    where = "parent_id = %(parent)s AND name = %(name)s"
    sql = f"SELECT {COLUMNS} FROM catalogue_entry e WHERE {where}"
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


def adopt(
    conn: Connection,
    found: Sequence[tuple[str, EntryKind, Content]],
    *,
    store: int,
    parent: int,
    owner: int,
    now: datetime,
) -> tuple[int, int, int]:
    """Take in what is in a folder on disk; new files, their bytes, new folders."""
    params = {
        "store": store,
        "parent": parent,
        "owner": owner,
        "now": now,
        "names": [name for name, _, _ in found],
        "kinds": [int(kind) for _, kind, _ in found],
        "sizes": [content.size for _, _, content in found],
        "mtimes": [content.mtime for _, _, content in found],
        "inodes": [content.inode for _, _, content in found],
        "mtimes_ns": [content.mtime_ns for _, _, content in found],
    }
    new = rows(conn, Statement(_ADOPT, params))
    sizes = [int(str(row["size"])) for row in new if row["kind"] == EntryKind.FILE]
    return len(sizes), sum(sizes), len(new) - len(sizes)


def files_below(entry: int, *, limit: int) -> Statement:
    """Paths of all files below a folder, each with a slash in front; of a file itself, empty."""
    return Statement(_FILES_BELOW, {"id": entry, "limit": limit})


def unread(*, after: int, limit: int) -> Statement:
    """Ids of files whose digest is not known, from behind an id on."""
    return Statement(_UNREAD, {"after": after, "limit": limit})


def files(*, after: int, limit: int) -> Statement:
    """Ids of files, from behind an id on."""
    return Statement(_FILES, {"after": after, "limit": limit})


def places(ids: Sequence[int]) -> Statement:
    """Entries with the root that each is below (`top`) and the way from there (`path`)."""
    return Statement(_PLACES, {"ids": list(ids)})


def digested(conn: Connection, entry: Entry, content: Content) -> bool:
    """A file is known as it is on disk; False when it is another one meanwhile.

    Its version stays when only a digest was missing: its entity tag names the same bytes.
    """
    params = {
        "id": entry.id,
        "version": entry.version,
        "size": content.size,
        "adler32": content.adler32,
        "sha256": content.sha256,
        "mtime": content.mtime,
        "inode": content.inode,
        "mtime_ns": content.mtime_ns,
    }
    return execute(conn, _DIGESTED, params) > 0


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
    sql = f"{_ABOVE} SELECT id FROM above"
    return {int(str(row["id"])) for row in rows(conn, Statement(sql, {"id": entry}))}


def path(conn: Connection, root: int, entry: int) -> list[str] | None:
    """The names from a root down to an entry, which stay so until the transaction ends.

    None when the entry is not below the root (any more).
    """
    found = rows(conn, Statement(_PATH, {"id": entry}))
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
