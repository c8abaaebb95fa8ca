"""What must be true of the tables of staging after every single commit, whoever died when."""

import re
from collections.abc import Iterator

import psycopg

from waystation.domains.staging.states import ItemState, ListStage, RecallState, RequestState
from waystation.domains.staging.store.moves import COUNTERS

WAITED = (ItemState.WAITING, ItemState.QUEUED, ItemState.RECALLING)
PIECE = re.compile(r"\[(\d+),(\d+)\)")

# What an item is after an event of this kind; an item that joins a recall which is in a list
# already is told as queued, so the two count as one when events are read back.
AFTER = {
    "submitted": ItemState.WAITING,
    "retried": ItemState.WAITING,
    "queued": ItemState.QUEUED,
    "evicted": ItemState.QUEUED,
    "recalling": ItemState.QUEUED,
    "online": ItemState.ONLINE,
    "failed": ItemState.FAILED,
    "cancelled": ItemState.CANCELLED,
    "released": ItemState.RELEASED,
}

_RECOUNT = ", ".join(
    f"count(*) FILTER (WHERE i.state = {int(state)}) AS {name}" for state, name in COUNTERS.items()
)
_NAMES = ", ".join(COUNTERS.values())

# Each names rows that must not be.
_NEVER = {
    "counters differ from a recount of the items": f"""
        SELECT r.id FROM staging_request r
        JOIN (SELECT i.request_id, {_RECOUNT} FROM staging_item i GROUP BY 1) c
          ON c.request_id = r.id
        WHERE ({", ".join(f"r.{n}" for n in COUNTERS.values())})
           <> ({", ".join(f"c.{n}" for n in COUNTERS.values())})""",
    "bytes online differ from a recount": f"""
        SELECT r.id FROM staging_request r WHERE bytes_online <> (
          SELECT coalesce(sum(bytes), 0) FROM staging_item
          WHERE request_id = r.id AND state = {ItemState.ONLINE:d})""",
    "more sizes are counted than there are files": """
        SELECT id FROM staging_request WHERE sized > files""",
    "bytes differ from a recount though every size is known": """
        SELECT r.id FROM staging_request r WHERE r.sized = r.files AND r.bytes <> (
          SELECT sum(coalesce(i.bytes, c.bytes)) FROM staging_item i
          LEFT JOIN staging_recall c ON c.id = i.recall_id WHERE i.request_id = r.id)
          AND r.n_cancelled = 0""",
    "event numbers have a gap": """
        SELECT r.id FROM staging_request r
        WHERE (SELECT (count(*), min(seq), max(seq)) FROM staging_event WHERE request_id = r.id)
              <> (r.seq, 1::bigint, r.seq)""",
    "the queue differs from a recount of the queued recalls": f"""
        SELECT * FROM (
          SELECT backend, tape, owner_id, count(*) AS files, coalesce(sum(bytes), 0) AS bytes,
                 round(sum(extract(epoch FROM created)), 3) AS arrivals, min(created) AS oldest
          FROM staging_recall WHERE state = {RecallState.QUEUED:d} GROUP BY 1, 2, 3) a
        FULL JOIN (SELECT backend, tape, owner_id, files, bytes,
                          round(arrival_sum_s::numeric, 3) AS arrivals
                   FROM staging_queue) b USING (backend, tape, owner_id)
        WHERE (a.files, a.bytes, a.arrivals) IS DISTINCT FROM (b.files, b.bytes, b.arrivals)""",
    "an item waits for a recall that is not there": f"""
        SELECT i.request_id, i.n FROM staging_item i
        LEFT JOIN staging_recall c ON c.id = i.recall_id
        WHERE i.state IN ({ItemState.QUEUED:d}, {ItemState.RECALLING:d}) AND c.id IS NULL""",
    "an item says recalling and its recall is in no list, or the other way round": f"""
        SELECT i.request_id, i.n FROM staging_item i JOIN staging_recall c ON c.id = i.recall_id
        WHERE i.state IN ({ItemState.QUEUED:d}, {ItemState.RECALLING:d})
          AND (i.state = {ItemState.RECALLING:d}) <> (c.state = {RecallState.LISTED:d})""",
    "a recall is held for an item that still waits": f"""
        SELECT i.request_id, i.n FROM staging_item i JOIN staging_recall c ON c.id = i.recall_id
        WHERE i.state IN ({", ".join(str(int(s)) for s in WAITED)})
          AND c.state = {RecallState.HELD:d}""",
    "nobody wants a recall, and it is not marked so": f"""
        SELECT c.id FROM staging_recall c
        WHERE NOT EXISTS (SELECT 1 FROM staging_item i WHERE i.recall_id = c.id)
          AND NOT (c.state = {RecallState.LISTED:d} AND c.unwanted)""",
    "a recall is in a list that has ended": f"""
        SELECT c.id FROM staging_recall c JOIN staging_recalllist l ON l.id = c.list_id
        WHERE c.state = {RecallState.LISTED:d} AND l.stage = {ListStage.ENDED:d}""",
    "a recall says another moment or list than its state has": f"""
        SELECT id, state, due, list_id FROM staging_recall
        WHERE (due IS NOT NULL) <> (state IN ({RecallState.NEW:d}, {RecallState.BACKOFF:d}))
          OR (list_id IS NOT NULL) <> (state IN ({RecallState.LISTED:d}, {RecallState.HELD:d}))""",
    "an online item has no pin": f"""
        SELECT request_id, n FROM staging_item
        WHERE state = {ItemState.ONLINE:d} AND (pinned_until IS NULL OR finished IS NULL)""",
    "a request has ended while files are waited for": f"""
        SELECT id FROM staging_request
        WHERE state <> {RequestState.ACTIVE:d} AND n_waiting + n_queued + n_recalling > 0""",
}

