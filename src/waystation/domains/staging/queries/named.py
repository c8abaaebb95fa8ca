"""Requests by the names that another system gives them: for dialects whose clients choose ids.

A name is given back when that system forgets a job (`Staging.drop_name`), so that the index of
names holds only the jobs that somebody may still ask for, however long the history.
"""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.staging.states import ItemState, RecallState, RequestState
from waystation.kernel.database import Statement

_CAME = f"({ItemState.ONLINE:d}, {ItemState.RELEASED:d})"
_LAST = """
  LEFT JOIN LATERAL (SELECT at FROM staging_event WHERE request_id = r.id AND kind = 'online'
                     ORDER BY seq DESC LIMIT 1) l ON true
"""
_COUNTS = """
  r.id, r.external_id, r.label, r.state, r.created, r.finished, r.files, r.refused,
  r.n_online + r.n_released AS ready, r.n_failed
"""

_ONE = f"""
  SELECT {_COUNTS}, l.at AS last_online FROM staging_request r {_LAST}
  WHERE r.owner_id = %(owner)s AND r.external_id = %(name)s
"""

_ALL = f"""
  SELECT {_COUNTS}, l.at AS last_online, i.path AS sample FROM staging_request r {_LAST}
  JOIN staging_item i ON i.request_id = r.id AND i.n = 1
  WHERE r.owner_id = %(owner)s AND r.external_id LIKE %(like)s ORDER BY r.id
"""

_TOTALS = f"""
  SELECT count(*) FILTER (WHERE r.state = {RequestState.ACTIVE:d}) AS active,
    count(*) FILTER (WHERE r.state <> {RequestState.ACTIVE:d}) AS ended,
    coalesce(sum(r.n_online + r.n_released), 0)::bigint AS ready,
    coalesce(sum(r.n_failed + r.refused), 0)::bigint AS failed,
    coalesce(sum(r.n_waiting + r.n_queued + r.n_recalling), 0)::bigint AS waiting,
    max(l.at) AS last_online
  FROM staging_request r {_LAST}
  WHERE r.owner_id = %(owner)s AND r.external_id LIKE %(like)s
"""

# One JSON object made by the database: 100,000 rows would stop every other answer meanwhile.
_FILES = f"""
  SELECT json_object_agg(right(path, -%(cut)s), json_build_array(
           state IN {_CAME}, state = {ItemState.FAILED:d},
           floor(extract(epoch FROM finished))::bigint))::text AS files,
         floor(extract(epoch FROM max(finished)))::bigint AS last
  FROM staging_item WHERE request_id = %(id)s
"""

_NOT_COME = f"""
  SELECT path FROM staging_item WHERE request_id = %(id)s AND state NOT IN {_CAME} ORDER BY n
"""

_FAILED = f"""
  SELECT {_COUNTS} FROM (
    SELECT *, row_number() OVER (ORDER BY finished DESC) AS age FROM staging_request
    WHERE owner_id = %(owner)s AND label LIKE %(label)s AND state IN
      ({RequestState.PARTIAL:d}, {RequestState.FAILED:d}, {RequestState.EXPIRED:d})) r
  WHERE r.age <= %(always)s OR r.finished > %(since)s ORDER BY r.finished DESC LIMIT 10000
"""

_SEEN = f"""
  SELECT array_agg(CASE
    WHEN r.state IN ({RecallState.QUEUED:d}, {RecallState.LISTED:d}) THEN false
    WHEN r.state = {RecallState.HELD:d} AND EXISTS (
      SELECT 1 FROM staging_item i WHERE i.recall_id = r.id AND i.state = {ItemState.ONLINE:d}
        AND i.finished > %(since)s) THEN true END ORDER BY a.n) AS online
  FROM unnest(%(paths)s::text[]) WITH ORDINALITY AS a(path, n)
  LEFT JOIN staging_recall r ON r.store_id = %(store)s AND r.path = a.path
"""


def one(owner_id: int, name: str) -> Statement:
    """The request of that name: counts, moments, when a file came last."""
    return Statement(_ONE, {"owner": owner_id, "name": name})


def every(owner_id: int, *, like: str) -> Statement:
    """Requests of an owner that have a name of that pattern, oldest first; a file of each."""
    return Statement(_ALL, {"owner": owner_id, "like": like})


def totals(owner_id: int, *, like: str) -> Statement:
    """Sums over the same."""
    return Statement(_TOTALS, {"owner": owner_id, "like": like})


def by_path(request_id: int, *, base: str) -> Statement:
    """`files`: path below a directory to [came, failed, when], a JSON object as text; `last`."""
    return Statement(_FILES, {"id": request_id, "cut": len(base) + 1})


def not_come(request_id: int) -> Statement:
    """Paths of a request's files that did not come."""
    return Statement(_NOT_COME, {"id": request_id})


def failed(owner_id: int, *, label: str, since: datetime, always: int) -> Statement:
    """Requests that ended without all files, newest first: since a moment, `always` at least.

    Args:
        owner_id: whose.
        label: a LIKE pattern.
        since: older ones are left out beyond `always`.
        always: the newest so many are in it however old.
    """
    params = {"owner": owner_id, "label": label, "since": since, "always": always}
    return Statement(_FAILED, params)


def seen(store_id: int, paths: Sequence[str], *, since: datetime) -> Statement:
    """Whether files are online, one array in their order: NULL for what was not seen since then.

    A file that waits for its recall is not online.
    """
    return Statement(_SEEN, {"store": store_id, "paths": list(paths), "since": since})


def heartbeat(backend: str, *, recent: datetime) -> Statement:
    """What a tape system's worker said last; `recent`: it was after that moment."""
    sql = """
      SELECT up, message, news, seen, seen > %(recent)s AS recent FROM staging_tapesystem
      WHERE name = %(name)s
    """
    return Statement(sql, {"name": backend, "recent": recent})
