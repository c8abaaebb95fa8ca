"""Levels that accounts were given by this wire, and whether the one store takes files."""

from waystation.interfaces.dialects.librarian.levels import Level
from waystation.kernel.database import Connection, Statement, execute


def level(user_id: int) -> Statement:
    """What an account was given; no row when it was given nothing here."""
    sql = "SELECT level FROM librarian_account WHERE user_id = %(user)s"
    return Statement(sql, {"user": user_id})


def give(conn: Connection, user_id: int, level_: Level) -> None:
    """Remember what an account was given."""
    sql = """
      INSERT INTO librarian_account (user_id, level) VALUES (%(user)s, %(level)s)
      ON CONFLICT (user_id) DO UPDATE SET level = excluded.level
    """
    execute(conn, sql, {"user": user_id, "level": int(level_)})


def enabled(space_id: int) -> Statement:
    """Whether new files are taken; no row is yes."""
    sql = "SELECT enabled FROM librarian_shelf WHERE space_id = %(space)s"
    return Statement(sql, {"space": space_id})


def enable(conn: Connection, space_id: int, *, yes: bool) -> None:
    """Take new files, or none."""
    sql = """
      INSERT INTO librarian_shelf (space_id, enabled) VALUES (%(space)s, %(yes)s)
      ON CONFLICT (space_id) DO UPDATE SET enabled = excluded.enabled
    """
    execute(conn, sql, {"space": space_id, "yes": yes})