# These are true once nothing moves any more.
_AT_REST = {
    "a request is still active": f"""
        SELECT id FROM staging_request WHERE state = {RequestState.ACTIVE:d}""",
    "a list is still open": f"""
        SELECT id, key FROM staging_recalllist WHERE stage <> {ListStage.ENDED:d}""",
    "a recall is held by nobody, or still under way": f"""
        SELECT c.id, c.state FROM staging_recall c WHERE c.state <> {RecallState.HELD:d}
          OR NOT EXISTS (SELECT 1 FROM staging_item i
                         WHERE i.recall_id = c.id AND i.state = {ItemState.ONLINE:d})""",
}


def check_books(conn: psycopg.Connection, *, at_rest: bool = False) -> None:
    """Fail with everything that is wrong.

    Args:
        conn: any connection to the database.
        at_rest: nothing should be under way any more.
    """
    wrong = list(_wrong(conn, _NEVER))
    wrong += list(_misread(conn))
    if at_rest:
        wrong += list(_wrong(conn, _AT_REST))
    assert not wrong, "\n".join(wrong)


def _wrong(conn: psycopg.Connection, rules: dict[str, str]) -> Iterator[str]:
    for words, sql in rules.items():
        found = conn.execute(sql.encode()).fetchall()
        if found:
            yield f"{words}: {found[:5]}"


def _misread(conn: psycopg.Connection) -> Iterator[str]:
    """The events alone, read in order, must give every item's state."""
    told: dict[tuple[int, int], ItemState] = {}
    sql = b"SELECT request_id, kind, count, ranges FROM staging_event ORDER BY request_id, seq"
    for request_id, kind, count, ranges in conn.execute(sql):
        if kind not in AFTER:
            continue
        numbers = [n for low, high in PIECE.findall(ranges) for n in range(int(low), int(high))]
        if len(numbers) != count:
            yield f"event {kind} of {request_id} counts {count}, names {ranges}"
        for n in numbers:
            told[request_id, n] = AFTER[kind]
    for request_id, n, state in conn.execute(b"SELECT request_id, n, state FROM staging_item"):
        real = ItemState.QUEUED if state == ItemState.RECALLING else ItemState(state)
        if told.get((request_id, n)) is not real:
            yield f"file {n} of {request_id} is {real.name}, told {told.get((request_id, n))}"
