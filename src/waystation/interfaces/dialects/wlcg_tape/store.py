"""Statements of the dialect's table."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from waystation.domains.staging.door import requests
from waystation.interfaces.dialects.wlcg_tape.translate import Entry
from waystation.kernel.database import Connection, Row, Statement, execute

_PUT = """
  INSERT INTO wlcg_tape_stagerequest (id, owner_id, created, paths, requests, numbers, words)
  VALUES (%(id)s, %(owner)s, %(created)s, %(paths)s, %(requests)s::bigint[], %(numbers)s::int[],
          %(words)s::text[])
"""


def put(
    conn: Connection,
    request_id: UUID,
    *,
    owner_id: int,
    created: datetime,
    entries: Sequence[Entry],
) -> None:
    """Write a request."""
    params = {
        "id": request_id,
        "owner": owner_id,
        "created": created,
        "paths": [entry.path for entry in entries],
        "requests": [entry.request for entry in entries],
        "numbers": [entry.number for entry in entries],
        "words": [entry.words for entry in entries],
    }
    execute(conn, _PUT, params)


def one(request_id: UUID) -> Statement:
    """A request."""
    sql = """
      SELECT owner_id, created, paths, requests, numbers, words
      FROM wlcg_tape_stagerequest WHERE id = %(id)s
    """
    return Statement(sql, {"id": request_id})


def entries(row: Row) -> list[Entry]:
    """The files of a request's row, in the order asked."""
    columns = [row[name] for name in ("paths", "requests", "numbers", "words")]
    lists = [column for column in columns if isinstance(column, list)]
    return [
        Entry(str(path), int(request), int(number), None if words is None else str(words))
        for path, request, number, words in zip(*lists, strict=True)
    ]


def drop(conn: Connection, request_id: UUID) -> None:
    """Forget a request; what it asked for stays in our own history."""
    sql = "DELETE FROM wlcg_tape_stagerequest WHERE id = %(id)s"
    execute(conn, sql, {"id": request_id})


def forget(conn: Connection, *, before: datetime, limit: int) -> int:
    """Forget requests older than that of which none of ours is there any more; how many."""
    sql = f"""
      DELETE FROM wlcg_tape_stagerequest WHERE id = ANY(ARRAY(
        SELECT w.id FROM wlcg_tape_stagerequest w
        WHERE w.created < %(before)s AND {requests.forgotten("w.requests")}
        LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    """
    return execute(conn, sql, {"before": before, "limit": limit})
