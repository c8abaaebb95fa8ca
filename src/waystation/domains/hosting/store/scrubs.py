"""How far the reading of all files is, and what it found to be damaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.kernel.database import Connection, Statement, execute, rows

_TAKE = """
  UPDATE hosting_scrub SET due = %(lease)s
  WHERE id = 1 AND due <= %(now)s RETURNING began, ended, cursor, unread, files, bytes
"""

_GO_ON = """
  UPDATE hosting_scrub SET due = %(due)s, cursor = %(cursor)s, unread = %(unread)s,
    files = files + %(files)s, bytes = bytes + %(bytes)s WHERE id = 1
"""

_BEGIN = """
  UPDATE hosting_scrub SET began = %(now)s, cursor = 0, unread = 0, files = 0, bytes = 0
  WHERE id = 1
"""

_REST = """
  UPDATE hosting_scrub SET due = %(due)s WHERE id = 1
"""

_END = """
  UPDATE hosting_scrub SET ended = %(now)s, last_files = files, last_bytes = bytes WHERE id = 1
"""

_NOTE = """
  INSERT INTO hosting_damage AS d (entry_id, version, space_id, path, at, words)
  VALUES (%(entry)s, %(version)s, %(space)s, %(path)s, %(now)s, %(words)s)
  ON CONFLICT (entry_id) DO UPDATE SET version = excluded.version, path = excluded.path,
    words = excluded.words, at = CASE WHEN d.version = excluded.version THEN d.at
                                      ELSE excluded.at END
"""

# What was replaced, or deleted for good, is nobody's trouble any more.
_KNOWN = """
  SELECT d.entry_id, d.space_id, d.path, d.at, d.words, s.name AS space
  FROM hosting_damage d JOIN hosting_space s ON s.id = d.space_id
  JOIN catalogue_entry e ON e.id = d.entry_id AND e.version = d.version
"""

_WRECKS = """
  SELECT d.entry_id, d.path, d.at, d.words, s.name AS space, e.size, e.sha256
  FROM hosting_damage d JOIN hosting_space s ON s.id = d.space_id
  JOIN catalogue_entry e ON e.id = d.entry_id AND e.version = d.version
  WHERE d.entry_id > %(after)s AND e.parent_id <> 0 AND e.sha256 IS NOT NULL
  ORDER BY d.entry_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a reading goes on.

    Attributes:
        began: when this cycle did; None before the first.
        ended: when the last one did.
        cursor: last entry that was looked at in it.
        unread: last entry without a digest that was looked at.
    """

    began: datetime | None
    ended: datetime | None
    cursor: int
    unread: int

    @property
    def running(self) -> bool:
        """A cycle is under way."""
        return self.began is not None and (self.ended is None or self.ended < self.began)

    def over(self, now: datetime, cycle: timedelta) -> bool:
        """It is time for the next cycle."""
        return self.began is None or (not self.running and now >= self.began + cycle)


def take(conn: Connection, *, now: datetime, lease: datetime) -> Turn | None:
    """The turn, for us alone until the lease ends; None when it is not due."""
    execute(conn, "INSERT INTO hosting_scrub (id, due) VALUES (1, %(now)s) ON CONFLICT DO NOTHING",
            {"now": now})  # fmt: skip
    found = rows(conn, Statement(_TAKE, {"now": now, "lease": lease}))
    if not found:
        return None
    began, ended = (found[0][name] for name in ("began", "ended"))
    assert began is None or isinstance(began, datetime)
    assert ended is None or isinstance(ended, datetime)
    return Turn(began, ended, int(str(found[0]["cursor"])), int(str(found[0]["unread"])))


def go_on(
    conn: Connection, *, cursor: int, unread: int, files: int, bytes_: int, due: datetime
) -> None:
    """So far it came."""
    params = {"cursor": cursor, "unread": unread, "files": files, "bytes": bytes_, "due": due}
    execute(conn, _GO_ON, params)


def begin(conn: Connection, *, now: datetime) -> None:
    """A cycle begins."""
    execute(conn, _BEGIN, {"now": now})


def rest(conn: Connection, *, now: datetime, due: datetime, ends: bool) -> None:
    """There is nothing to read before then; `ends`: the cycle is at its end."""
    if ends:
        execute(conn, _END, {"now": now})
    execute(conn, _REST, {"due": due})


def note(
    conn: Connection,
    *,
    entry: int,
    version: int,
    space: int,
    path: str,
    words: str,
    now: datetime,
) -> None:
    """A file is damaged; the first time that it was seen so stays."""
    params = {
        "entry": entry,
        "version": version,
        "space": space,
        "path": path,
        "words": words,
        "now": now,
    }
    execute(conn, _NOTE, params)


def mended(conn: Connection, entries: Sequence[int]) -> None:
    """These were read and are good."""
    sql = "DELETE FROM hosting_damage WHERE entry_id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(entries)})


def damaged(space: int | None, *, limit: int) -> Statement:
    """Damaged files of a space, or of all, the newest first."""
    where = "WHERE %(space)s::int IS NULL OR d.space_id = %(space)s"
    order = "ORDER BY d.at DESC, d.entry_id LIMIT %(limit)s"
    return Statement(f"{_KNOWN} {where} {order}", {"space": space, "limit": limit})


def damaged_of(entries: Sequence[int]) -> Statement:
    """Which of these are damaged."""
    return Statement(f"{_KNOWN} WHERE d.entry_id = ANY(%(ids)s)", {"ids": list(entries)})


def wrecks(*, after: int, limit: int) -> Statement:
    """Damaged files that are where they were and have a digest, from behind an entry on."""
    return Statement(_WRECKS, {"after": after, "limit": limit})


def suspect(conn: Connection, entries: Sequence[int]) -> None:
    """These are read before all others."""
    sql = """
      INSERT INTO hosting_suspect (entry_id) SELECT unnest(%(ids)s::bigint[])
      ON CONFLICT DO NOTHING
    """
    execute(conn, sql, {"ids": list(entries)})


def suspects(*, limit: int) -> Statement:
    """Entries that are to be read before all others."""
    sql = "SELECT entry_id AS id FROM hosting_suspect ORDER BY entry_id LIMIT %(limit)s"
    return Statement(sql, {"limit": limit})


def suspected(entries: Sequence[int]) -> Statement:
    """Which of these are."""
    sql = "SELECT entry_id AS id FROM hosting_suspect WHERE entry_id = ANY(%(ids)s)"
    return Statement(sql, {"ids": list(entries)})


def acquit(conn: Connection, entries: Sequence[int]) -> None:
    """These were read, whatever it came to."""
    sql = "DELETE FROM hosting_suspect WHERE entry_id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(entries)})


def standing() -> Statement:
    """How far it is; no row before the first look."""
    return Statement(
        "SELECT began, ended, files, bytes, last_files, last_bytes FROM hosting_scrub", {}
    )
