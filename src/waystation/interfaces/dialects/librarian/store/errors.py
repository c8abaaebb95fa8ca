"""Errors that operators are shown until they clear them."""

from datetime import datetime

from waystation.interfaces.dialects.librarian.translate import Category, Severity
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = "id, severity, category, message, raised_time, cleared_time, cleared, caller"
_LONGEST = 4_000


def report(
    conn: Connection,
    severity: Severity,
    category: Category,
    message: str,
    *,
    caller: str,
    now: datetime,
) -> None:
    """Write an error down; one that is open in the same words is not repeated."""
    sql = """
      INSERT INTO librarian_error (severity, category, message, raised_time, caller)
      SELECT %(severity)s::text, %(category)s::text, %(message)s::text, %(now)s, %(caller)s::text
      WHERE NOT EXISTS (SELECT 1 FROM librarian_error WHERE NOT cleared
        AND category = %(category)s::text AND message = %(message)s::text)
    """
    text = message.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST]
    known = {"severity": severity.value, "category": category.value, "message": text}
    execute(conn, sql, {**known, "now": now, "caller": caller})


def found(
    *,
    number: int | None,
    category: str | None,
    severity: str | None,
    window: tuple[datetime, datetime] | None,
    resolved: bool,
    limit: int,
) -> Statement:
    """Errors, newest first; None asks for nothing."""
    asked = {
        "id = %(number)s": number,
        "category = %(category)s": category,
        "severity = %(severity)s": severity,
        "raised_time >= %(begin)s": window,
        "raised_time <= %(end)s": window,
        "NOT cleared": None if resolved else True,
    }
    where = " AND ".join(text for text, value in asked.items() if value is not None) or "true"
    sql = f"""
      SELECT {_COLUMNS} FROM librarian_error WHERE {where}
      ORDER BY raised_time DESC, id DESC LIMIT %(limit)s
    """
    begin, end = window or (None, None)
    params = {"number": number, "category": category, "severity": severity}
    return Statement(sql, {**params, "begin": begin, "end": end, "limit": limit})


def clear(conn: Connection, number: int, *, now: datetime) -> tuple[Row | None, bool]:
    """Clear an error: it, or None when there is none, and whether it was open."""
    sql = f"""
      UPDATE librarian_error SET cleared = true, cleared_time = %(now)s
      WHERE id = %(id)s AND NOT cleared RETURNING {_COLUMNS}
    """
    done = rows(conn, Statement(sql, {"id": number, "now": now}))
    if done:
        return done[0], True
    there = f"SELECT {_COLUMNS} FROM librarian_error WHERE id = %(id)s"
    known = rows(conn, Statement(there, {"id": number}))
    return (known[0], False) if known else (None, False)
