"""Statements of sharing."""

from datetime import datetime, timedelta

from waystation.domains.sharing.entities import Share, Wish
from waystation.kernel.database import Connection, Row, Statement, execute, rows

MAY_GO_ON = timedelta(days=1)
"""So long who has begun to fetch a file may go on with it, and is not counted again."""

_COLUMNS = """id, nonce, digest, space, entry_id, maker_id, label, password, drop_box,
  most_downloads, uses, created, expires, last_used"""

_ADD = f"""
  INSERT INTO sharing_share (digest, nonce, space, entry_id, maker_id, label, password, drop_box,
    most_downloads, created, expires)
  VALUES (%(digest)s, %(nonce)s, %(space)s, %(entry)s, %(maker)s, %(label)s, %(password)s,
    %(drop_box)s, %(most)s, %(now)s, %(expires)s) RETURNING {_COLUMNS}
"""

_PAGE = f"""
  SELECT {_COLUMNS} FROM sharing_share
  WHERE space = %(space)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s
"""

# One update: however many come at once, exactly so many are let through.
_USE = """
  UPDATE sharing_share SET uses = uses + 1, last_used = %(now)s
  WHERE id = %(id)s AND (most_downloads IS NULL OR uses < most_downloads)
  RETURNING most_downloads
"""

_BEGAN = """
  INSERT INTO sharing_fetched (share_id, entry_id, client, at)
  VALUES (%(id)s, %(entry)s, %(client)s, %(now)s)
  ON CONFLICT (share_id, entry_id, client) DO UPDATE SET at = excluded.at
"""

_GOES_ON = """
  SELECT 1 AS known FROM sharing_fetched
  WHERE share_id = %(id)s AND entry_id = %(entry)s AND client = %(client)s AND at > %(since)s
"""

_NEWEST = 2**62


def add(
    conn: Connection,
    wish: Wish,
    *,
    digest: bytes,
    nonce: bytes,
    space: str,
    entry: int,
    maker: int,
    password: str,
    now: datetime,
) -> Share:
    """Write a link; the password comes hashed."""
    params = {
        "digest": digest,
        "nonce": nonce,
        "space": space,
        "entry": entry,
        "maker": maker,
        "label": wish.label.strip(),
        "password": password,
        "drop_box": wish.drop_box,
        "most": wish.most_downloads,
        "now": now,
        "expires": wish.expires,
    }
    return read(rows(conn, Statement(_ADD, params))[0])


def by_digest(digest: bytes, *, now: datetime) -> Statement:
    """A link whose time is not over."""
    sql = f"""
      SELECT {_COLUMNS} FROM sharing_share
      WHERE digest = %(digest)s AND (expires IS NULL OR expires > %(now)s)
    """
    return Statement(sql, {"digest": digest, "now": now})


def page(space: str, *, before: int | None, limit: int) -> Statement:
    """Links of a space, newest first."""
    params = {"space": space, "before": before or _NEWEST, "limit": limit}
    return Statement(_PAGE, params)


def drop(conn: Connection, space: str, share: int) -> bool:
    """End a link; False when the space has no such one."""
    sql = "DELETE FROM sharing_share WHERE id = %(id)s AND space = %(space)s"
    if not execute(conn, sql, {"id": share, "space": space}):
        return False
    execute(conn, "DELETE FROM sharing_fetched WHERE share_id = %(id)s", {"id": share})
    return True


def use(conn: Connection, share: int, entry: int, client: bytes, *, now: datetime) -> bool:
    """Count a use; False when there may be no more."""
    params = {"id": share, "entry": entry, "client": client, "now": now}
    found = rows(conn, Statement(_USE, params))
    if found and found[0]["most_downloads"] is not None:
        old = "DELETE FROM sharing_fetched WHERE share_id = %(id)s AND at <= %(since)s"
        execute(conn, old, {"id": share, "since": now - MAY_GO_ON})
        execute(conn, _BEGAN, params)
    return bool(found)


def goes_on(share: int, entry: int, client: bytes, *, now: datetime) -> Statement:
    """Whether a client has begun to fetch that file lately."""
    params = {"id": share, "entry": entry, "client": client, "since": now - MAY_GO_ON}
    return Statement(_GOES_ON, params)


def read(row: Row) -> Share:
    """A link from its row."""
    values = {name: row[name] for name in Share.__dataclass_fields__}
    for name in ("nonce", "digest"):
        value = values[name]
        assert isinstance(value, bytes | memoryview)
        values[name] = bytes(value)
    return Share(**values)  # type: ignore[arg-type]
