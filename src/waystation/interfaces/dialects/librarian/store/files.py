"""Files and their instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.kernel.database import Connection, Row, Statement, execute, rows

_FILE = "f.id, f.name, f.size, f.checksum, f.uploader, f.source, f.create_time"
_INSTANCE = """i.id, i.file_id, i.entry_id, i.path, i.deletion_policy, i.created_time, i.available,
  i.checked_checksum, i.checked_size, i.checked_time"""

ADDED = """
  made AS (
    INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
    VALUES (%(name)s, %(size)s, %(checksum)s, %(uploader)s, %(source)s, %(create_time)s)
    ON CONFLICT (name) DO NOTHING RETURNING id
  ), kept AS (
    INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
    SELECT id, %(entry)s, %(path)s, %(deletion_policy)s, %(now)s FROM made RETURNING id)
"""
_ADD = f"WITH {ADDED} SELECT id FROM kept"

_ADD_MANY = """
  WITH told AS (
    SELECT DISTINCT ON (u.name) * FROM unnest(%(name)s::text[], %(size)s::bigint[],
      %(checksum)s::text[], %(uploader)s::text[], %(source)s::text[],
      %(create_time)s::timestamptz[], %(entry)s::bigint[], %(path)s::text[],
      %(deletion_policy)s::int[])
      AS u(name, size, checksum, uploader, source, create_time, entry, path, deletion_policy)
  ), made AS (
    INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
    SELECT name, size, checksum, uploader, source, create_time FROM told
    ON CONFLICT (name) DO NOTHING RETURNING id, name)
  INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
  SELECT m.id, t.entry, t.path, t.deletion_policy, %(now)s FROM made m JOIN told t USING (name)
  RETURNING id
"""

_MANIFEST = f"""
  SELECT {_FILE}, i.id AS instance_id, i.entry_id, i.path, i.deletion_policy, i.created_time
  FROM librarian_instance i JOIN librarian_file f ON f.id = i.file_id
  WHERE i.available AND i.id > %(after)s AND i.id <= %(last)s ORDER BY i.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be written down, with its one instance here.

    Attributes:
        name: its own for ever.
        size: bytes, of a directory those of all its files.
        checksum: `algo:::hex`.
        uploader, source: names.
        create_time: when it came to be.
        entry: in the catalogue.
        path: in the space.
        deletion_policy: 0 or 1.
    """

    name: str
    size: int
    checksum: str
    uploader: str
    source: str
    create_time: datetime
    entry: int
    path: str
    deletion_policy: int = 0

    def columns(self) -> dict[str, object]:
        """As statements have it."""
        return {name: getattr(self, name) for name in NewFile.__slots__}


def add(conn: Connection, new: NewFile, *, now: datetime) -> bool:
    """Write a file down; False when the name is taken."""
    return bool(rows(conn, Statement(_ADD, {**new.columns(), "now": now})))


def add_many(conn: Connection, new: Sequence[NewFile], *, now: datetime) -> int:
    """Write files down; those whose names are taken stay as they are. How many are new."""
    if not new:
        return 0
    columns = {name: [getattr(each, name) for each in new] for name in NewFile.__slots__}
    return len(rows(conn, Statement(_ADD_MANY, {**columns, "now": now})))


def entries_of(names: Sequence[str]) -> Statement:
    """Where the bytes of files are, by their names."""
    sql = """
      SELECT f.name, min(i.entry_id) AS entry_id FROM librarian_file f
      JOIN librarian_instance i ON i.file_id = f.id WHERE f.name = ANY(%(names)s) GROUP BY f.name
    """
    return Statement(sql, {"names": list(names)})


def checksum_of(name: str, sha256: bytes) -> Statement:
    """The wire's checksum of a file that has this digest, and never had another content."""
    sql = """
      SELECT f.checksum FROM librarian_file f JOIN librarian_instance i ON i.file_id = f.id
      JOIN catalogue_entry e ON e.id = i.entry_id
      WHERE f.name = %(name)s AND e.sha256 = %(sha256)s AND e.version = 1
    """
    return Statement(sql, {"name": name, "sha256": sha256})


