"""Jobs as their clients know them."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from waystation.interfaces.dialects.act.translate import Kept
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows
from waystation.kernel.waking import wake

SWEEP = "act-sweep"
"""Step that takes away what cleaned jobs have in their spaces."""

_MAKE = """
  INSERT INTO act_job (user_id, proxy_id, created, modified, clusterlist, space)
  SELECT %(user)s, %(proxy)s, %(now)s, %(now)s, t.clusters, %(space)s
  FROM unnest(%(clusters)s::text[]) WITH ORDINALITY AS t(clusters, place) ORDER BY place
  RETURNING id
"""

# A name is part of it, exactly as written; no sign in it means anything.
_FIND = """
  SELECT * FROM act_job WHERE user_id = %(user)s AND NOT gone
    AND (%(ids)s::bigint[] = '{}' OR id = ANY(%(ids)s))
    AND (%(name)s::text = '' OR strpos(jobname, %(name)s) > 0)
  ORDER BY id
"""

_CONFIRM = """
  UPDATE act_job j SET jobname = t.name, jobdesc = t.description, request_id = t.request,
    modified = %(now)s
  FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(descriptions)s::text[],
    %(requests)s::bigint[]) AS t(id, name, description, request)
  WHERE j.id = t.id AND j.request_id IS NULL AND NOT j.gone
"""


def make(
    conn: Connection,
    clusters: Sequence[str],
    *,
    user: int,
    proxy: int | None,
    space: str,
    now: datetime,
) -> list[int]:
    """New jobs, to be confirmed; their numbers in the order of their clusters."""
    params = {"user": user, "proxy": proxy, "space": space, "now": now}
    found = rows(conn, Statement(_MAKE, {**params, "clusters": list(clusters)}))
    return [int(str(row["id"])) for row in found]


def find(user: int, ids: Sequence[int], name: str) -> Statement:
    """Somebody's jobs by number and part of their name."""
    return Statement(_FIND, {"user": user, "ids": list(ids), "name": name})


def confirm(
    conn: Connection, confirmed: Sequence[tuple[int, str, str, int]], *, now: datetime
) -> None:
    """Jobs have a name, a description and a request: (number, name, description, request)."""
    params: dict[str, Value] = {
        "ids": [each[0] for each in confirmed],
        "names": [each[1] for each in confirmed],
        "descriptions": [each[2] for each in confirmed],
        "requests": [each[3] for each in confirmed],
        "now": now,
    }
    execute(conn, _CONFIRM, params)


def fetched(conn: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """Their owner wants what they left, though they failed."""
    sql = "UPDATE act_job SET fetched = true, modified = %(now)s WHERE id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(ids), "now": now})


def clean(conn: Connection, ids: Sequence[int]) -> None:
    """Nobody sees them any more; what they have in their spaces goes later."""
    if execute(conn, "UPDATE act_job SET gone = true WHERE id = ANY(%(i)s)", {"i": list(ids)}):
        wake(conn, SWEEP)


def gone(limit: int) -> Statement:
    """Jobs whose files are to go."""
    return Statement("SELECT * FROM act_job WHERE gone ORDER BY id LIMIT %(n)s", {"n": limit})


def forget(conn: Connection, ids: Sequence[int]) -> None:
    """Their files are gone, and so are they."""
    execute(conn, "DELETE FROM act_job WHERE id = ANY(%(ids)s) AND gone", {"ids": list(ids)})


def abandon(conn: Connection, *, before: datetime) -> int:
    """Jobs that were made long ago and never confirmed are cleaned; how many."""
    sql = (
        "UPDATE act_job SET gone = true WHERE request_id IS NULL AND NOT gone AND created < %(t)s"
    )
    return execute(conn, sql, {"t": before})


def kept(row: Row) -> Kept:
    """A job from its row."""
    return Kept(
        id=int(str(row["id"])),
        user_id=int(str(row["user_id"])),
        proxy_id=cast("int | None", row["proxy_id"]),
        created=cast("datetime", row["created"]),
        modified=cast("datetime", row["modified"]),
        clusterlist=str(row["clusterlist"]),
        space=str(row["space"]),
        jobname=cast("str | None", row["jobname"]),
        jobdesc=cast("str | None", row["jobdesc"]),
        request_id=cast("int | None", row["request_id"]),
        fetched=bool(row["fetched"]),
    )
