"""Statements of the acceptable-use policy."""

from datetime import datetime

from waystation.domains.people.entities import PolicyView
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_NOW = "SELECT id AS version, text, by, created FROM people_policy ORDER BY id DESC LIMIT 1"

_OWED = f"""
  SELECT p.* FROM ({_NOW}) AS p
  JOIN accounts_user u ON u.id = %(user)s AND greatest(p.created, u.date_joined) <= %(before)s
  WHERE NOT EXISTS (SELECT 1 FROM people_acceptance a
    WHERE a.user_id = u.id AND a.policy_id = p.version)
"""


def now() -> Statement:
    """The version in force."""
    return Statement(_NOW, {})


def owed(user_id: int, *, before: datetime) -> Statement:
    """The version in force, if an account has had it since before a moment and not agreed."""
    return Statement(_OWED, {"user": user_id, "before": before})


def add(conn: Connection, text: str, *, by: str, now: datetime) -> int:
    """Put a version in force; its number."""
    sql = """
      INSERT INTO people_policy (text, by, created) VALUES (%(text)s, %(by)s, %(now)s)
      RETURNING id
    """
    return int(str(rows(conn, Statement(sql, {"text": text, "by": by, "now": now}))[0]["id"]))


def accept(conn: Connection, user_id: int, version: int, *, now: datetime) -> bool:
    """Somebody agrees to the version in force; False when it is another one by now."""
    sql = f"""
      INSERT INTO people_acceptance (user_id, policy_id, at)
      SELECT %(user)s, p.version, %(now)s FROM ({_NOW}) AS p WHERE p.version = %(version)s
      ON CONFLICT (user_id, policy_id) DO UPDATE SET user_id = excluded.user_id
    """
    return bool(execute(conn, sql, {"user": user_id, "version": version, "now": now}))


def read(row: Row) -> PolicyView:
    """A version from its row."""
    return PolicyView(**row)  # type: ignore[arg-type]
