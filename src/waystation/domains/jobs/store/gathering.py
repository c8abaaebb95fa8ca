"""Requests whose jobs wait for inputs or for other requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from waystation.domains.jobs.entities import Wish
from waystation.domains.jobs.states import JobState
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_GATHERED = f"{JobState.QUEUED:d}, {JobState.STAGING:d}"


def wish(row: Row) -> Wish:
    """What a request asks for, of each of its jobs."""
    return msgspec.convert(row["wish"], Wish)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the jobs of a request share.

    Attributes:
        id, owner_id, name: of the request.
        token: of the names of its runs.
        wish: without its items.
    """

    id: int
    owner_id: int
    name: str
    token: str
    wish: Wish


def asked(conn: Connection, jobs: Sequence[Row]) -> dict[int, Asked]:
    """The requests of these jobs by id, each read once."""
    sql = "SELECT * FROM jobs_request WHERE id = ANY(%(ids)s)"
    ids: list[object] = [*{row["request_id"] for row in jobs}]
    return {
        int(str(r["id"])): Asked(
            int(str(r["id"])), int(str(r["owner_id"])), str(r["name"]), str(r["token"]), wish(r)
        )
        for r in rows(conn, Statement(sql, {"ids": ids}))
    }


def waiting(conn: Connection, request: int) -> list[Row]:
    """Jobs of a request that wait for inputs, or for others."""
    sql = f"""
      SELECT id, n, item, state FROM jobs_job
      WHERE request_id = %(id)s AND state IN ({_GATHERED}) ORDER BY n
    """
    return rows(conn, Statement(sql, {"id": request}))


def before(conn: Connection, requests: Sequence[int]) -> tuple[int, int]:
    """Of requests that come before: how many go on, and how many did not end well."""
    sql = """
      SELECT count(*) AS known, count(*) FILTER (WHERE finished IS NULL) AS going,
        count(*) FILTER (WHERE finished IS NOT NULL AND n_done < jobs) AS bad
      FROM jobs_request WHERE id = ANY(%(ids)s)
    """
    found = rows(conn, Statement(sql, {"ids": list(requests)}))[0]
    forgotten = len({*requests}) - int(str(found["known"]))
    return int(str(found["going"])), int(str(found["bad"])) + forgotten


def unreleased(conn: Connection, limit: int) -> list[Row]:
    """Requests that are over and may hold inputs still."""
    sql = """
      SELECT id, owner_id FROM jobs_request
      WHERE NOT released AND finished IS NOT NULL ORDER BY finished LIMIT %(limit)s
    """
    return rows(conn, Statement(sql, {"limit": limit}))


def staged(conn: Connection, request: int, stages: Sequence[int]) -> None:
    """These stage requests bring inputs of a request up; those before them stay known."""
    sql = """
      UPDATE jobs_request
      SET staged = ARRAY(SELECT DISTINCT unnest(staged || %(ids)s::bigint[]) ORDER BY 1)
      WHERE id = %(id)s AND NOT staged @> %(ids)s::bigint[]
    """
    execute(conn, sql, {"id": request, "ids": list(stages)})


def released(conn: Connection, requests: Sequence[int], *, now: datetime) -> None:
    """They hold nothing any more, unless they were begun again meanwhile."""
    sql = """
      UPDATE jobs_request SET released = true, let_go = %(now)s
      WHERE id = ANY(%(ids)s) AND finished IS NOT NULL
    """
    execute(conn, sql, {"ids": list(requests), "now": now})
