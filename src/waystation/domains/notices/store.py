"""Statements of messages."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.notices.entities import Draft, MessageView, Severity
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = """m.id, m.text, m.severity, m.audience, m.shown_from, m.shown_until, m.down_from,
  m.down_until, m.dismissible, m.by, m.created, m.withdrawn"""

_MINE = f"""
  SELECT {_COLUMNS} FROM notices_message m
  WHERE m.withdrawn IS NULL AND m.audience = ANY(%(audiences)s) AND m.shown_from <= %(now)s
    AND (m.shown_until > %(now)s) IS NOT FALSE
    AND NOT (m.dismissible AND EXISTS (SELECT 1 FROM notices_dismissal d
      WHERE d.user_id = %(user)s AND d.message_id = m.id))
  ORDER BY m.severity DESC, m.id DESC LIMIT %(limit)s
"""

_ADD = f"""
  INSERT INTO notices_message AS m (text, severity, audience, shown_from, shown_until, down_from,
    down_until, dismissible, by, created)
  VALUES (%(text)s, %(severity)s, %(audience)s, coalesce(%(shown_from)s, %(now)s),
    %(shown_until)s, %(down_from)s, %(down_until)s, %(dismissible)s, %(by)s, %(now)s)
  RETURNING {_COLUMNS}
"""


def mine(audiences: Sequence[str], *, user_id: int, now: datetime, limit: int) -> Statement:
    """What is told now to one of these, and was not put away; the loudest first."""
    params = {"audiences": list(audiences), "user": user_id, "now": now, "limit": limit}
    return Statement(_MINE, params)


def page(*, before: int | None, limit: int) -> Statement:
    """All messages ever, newest first."""
    sql = f"""
      SELECT {_COLUMNS} FROM notices_message m
      WHERE (%(before)s::bigint IS NULL OR m.id < %(before)s) ORDER BY m.id DESC LIMIT %(limit)s
    """
    return Statement(sql, {"before": before, "limit": limit})


def add(conn: Connection, draft: Draft, *, by: str, now: datetime) -> MessageView:
    """Write a message."""
    params = {name: getattr(draft, name) for name in Draft.__slots__}
    params |= {"severity": int(draft.severity), "by": by, "now": now}
    return read(rows(conn, Statement(_ADD, params))[0])


def withdraw(conn: Connection, message_id: int, *, now: datetime) -> bool:
    """Show it no more; False when there is none that is shown."""
    sql = """
      UPDATE notices_message SET withdrawn = %(now)s WHERE id = %(id)s AND withdrawn IS NULL
    """
    return bool(execute(conn, sql, {"id": message_id, "now": now}))


def dismiss(conn: Connection, message_id: int, audiences: Sequence[str], *, user_id: int) -> bool:
    """Somebody put it away; False when it is not told to one of these, or must be seen."""
    sql = """
      INSERT INTO notices_dismissal (user_id, message_id)
      SELECT %(user)s, m.id FROM notices_message m
      WHERE m.id = %(id)s AND m.dismissible AND m.audience = ANY(%(audiences)s)
      ON CONFLICT (user_id, message_id) DO UPDATE SET user_id = excluded.user_id
    """
    params = {"id": message_id, "user": user_id, "audiences": list(audiences)}
    return bool(execute(conn, sql, params))


def read(row: Row) -> MessageView:
    """A message from its row."""
    found = {name: row[name] for name in MessageView.__dataclass_fields__}
    found["severity"] = Severity(int(str(row["severity"]))).name.lower()
    return MessageView(**found)  # type: ignore[arg-type]
