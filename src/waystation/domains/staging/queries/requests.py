"""Requests as people see them."""

from waystation.domains.staging.queries.cells import (
    maybe_moment,
    maybe_text,
    moment,
    number,
    text,
)
from waystation.domains.staging.states import RequestState
from waystation.domains.staging.views import Band, Counts, RequestView
from waystation.kernel.database import Row, Statement

STATE_NAMES = {int(state): state.name.lower() for state in RequestState}

_VIEW = """
  SELECT r.id, s.name AS store, u.username AS owner, r.owner_id, r.label, r.external_id, r.state,
    r.priority, r.created, r.deadline, r.expires, r.finished, r.pin_lifetime_s, r.files, r.sized,
    r.bytes, r.bytes_online, r.n_waiting, r.n_queued, r.n_recalling, r.n_online, r.n_failed,
    r.n_cancelled, r.n_released, r.eta, r.eta_low, r.eta_high, r.why, r.position, r.seq,
    r.store_id
  FROM staging_request r
  JOIN catalogue_store s ON s.id = r.store_id JOIN accounts_user u ON u.id = r.owner_id
"""

_ONE = _VIEW + " WHERE r.id = %(id)s"
_BY_NAME = _VIEW + " WHERE r.owner_id = %(owner)s AND r.external_id = %(external_id)s"
_PAGE = (
    _VIEW
    + f"""
  WHERE r.id < %(before)s AND (%(owner)s::int IS NULL OR r.owner_id = %(owner)s)
    AND CASE %(which)s WHEN 'active' THEN r.state = {RequestState.ACTIVE:d}
        WHEN 'ended' THEN r.state <> {RequestState.ACTIVE:d} ELSE true END
  ORDER BY r.id DESC LIMIT %(limit)s
"""
)
NEWEST = 2**62


def one(request_id: int) -> Statement:
    """One request."""
    return Statement(_ONE, {"id": request_id})


def by_external_id(owner_id: int, external_id: str) -> Statement:
    """The request that an owner calls so."""
    return Statement(_BY_NAME, {"owner": owner_id, "external_id": external_id})


def page(*, owner_id: int | None, which: str, before: int | None, limit: int) -> Statement:
    """Newest first, below an id; `owner_id` None is everybody's, `which` active, ended or all."""
    params = {"owner": owner_id, "which": which, "before": before or NEWEST, "limit": limit}
    return Statement(_PAGE, params)


def forgotten(ids: str) -> str:
    """A condition: none of the requests of this array of numbers (an SQL expression) is there."""
    return f"NOT EXISTS (SELECT FROM staging_request q WHERE q.id = ANY({ids}))"


def in_flight(owner_id: int, store_id: int) -> Statement:
    """How many files an owner has waiting in a store."""
    sql = f"""
      SELECT coalesce(sum(n_waiting + n_queued + n_recalling), 0)::bigint AS files
      FROM staging_request
      WHERE owner_id = %(owner)s AND store_id = %(store)s AND state = {RequestState.ACTIVE:d}
    """
    return Statement(sql, {"owner": owner_id, "store": store_id})


def view(row: Row) -> RequestView:
    """A request from its row."""
    files, sized = number(row, "files"), number(row, "sized")
    waits = number(row, "state") == RequestState.ACTIVE
    return RequestView(
        id=number(row, "id"),
        store=text(row, "store"),
        owner=text(row, "owner"),
        label=text(row, "label"),
        external_id=maybe_text(row, "external_id"),
        state=STATE_NAMES[number(row, "state")],
        priority=number(row, "priority"),
        created=moment(row, "created"),
        deadline=maybe_moment(row, "deadline"),
        expires=maybe_moment(row, "expires"),
        finished=maybe_moment(row, "finished"),
        pin_lifetime_s=number(row, "pin_lifetime_s"),
        files=files,
        bytes=number(row, "bytes") if sized >= files else None,
        counts=counts(row),
        bytes_online=number(row, "bytes_online"),
        eta=_band(row) if waits else None,
        why=maybe_text(row, "why") if waits else None,
        position=number(row, "position") if waits and row["position"] is not None else None,
        last_event=number(row, "seq"),
    )


def counts(row: Row) -> Counts:
    """Files by state, from a request's row."""
    return Counts(
        waiting=number(row, "n_waiting"),
        queued=number(row, "n_queued"),
        recalling=number(row, "n_recalling"),
        online=number(row, "n_online"),
        failed=number(row, "n_failed"),
        cancelled=number(row, "n_cancelled"),
        released=number(row, "n_released"),
    )


def _band(row: Row) -> Band | None:
    at = maybe_moment(row, "eta")
    if at is None:
        return None
    return Band(at, maybe_moment(row, "eta_low") or at, maybe_moment(row, "eta_high") or at)
