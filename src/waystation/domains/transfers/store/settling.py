"""How files of shipments end: their states, counters, copies and doubts in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from waystation.domains.transfers.entities import Arrival, Standing
from waystation.domains.transfers.states import ItemState, ShipmentState, Way, end
from waystation.domains.transfers.store import shipments
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

TELL = "transfers-tell"
_LONGEST = timedelta(days=1)

_APPLY = f"""
  WITH news AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(states)s::int[], %(words)s::text[],
      %(entries)s::bigint[]) AS u(n, state, words, entry_id)
  ), moved AS (
    UPDATE transfers_shipmentfile f SET state = u.state, words = nullif(u.words, ''),
      entry_id = coalesce(u.entry_id, f.entry_id)
    FROM news u
    WHERE f.shipment_id = %(id)s AND f.n = u.n AND f.state = {ItemState.WAITING:d}
    RETURNING f.state, f.size, f.entry_id, f.path, f.target, f.sha256, f.words
  ), sums AS (
    SELECT count(*) AS n, count(*) FILTER (WHERE state = {ItemState.LANDED:d}) AS landed,
      count(*) FILTER (WHERE state = {ItemState.FAILED:d}) AS failed,
      count(*) FILTER (WHERE state = {ItemState.CANCELLED:d}) AS cancelled,
      coalesce(sum(size) FILTER (WHERE state = {ItemState.LANDED:d}), 0) AS bytes
    FROM moved
  ), counted AS (
    UPDATE transfers_shipment s SET n_waiting = n_waiting - sums.n,
      n_landed = n_landed + sums.landed, n_failed = n_failed + sums.failed,
      n_cancelled = n_cancelled + sums.cancelled, bytes_landed = bytes_landed + sums.bytes,
      changed = %(now)s
    FROM sums WHERE s.id = %(id)s AND sums.n > 0
    RETURNING s.id, s.way, s.partner_id, s.space, s.target_space, s.asked
  ), copies AS (
    INSERT INTO transfers_replica AS r (entry_id, partner_id, space, path, size, sha256, landed,
      verified)
    SELECT DISTINCT ON (m.entry_id) m.entry_id, c.partner_id, c.target_space, m.target, m.size,
      m.sha256, %(now)s, %(now)s
    FROM moved m, counted c
    WHERE c.way = {Way.OUT:d} AND m.state = {ItemState.LANDED:d} AND m.entry_id IS NOT NULL
    ON CONFLICT (entry_id, partner_id) DO UPDATE SET space = excluded.space,
      path = excluded.path, size = excluded.size, sha256 = excluded.sha256,
      landed = excluded.landed, verified = excluded.verified
    RETURNING r.entry_id, r.partner_id
  ), cleared AS (
    DELETE FROM transfers_doubt d USING copies c
    WHERE d.entry_id = c.entry_id AND d.partner_id = c.partner_id
  ), doubts AS (
    INSERT INTO transfers_doubt AS d (entry_id, partner_id, tries, due, words)
    SELECT DISTINCT ON (m.entry_id) m.entry_id, c.partner_id, 1, %(now)s + %(first)s,
      coalesce(m.words, '')
    FROM moved m, counted c
    WHERE c.way = {Way.OUT:d} AND m.state = {ItemState.FAILED:d} AND m.entry_id IS NOT NULL
    ON CONFLICT (entry_id, partner_id) DO UPDATE SET tries = d.tries + 1, words = excluded.words,
      due = %(now)s + least(%(first)s * (2 ^ least(d.tries, 20)), %(longest)s)
  ), origins AS (
    INSERT INTO transfers_origin AS o (entry_id, partner_id, path, sha256, landed)
    SELECT DISTINCT ON (m.entry_id) m.entry_id, c.partner_id, m.target, m.sha256, %(now)s
    FROM moved m, counted c
    WHERE c.way = {Way.IN:d} AND NOT c.asked AND m.state = {ItemState.LANDED:d}
      AND m.entry_id IS NOT NULL AND m.sha256 IS NOT NULL
    ON CONFLICT (entry_id) DO UPDATE SET partner_id = excluded.partner_id, path = excluded.path,
      sha256 = excluded.sha256, landed = excluded.landed
  ), mended AS (
    DELETE FROM transfers_repair x USING moved m, counted c
    WHERE c.asked AND m.state = {ItemState.LANDED:d} AND x.entry_id = m.entry_id
  ), unmended AS (
    UPDATE transfers_repair x SET words = coalesce(m.words, '') FROM moved m, counted c
    WHERE c.asked AND m.state = {ItemState.FAILED:d} AND x.entry_id = m.entry_id
  )
  SELECT n FROM sums
