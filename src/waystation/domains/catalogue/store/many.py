"""Entries by the hundred: what `entries` says of one, in one statement for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.catalogue.entities import Content, Entry, EntryKind
from waystation.domains.catalogue.store.entries import COLUMNS, read
from waystation.kernel.database import Connection, Statement, execute, rows

Place = tuple[int, str]
"""A folder's id and a name in it."""

# One index probe a level and path, whatever the folders' sizes; a level that is missing ends it.
_FIND = f"""
  WITH RECURSIVE wanted AS (
    SELECT n, string_to_array(path, '/') AS names
    FROM unnest(%(paths)s::text[]) WITH ORDINALITY AS w(path, n)
  ), walk(n, names, id, depth) AS (
    SELECT n, names, %(root)s::bigint, 0 FROM wanted
    UNION ALL
    SELECT w.n, w.names, e.id, w.depth + 1 FROM walk w JOIN catalogue_entry e
      ON e.parent_id = w.id AND e.name = w.names[w.depth + 1]
    WHERE w.depth < cardinality(w.names)
  )
  SELECT w.n, {COLUMNS} FROM walk w JOIN catalogue_entry e USING (id)
  WHERE w.depth = cardinality(w.names)
"""

_ABOVE = """
  WITH RECURSIVE above(id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION SELECT e.parent_id FROM above a JOIN catalogue_entry e ON e.id = a.id
    WHERE e.parent_id <> 0
  )
  SELECT id, parent_id, name FROM catalogue_entry WHERE id IN (SELECT id FROM above)
  ORDER BY id FOR SHARE
"""

_CHILDREN = f"""
  SELECT {COLUMNS} FROM unnest(%(parents)s::bigint[], %(names)s::text[]) AS w(parent, name)
  JOIN catalogue_entry e ON e.parent_id = w.parent AND e.name = w.name
"""

_PUT = f"""
  INSERT INTO catalogue_entry AS e (store_id, parent_id, name, kind, size, adler32, sha256,
    mtime, changed, owner_id, inode, mtime_ns)
  SELECT %(store)s, w.parent, w.name, {EntryKind.FILE:d}, w.size, w.adler32, w.sha256, w.mtime,
    %(now)s, %(owner)s, w.inode, w.mtime_ns
  FROM unnest(%(parents)s::bigint[], %(names)s::text[], %(sizes)s::bigint[],
    %(adlers)s::bigint[], %(digests)s::bytea[], %(mtimes)s::timestamptz[], %(inodes)s::bigint[],
    %(mtimes_ns)s::bigint[])
    AS w(parent, name, size, adler32, sha256, mtime, inode, mtime_ns)
  ON CONFLICT (parent_id, name) DO UPDATE SET size = excluded.size,
    adler32 = excluded.adler32, sha256 = excluded.sha256, mtime = excluded.mtime,
    changed = excluded.changed, version = e.version + 1, inode = excluded.inode,
    mtime_ns = excluded.mtime_ns
  WHERE e.kind = {EntryKind.FILE:d}
  RETURNING {COLUMNS}
"""


_SEEN = """
  CREATE TEMP TABLE seen (parent bigint, name text, kind smallint, size bigint, mtime timestamptz,
    inode bigint, mtime_ns bigint) ON COMMIT DROP
"""

_COPY = "COPY seen (parent, name, kind, size, mtime, inode, mtime_ns) FROM STDIN"

_ADOPT = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, mtime, changed, owner_id,
    inode, mtime_ns)
  SELECT %(store)s, parent, name, kind, size, mtime, %(now)s, %(owner)s, inode, mtime_ns FROM seen
  ON CONFLICT (parent_id, name) DO NOTHING RETURNING kind, size
