"""Statements of the dialect's table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.kernel.database import Connection, Row, Statement, execute

# A path asked for by two accounts at once is written in one order by both.
_PUT = """
  INSERT INTO ltfsee_globus_wish (path, request, number, asked)
  SELECT path, request, number, %(now)s
  FROM unnest(%(paths)s::text[], %(requests)s::bigint[], %(numbers)s::int[])
       AS u(path, request, number)
  ORDER BY path
  ON CONFLICT (path) DO UPDATE SET request = excluded.request, number = excluded.number,
    asked = excluded.asked
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a file is among our requests."""

    request: int
    number: int


def wishes(paths: Sequence[str]) -> Statement:
    """Of these paths, those that were asked for."""
    sql = "SELECT path, request, number FROM ltfsee_globus_wish WHERE path = ANY(%(paths)s)"
    return Statement(sql, {"paths": list(paths)})


def by_path(rows: Sequence[Row]) -> dict[str, Wish]:
    """Rows of `wishes` by their path."""
    return {
        str(row["path"]): Wish(int(str(row["request"])), int(str(row["number"]))) for row in rows
    }


def put(conn: Connection, wanted: Mapping[str, Wish], *, now: datetime) -> None:
    """Note where these are."""
    _unhurried(conn)
    params = {
        "paths": list(wanted),
        "requests": [each.request for each in wanted.values()],
        "numbers": [each.number for each in wanted.values()],
        "now": now,
    }
    execute(conn, _PUT, params)


def drop(conn: Connection, paths: Sequence[str]) -> None:
    """Forget these: they came, or their failure was told."""
    _unhurried(conn)
    sql = """
      DELETE FROM ltfsee_globus_wish WHERE path = ANY(ARRAY(
        SELECT path FROM ltfsee_globus_wish WHERE path = ANY(%(paths)s)
        ORDER BY path FOR UPDATE))
    """
    execute(conn, sql, {"paths": list(paths)})


def prune(conn: Connection, *, before: datetime) -> None:
    """Forget what nobody has asked for again since; locked rows are somebody's right now."""
    _unhurried(conn)
    sql = """
      DELETE FROM ltfsee_globus_wish WHERE path = ANY(ARRAY(
        SELECT path FROM ltfsee_globus_wish WHERE asked < %(before)s
        ORDER BY path LIMIT 10000 FOR UPDATE SKIP LOCKED))
    """
    execute(conn, sql, {"before": before})


def _unhurried(conn: Connection) -> None:
    """Nobody waits for the disk: a crash may lose these rows, see `models.Wish`."""
    conn.execute("SET LOCAL synchronous_commit = off")
