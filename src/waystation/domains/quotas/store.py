"""Statements of quotas: reserve before the first byte, settle at the end, in one update each.

They run in the caller's transaction. All rows of a call are locked in the order of their names, so
that two callers never wait for each other crosswise.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from waystation.domains.quotas.entities import Amount, Limits, Usage
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_MINE = "SELECT subject FROM quotas_quota WHERE subject = ANY(%(subjects)s) ORDER BY 1 FOR UPDATE"

# A limit of NULL compares to NULL, which is no objection.
_RESERVE = f"""
  WITH mine AS ({_MINE})
  UPDATE quotas_quota q
  SET held_bytes = held_bytes + %(bytes)s, held_files = held_files + %(files)s
  FROM mine WHERE q.subject = mine.subject
    AND (q.bytes + q.held_bytes + %(bytes)s > q.hard_bytes) IS NOT TRUE
    AND (q.files + q.held_files + %(files)s > q.hard_files) IS NOT TRUE
    AND (q.over_since + q.grace_s * interval '1 second' <= %(now)s) IS NOT TRUE
  RETURNING q.subject
"""

_SETTLE = f"""
  WITH mine AS ({_MINE})
  UPDATE quotas_quota q SET
    held_bytes = greatest(0, held_bytes - %(held_bytes)s),
    held_files = greatest(0, held_files - %(held_files)s),
    bytes = greatest(0, bytes + %(bytes)s), files = greatest(0, files + %(files)s),
    over_since = CASE
      WHEN (q.bytes + %(bytes)s > q.soft_bytes) IS TRUE
        OR (q.files + %(files)s > q.soft_files) IS TRUE THEN coalesce(over_since, %(now)s) END
  FROM mine WHERE q.subject = mine.subject
"""

_LIMIT = """
  INSERT INTO quotas_quota AS q (subject, hard_bytes, soft_bytes, hard_files, soft_files, grace_s)
  VALUES (%(subject)s, %(hard_bytes)s, %(soft_bytes)s, %(hard_files)s, %(soft_files)s, %(grace_s)s)
  ON CONFLICT (subject) DO UPDATE SET hard_bytes = excluded.hard_bytes,
    soft_bytes = excluded.soft_bytes, hard_files = excluded.hard_files,
    soft_files = excluded.soft_files, grace_s = excluded.grace_s,
    over_since = CASE
      WHEN (q.bytes > excluded.soft_bytes) IS TRUE OR (q.files > excluded.soft_files) IS TRUE
      THEN coalesce(q.over_since, %(now)s) END
"""


def reserve(conn: Connection, subjects: Sequence[str], more: Amount, *, now: datetime) -> set[str]:
    """Hold so much for all of them; those that took it. The caller undoes it if some did not."""
    params = {"bytes": more.bytes, "files": more.files, "now": now}
    took = _held(conn, subjects, params)
    missing = [subject for subject in subjects if subject not in took]
    if not missing:
        return took
    # They are full, or were never heard of.
    _know(conn, missing)
    return took | _held(conn, missing, params)


def settle(
    conn: Connection, subjects: Sequence[str], *, held: Amount, used: Amount, now: datetime
) -> None:
    """Give back what was held, and count what is there now (negative when it went)."""
    params = {
        "subjects": list(subjects),
        "held_bytes": held.bytes,
        "held_files": held.files,
        "bytes": used.bytes,
        "files": used.files,
        "now": now,
    }
    execute(conn, _SETTLE, params)


def count(conn: Connection, subjects: Sequence[str], found: Amount, *, now: datetime) -> None:
    """Count what was there before we knew of it, also over a limit."""
    _know(conn, subjects)
    settle(conn, subjects, held=Amount(), used=found, now=now)


def _held(conn: Connection, subjects: Sequence[str], params: Mapping[str, object]) -> set[str]:
    found = rows(conn, Statement(_RESERVE, {**params, "subjects": list(subjects)}))
    return {str(row["subject"]) for row in found}


def _know(conn: Connection, subjects: Sequence[str]) -> None:
    sql = """
      INSERT INTO quotas_quota (subject) SELECT unnest(%(subjects)s::text[])
      ON CONFLICT (subject) DO NOTHING
    """
    execute(conn, sql, {"subjects": list(subjects)})


def limit(conn: Connection, subject: str, limits: Limits, *, now: datetime) -> None:
    """Set a subject's limits; what it has already stays."""
    params = {
        "subject": subject,
        "hard_bytes": limits.hard_bytes,
        "soft_bytes": limits.soft_bytes,
        "hard_files": limits.hard_files,
        "soft_files": limits.soft_files,
        "grace_s": limits.grace_s,
        "now": now,
    }
    execute(conn, _LIMIT, params)


def usage(subjects: Sequence[str]) -> Statement:
    """How subjects stand; those that never had anything have no row."""
    sql = "SELECT * FROM quotas_quota WHERE subject = ANY(%(subjects)s) ORDER BY subject"
    return Statement(sql, {"subjects": list(subjects)})


def read(row: Row) -> Usage:
    """A subject's standing from its row."""

    def number(name: str) -> int:
        return int(str(row[name]))

    def bound(name: str) -> int | None:
        return None if row[name] is None else number(name)

    since = row["over_since"]
    return Usage(
        subject=str(row["subject"]),
        used=Amount(number("bytes"), number("files")),
        held=Amount(number("held_bytes"), number("held_files")),
        limits=Limits(
            bound("hard_bytes"),
            bound("soft_bytes"),
            bound("hard_files"),
            bound("soft_files"),
            number("grace_s"),
        ),
        over_since=since if isinstance(since, datetime) else None,
    )