"""

# What others are told of the end: the owner of the rule, see `domains.notify`.
_ENDED = f"""
  SELECT jsonb_build_object(
    'about', 'shipment ' || s.id, 'shipment', s.id, 'owner_id', r.owner_id, 'rule', r.name,
    'partner', p.name, 'space', s.space, 'target_space', s.target_space, 'engine', s.engine,
    'state', %(word)s::text, 'files', s.files, 'landed', s.n_landed, 'failed', s.n_failed,
    'cancelled', s.n_cancelled, 'bytes', s.bytes_landed, 'created', s.created,
    'finished', s.finished)
  FROM transfers_shipment s JOIN transfers_rule r ON r.id = s.rule_id
  JOIN transfers_partner p ON p.id = s.partner_id
  WHERE s.id = %(id)s AND s.way = {Way.OUT:d}
"""
ENDED = "shipment.ended"

_NUMBERS = """
  SELECT n, state, coalesce(words, '') AS words FROM transfers_shipmentfile
  WHERE shipment_id = %(id)s AND state <> 0 ORDER BY n
"""


def landed(
    conn: Connection,
    shipment: int,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    first: timedelta,
) -> int:
    """Files that arrived, and those that did not; how many were still waiting.

    Args:
        conn: a transaction that has the shipment's lock.
        shipment: whose files.
        arrivals: of its files.
        now: the moment.
        first: what failed is tried again after so long; it doubles.
    """
    states = [ItemState.FAILED if each.words else ItemState.LANDED for each in arrivals]
    return _apply(
        conn,
        shipment,
        numbers=[each.n for each in arrivals],
        states=states,
        words=[each.words for each in arrivals],
        entries=[each.entry_id for each in arrivals],
        now=now,
        first=first,
    )


def heard(
    conn: Connection, shipment: int, news: Standing, *, now: datetime, first: timedelta
) -> int:
    """What the receiver says of files of ours; how many were still waiting."""
    good = [Arrival(n, None) for n in news.landed]
    bad = [Arrival(n, None, words or "It did not land.") for n, words in news.failed.items()]
    return landed(conn, shipment, [*good, *bad], now=now, first=first)


def failed(
    conn: Connection,
    shipment: int,
    failures: Mapping[int, str],
    *,
    now: datetime,
    first: timedelta,
) -> int:
    """Files that will not arrive; how many were still waiting."""
    arrivals = [Arrival(n, None, words) for n, words in failures.items()]
    return landed(conn, shipment, arrivals, now=now, first=first)


def cancelled(conn: Connection, shipment: int, *, now: datetime, words: str) -> int:
    """All that still waits is not wanted any more; how many."""
    numbers = shipments.numbers(conn, shipment)
    return _apply(
        conn,
        shipment,
        numbers=numbers,
        states=[ItemState.CANCELLED] * len(numbers),
        words=[words] * len(numbers),
        entries=[None] * len(numbers),
        now=now,
        first=timedelta(),
    )


def finish(conn: Connection, shipment: int, *, now: datetime) -> ShipmentState | None:
    """End a shipment that has nothing to wait for; its state, None when it has or had ended."""
    row = shipments.lock(conn, shipment)
    if row is None or row["due"] is None:
        return None
    waits, good, bad = (int(str(row[f"n_{name}"])) for name in ("waiting", "landed", "failed"))
    state = end(waiting=waits, landed=good, failed=bad)
    if state is None:
        return None
    sets = ", finished = %(now)s, target = ''"
    if not shipments.move(conn, shipment, state, now=now, due=None, sets=sets):
        return None
    wake(conn, TELL)
    word = state.name.lower()
    if outbox.post(conn, topic=ENDED, facts=_ENDED, params={"id": shipment, "word": word}):
        wake(conn, "outbox")
    return state


def standing(conn: Connection, row: Row) -> Standing:
    """How a shipment stands, for the other side."""
    found = rows(conn, Statement(_NUMBERS, {"id": row["id"]}))
    good = [int(str(r["n"])) for r in found if r["state"] == ItemState.LANDED]
    bad = {
        int(str(r["n"])): str(r["words"]) or "It was given up."
        for r in found
        if r["state"] != ItemState.LANDED
    }
    return Standing(open=row["finished"] is None, landed=good, failed=bad)


def told(conn: Connection, ids: Sequence[int]) -> None:
    """The senders of these know how they ended."""
    execute(
        conn, "UPDATE transfers_shipment SET told = true WHERE id = ANY(%(ids)s)", {"ids": [*ids]}
    )


def _apply(
    conn: Connection,
    shipment: int,
    *,
    numbers: Sequence[int],
    states: Sequence[ItemState],
    words: Sequence[str],
    entries: Sequence[int | None],
    now: datetime,
    first: timedelta,
) -> int:
    if not numbers:
        return 0
    params = {
        "id": shipment,
        "numbers": list(numbers),
        "states": [int(state) for state in states],
        "words": [text[:1000] for text in words],
        "entries": list(entries),
        "now": now,
        "first": first,
        "longest": _LONGEST,
    }
    return int(str(rows(conn, Statement(_APPLY, params))[0]["n"]))