"""

_ADOPTED = f"""
  SELECT e.id, e.parent_id, e.name FROM seen s JOIN catalogue_entry e
    ON e.parent_id = s.parent AND e.name = s.name
  WHERE s.kind = {EntryKind.FOLDER:d} AND e.kind = {EntryKind.FOLDER:d}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that is on the disk, in a folder that we know."""

    parent: int
    name: str
    folder: bool
    size: int
    mtime: datetime
    inode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Put:
    """New content for one place."""

    parent: int
    name: str
    content: Content


def find(conn: Connection, root: int, paths: Sequence[str]) -> list[Entry | None]:
    """What is at each of these paths below a root, in their order; paths are normal already."""
    found: list[Entry | None] = [None] * len(paths)
    for row in rows(conn, Statement(_FIND, {"root": root, "paths": list(paths)})):
        found[int(str(row["n"])) - 1] = read(row)
    return found


def paths(conn: Connection, root: int, folders: Sequence[int]) -> dict[int, str]:
    """Where folders are below a root, which stays so until the transaction ends.

    One that is not below the root (any more) is left out.
    """
    found = rows(conn, Statement(_ABOVE, {"ids": sorted(set(folders))}))
    above = {int(str(r["id"])): (int(str(r["parent_id"])), str(r["name"])) for r in found}
    known = {}
    for folder in folders:
        names, at = [], folder
        while at != root and at in above:
            at, name = above[at]
            names.append(name)
        if at == root:
            known[folder] = "/".join(reversed(names))
    return known


def lock(conn: Connection, folders: Sequence[int]) -> None:
    """Nobody else changes what any name in these folders is until the transaction ends.

    The folder's own lock, which `entries.lock` of a single name takes too, but shares.
    """
    sql = """
      SELECT pg_advisory_xact_lock(folder) FROM (
        SELECT DISTINCT hashtextextended('', id) AS folder
        FROM unnest(%(ids)s::bigint[]) AS f(id) ORDER BY 1) AS folders
    """
    rows(conn, Statement(sql, {"ids": list(folders)}))


def children(conn: Connection, places: Sequence[Place]) -> dict[Place, Entry]:
    """What is at these places; those with nothing are left out."""
    params = {"parents": [p for p, _ in places], "names": [n for _, n in places]}
    found = (read(row) for row in rows(conn, Statement(_CHILDREN, params)))
    return {(entry.parent_id, entry.name): entry for entry in found}


def put(
    conn: Connection, files: Sequence[Put], *, store: int, owner: int, now: datetime
) -> dict[Place, Entry]:
    """Make files or give them new content, each place once; a folder is left out."""
    contents = [each.content for each in files]
    params = {
        "store": store,
        "owner": owner,
        "now": now,
        "parents": [each.parent for each in files],
        "names": [each.name for each in files],
        "sizes": [c.size for c in contents],
        "adlers": [c.adler32 for c in contents],
        "digests": [c.sha256 for c in contents],
        "mtimes": [c.mtime for c in contents],
        "inodes": [c.inode for c in contents],
        "mtimes_ns": [c.mtime_ns for c in contents],
    }
    made = (read(row) for row in rows(conn, Statement(_PUT, params)))
    return {(entry.parent_id, entry.name): entry for entry in made}


def out(conn: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """Take entries out of their folders; each is called `trash:ID` then, as no other is."""
    sql = """
      UPDATE catalogue_entry SET parent_id = 0, name = 'trash:' || id, changed = %(now)s
      WHERE id = ANY(%(ids)s)
    """
    execute(conn, sql, {"ids": list(ids), "now": now})


def mended(conn: Connection, found: Sequence[tuple[Entry, Content]]) -> None:
    """Files have the bytes again that they had, on disk as another file; their version stays."""
    sql = """
      UPDATE catalogue_entry e SET inode = w.inode, mtime_ns = w.mtime_ns,
        adler32 = coalesce(e.adler32, w.adler32)
      FROM unnest(%(ids)s::bigint[], %(inodes)s::bigint[], %(mtimes_ns)s::bigint[],
        %(adlers)s::bigint[]) AS w(id, inode, mtime_ns, adler32)
      WHERE e.id = w.id
    """
    params = {
        "ids": [entry.id for entry, _ in found],
        "inodes": [content.inode for _, content in found],
        "mtimes_ns": [content.mtime_ns for _, content in found],
        "adlers": [content.adler32 for _, content in found],
    }
    execute(conn, sql, params)


def weight(conn: Connection, entry: int, *, most: int) -> int:
    """Entries at and below one, counted no further than to `most`."""
    sql = """
      WITH RECURSIVE below(id) AS (
        SELECT %(id)s::bigint
        UNION ALL SELECT e.id FROM below b JOIN catalogue_entry e ON e.parent_id = b.id
      ) SELECT count(*) AS n FROM (SELECT 1 FROM below LIMIT %(most)s) AS first
    """
    return int(str(rows(conn, Statement(sql, {"id": entry, "most": most}))[0]["n"]))


def adopt(
    conn: Connection, seen: Sequence[Seen], *, store: int, owner: int, now: datetime
) -> tuple[int, int, dict[Place, int]]:
    """Take what is on the disk as it is, its digests unknown; what is known already stays.

    Returns:
        How many files are new, how many bytes they have, and the ids of the folders among `seen`.
    """
    conn.execute(_SEEN)
    with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        for each in seen:
            kind = EntryKind.FOLDER if each.folder else EntryKind.FILE
            copy.write_row(
                (
                    each.parent,
                    each.name,
                    int(kind),
                    each.size,
                    each.mtime,
                    each.inode,
                    each.mtime_ns,
                )
            )
    params = {"store": store, "owner": owner, "now": now}
    new = [
        int(str(r["size"]))
        for r in rows(conn, Statement(_ADOPT, params))
        if r["kind"] == EntryKind.FILE
    ]
    known = rows(conn, Statement(_ADOPTED, {}))
    folders = {(int(str(r["parent_id"])), str(r["name"])): int(str(r["id"])) for r in known}
    conn.execute("DROP TABLE seen")
    return len(new), sum(new), folders
