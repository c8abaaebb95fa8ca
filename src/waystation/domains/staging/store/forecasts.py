"""What the forecast step writes: when a request should be complete, its place, why it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import json

from waystation.domains.staging.states import ITEM, ItemState, RequestState
from waystation.domains.staging.store.moves import REQUEST_CHANNEL
from waystation.kernel.database import Connection, Statement, execute, rows

# Only what changed is written and told. Of a request's later forecasts one is kept, each as likely
# as the others: the newest replaces it in one case of as many as there were (reservoir sampling).
_PUT = f"""
  UPDATE staging_request q SET eta = u.eta, eta_low = u.low, eta_high = u.high,
    position = u.position, why = u.why,
    first_forecast = CASE WHEN q.first_eta IS NULL AND u.eta IS NOT NULL THEN %(now)s
                     ELSE q.first_forecast END,
    first_eta = coalesce(q.first_eta, u.eta),
    later_forecasts = q.later_forecasts + (u.later AND u.eta IS NOT NULL)::int,
    (later_forecast, later_eta) = (
      SELECT CASE WHEN kept THEN %(now)s ELSE q.later_forecast END,
             CASE WHEN kept THEN u.eta ELSE q.later_eta END
      FROM (SELECT u.later AND u.eta IS NOT NULL AND u.dice * (q.later_forecasts + 1) < 1) k(kept))
  FROM (
    SELECT *, random() AS dice
    FROM unnest(%(ids)s::bigint[], %(etas)s::timestamptz[], %(lows)s::timestamptz[],
                %(highs)s::timestamptz[], %(positions)s::int[], %(whys)s::text[],
                %(laters)s::boolean[]) AS u(id, eta, low, high, position, why, later)) u
  WHERE q.id = u.id AND q.state = {RequestState.ACTIVE:d}
    AND (q.eta, q.eta_low, q.eta_high, q.position, q.why)
        IS DISTINCT FROM (u.eta, u.low, u.high, u.position, u.why)
  RETURNING pg_notify('{REQUEST_CHANNEL}', q.id::text)
"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of one request; moments are None while nothing can be said.

    `later` is true when its owner has been told something for a while (`planner.bands.FRESH_S`).
    """

    request_id: int
    eta: datetime | None
    low: datetime | None
    high: datetime | None
    position: int | None
    why: str
    later: bool


TapeOutlook = tuple[int | None, int, int, int]
"""Of a tape: its place in the queue, None when it is being read; when its list should have ended,
and the band of that, in seconds since 1970."""


def put(conn: Connection, outlooks: Sequence[Outlook], *, now: datetime) -> None:
    """Write them."""
    params = {
        "ids": [o.request_id for o in outlooks],
        "etas": [o.eta for o in outlooks],
        "lows": [o.low for o in outlooks],
        "highs": [o.high for o in outlooks],
        "positions": [o.position for o in outlooks],
        "whys": [o.why for o in outlooks],
        "laters": [o.later for o in outlooks],
        "now": now,
    }
    rows(conn, Statement(_PUT, params))


def put_tapes(conn: Connection, backend: str, outlook: Mapping[str, TapeOutlook]) -> None:
    """Write when each tape's turn is."""
    sql = "UPDATE staging_tapesystem SET outlook = %(outlook)s WHERE name = %(backend)s"
    execute(conn, sql, {"backend": backend, "outlook": json.encode(outlook).decode()})


def forget_old(conn: Connection, backend: str, *, keep: int) -> int:
    """Keep the newest past forecasts of each kind."""
    sql = """
      DELETE FROM staging_forecast f USING (VALUES (false), (true)) AS k(later)
      WHERE f.backend = %(backend)s AND f.later = k.later AND f.id <= (
        SELECT id FROM staging_forecast o WHERE o.backend = %(backend)s AND o.later = k.later
        ORDER BY id DESC OFFSET %(keep)s LIMIT 1)
    """
    return execute(conn, sql, {"backend": backend, "keep": keep})


def waiting(backend: str) -> Statement:
    """Files that active requests wait for, by request, tape and list, and the last place in it."""
    states = [s for s in ITEM.open() if s not in {ItemState.WAITING, ItemState.ONLINE}]
    sql = """
      SELECT i.request_id, r.tape, r.list_id, count(*) AS files,
        max(r.list_n) AS last_n, max(r.error) AS error
      FROM staging_recall r JOIN staging_item i ON i.recall_id = r.id
      WHERE r.backend = %(backend)s AND i.state = ANY(%(states)s)
      GROUP BY 1, 2, 3
    """
    return Statement(sql, {"backend": backend, "states": states})


def past(backend: str) -> Statement:
    """How the forecasts that are kept went: their kind, predicted and actual wait in seconds."""
    sql = """
      SELECT later, predicted_s, actual_s FROM staging_forecast WHERE backend = %(backend)s
    """
    return Statement(sql, {"backend": backend})


def active(backend: str) -> Statement:
    """Active requests of a tape system, with what was forecast first."""
    sql = f"""
      SELECT q.id, q.first_forecast, q.first_eta FROM staging_request q
      JOIN catalogue_store s ON s.id = q.store_id
      WHERE q.state = {RequestState.ACTIVE:d} AND s.backend = %(backend)s
    """
    return Statement(sql, {"backend": backend})