def named(name: str) -> Statement:
    """The file of a name."""
    sql = f"SELECT {_FILE} FROM librarian_file f WHERE f.name = %(name)s"
    return Statement(sql, {"name": name})


def found(
    *,
    name: str | None,
    window: tuple[datetime, datetime] | None,
    uploader: str | None,
    source: str | None,
    limit: int,
) -> Statement:
    """Files, newest first; None asks for nothing. Each form of it ends by an index."""
    asked = {
        "f.name = %(name)s": name,
        "f.create_time >= %(begin)s": window,
        "f.create_time <= %(end)s": window,
        "f.uploader = %(uploader)s": uploader,
        "f.source = %(source)s": source,
    }
    where = " AND ".join(text for text, value in asked.items() if value is not None) or "true"
    sql = f"""
      SELECT {_FILE} FROM librarian_file f WHERE {where}
      ORDER BY f.create_time DESC, f.id DESC LIMIT %(limit)s
    """
    begin, end = window or (None, None)
    params = {"name": name, "begin": begin, "end": end, "uploader": uploader, "source": source}
    return Statement(sql, {**params, "limit": limit})


def instances_of(files: Sequence[int]) -> Statement:
    """The instances of files."""
    sql = f"""
      SELECT {_INSTANCE} FROM librarian_instance i WHERE i.file_id = ANY(%(files)s) ORDER BY i.id
    """
    return Statement(sql, {"files": list(files)})


def instances(
    *,
    number: int | None,
    path: str | None,
    deletion_policy: int | None,
    created_time: datetime | None,
    file_name: str | None,
    available: bool | None,
    limit: int,
) -> Statement:
    """Instances, newest first, with the names of their files."""
    asked = {
        "i.id = %(number)s": number,
        "i.path = %(path)s": path,
        "i.deletion_policy = %(policy)s": deletion_policy,
        "i.created_time = %(created)s": created_time,
        "f.name = %(name)s": file_name,
        "i.available = %(available)s": available,
    }
    where = " AND ".join(text for text, value in asked.items() if value is not None) or "true"
    sql = f"""
      SELECT {_INSTANCE}, f.name AS file_name
      FROM librarian_instance i JOIN librarian_file f ON f.id = i.file_id WHERE {where}
      ORDER BY i.created_time DESC, i.id DESC LIMIT %(limit)s
    """
    params = {"number": number, "path": path, "policy": deletion_policy, "created": created_time}
    return Statement(sql, {**params, "name": file_name, "available": available, "limit": limit})


def checked(
    conn: Connection, instance: int, *, checksum: str | None, size: int | None, now: datetime
) -> None:
    """Remember what was found when an instance was read."""
    sql = """
      UPDATE librarian_instance SET checked_checksum = %(checksum)s, checked_size = %(size)s,
        checked_time = %(now)s WHERE id = %(id)s
    """
    execute(conn, sql, {"id": instance, "checksum": checksum, "size": size, "now": now})


def drop_instance(conn: Connection, instance: int) -> Row | None:
    """Forget an instance; what it was, None when there is none."""
    sql = f"DELETE FROM librarian_instance i WHERE i.id = %(id)s RETURNING {_INSTANCE}"
    gone = rows(conn, Statement(sql, {"id": instance}))
    return gone[0] if gone else None


def last_instance() -> Statement:
    """The newest instance there is; 0 when there is none."""
    return Statement("SELECT coalesce(max(id), 0) AS last FROM librarian_instance", {})


def manifest(*, after: int, last: int, limit: int) -> Statement:
    """Available instances with their files, in the order in which they came."""
    return Statement(_MANIFEST, {"after": after, "last": last, "limit": limit})


def make_unavailable(conn: Connection, *, last: int) -> int:
    """What was listed up to there is somewhere else now; how many."""
    sql = "UPDATE librarian_instance SET available = false WHERE available AND id <= %(last)s"
    return execute(conn, sql, {"last": last})
