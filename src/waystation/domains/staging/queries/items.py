"""Files of a request as people see them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from waystation.domains.staging.queries.cells import (
    maybe_moment,
    maybe_number,
    maybe_text,
    moment,
    number,
    text,
)
from waystation.domains.staging.states import ItemState, ListStage, RecallState
from waystation.domains.staging.views import (
    Band,
    ErrorGroup,
    EventView,
    ItemView,
    Strip,
    TapeShare,
)
from waystation.kernel.database import Row, Statement

ITEM_NAMES = {int(state): state.name.lower() for state in ItemState}
MAX_CELLS = 100_000
MAX_RANGES = 100
_RANGE = re.compile(r"\[(\d+),(\d+)\)")

# While a recall lives, it knows more than its item: tape, size, tries, last trouble.
_PAGE = """
  SELECT i.n, i.path, i.state, coalesce(i.bytes, r.bytes) AS bytes,
    greatest(i.attempts, coalesce(r.tries, 0)) AS attempts, coalesce(i.error, r.error) AS error,
    nullif(coalesce(i.tape, r.tape), '') AS tape, i.finished, i.pinned_until
  FROM staging_item i LEFT JOIN staging_recall r ON r.id = i.recall_id
  WHERE i.request_id = %(id)s AND i.n > %(after)s AND i.n >= %(low)s AND i.n <= %(high)s
    AND (%(state)s::int IS NULL OR i.state = %(state)s)
  ORDER BY i.n LIMIT %(limit)s
"""

_TAPES = f"""
  WITH share AS (
    SELECT nullif(coalesce(i.tape, r.tape), '') AS tape, count(*) AS files,
      count(*) FILTER (WHERE i.state IN ({ItemState.ONLINE:d}, {ItemState.RELEASED:d})) AS online,
      count(*) FILTER (WHERE i.state = {ItemState.FAILED:d}) AS failed,
      count(*) FILTER (WHERE i.state = {ItemState.RECALLING:d}) AS recalling,
      count(*) FILTER (WHERE i.state IN ({ItemState.WAITING:d}, {ItemState.QUEUED:d})) AS waiting
    FROM staging_item i LEFT JOIN staging_recall r ON r.id = i.recall_id
    WHERE i.request_id = %(id)s GROUP BY 1),
  known AS (
    SELECT t.outlook FROM staging_request q JOIN catalogue_store s ON s.id = q.store_id
    JOIN staging_tapesystem t ON t.name = s.backend WHERE q.id = %(id)s)
  SELECT s.*, k.outlook->s.tape AS outlook FROM share s LEFT JOIN known k ON true
  ORDER BY recalling DESC, waiting DESC, (k.outlook->s.tape->>0)::int, 1 LIMIT 1000
"""

_ERRORS = f"""
  SELECT coalesce(error, 'failed without a word') AS words, count(*) AS files,
         min(path) AS example
  FROM staging_item WHERE request_id = %(id)s AND state = {ItemState.FAILED:d}
  GROUP BY 1 ORDER BY 2 DESC LIMIT 20
"""

_FILES = """
  SELECT a.path, r.state, r.tape, r.bytes, i.pinned_until, i.request_id, i.state AS item_state,
         r.error
  FROM unnest(%(paths)s::text[]) WITH ORDINALITY AS a(path, n)
  LEFT JOIN staging_recall r ON r.store_id = %(store)s AND r.path = a.path
  LEFT JOIN LATERAL (
    SELECT request_id, state, pinned_until FROM staging_item WHERE recall_id = r.id
    ORDER BY pinned_until DESC NULLS LAST, request_id DESC LIMIT 1) i ON r.id IS NOT NULL
  ORDER BY a.n
"""

_FILE = """
  SELECT r.path, r.state, r.tape, r.bytes, i.pinned_until, i.request_id, i.state AS item_state
  FROM staging_recall r LEFT JOIN LATERAL (
    SELECT request_id, state, pinned_until FROM staging_item WHERE recall_id = r.id
    ORDER BY pinned_until DESC NULLS LAST, request_id DESC LIMIT 1) i ON true
  WHERE r.store_id = %(store)s AND r.path = %(path)s
"""

_SENT = f"""
  SELECT count(*) AS files FROM staging_recall
  WHERE backend = %(backend)s AND state = {RecallState.LISTED:d} AND list_id IN (
    SELECT id FROM staging_recalllist WHERE backend = %(backend)s
      AND stage <> {ListStage.ENDED:d})
"""


def page(
    request_id: int,
    *,
    after: int,
    limit: int,
    state: str | None,
    low: int = 0,
    high: int = 2**31 - 1,
) -> Statement:
    """Files by number; `low` and `high` cut a piece out (a brushed heat-strip)."""
    code = None if state is None else int(ItemState[state.upper()])
    params = {"id": request_id, "after": after, "limit": limit, "state": code}
    return Statement(_PAGE, {**params, "low": low, "high": high})


def item(row: Row) -> ItemView:
    """A file from its row."""
    return ItemView(
        n=number(row, "n"),
        path=text(row, "path"),
        state=ITEM_NAMES[number(row, "state")],
        bytes=maybe_number(row, "bytes"),
        attempts=number(row, "attempts"),
        error=maybe_text(row, "error"),
        tape=maybe_text(row, "tape"),
        finished=maybe_moment(row, "finished"),
        pinned_until=maybe_moment(row, "pinned_until"),
    )


def states(request_id: int) -> Statement:
    """Every file's state as one text of digits."""
    sql = """
      SELECT coalesce(string_agg(state::text, '' ORDER BY n), '') AS digits
      FROM staging_item WHERE request_id = %(id)s
    """
    return Statement(sql, {"id": request_id})


def strip(row: Row) -> Strip:
    """Cells of the heat-strip: of the files in a cell the least finished one is shown."""
    codes = text(row, "digits").encode().translate(bytes(max(0, i - 48) for i in range(256)))
    bucket = max(1, -(-len(codes) // MAX_CELLS))
    if bucket > 1:
        # Failed is shown before done; open states are lower numbers already.
        rank = bytes.maketrans(b"\x00\x01\x02\x03\x04\x05\x06", b"\x00\x01\x02\x04\x03\x05\x06")
        ranked = codes.translate(rank)
        cells = (min(ranked[i : i + bucket]) for i in range(0, len(codes), bucket))
        codes = bytes(cells).translate(rank)
    files = len(text(row, "digits"))
    return Strip(files, bucket, codes, {str(k): v for k, v in ITEM_NAMES.items()})


def tapes(request_id: int) -> Statement:
    """The request's files by cartridge."""
    return Statement(_TAPES, {"id": request_id})


def tape_share(row: Row) -> TapeShare:
    """Files on a cartridge, from a row."""
    recalling, waiting = number(row, "recalling"), number(row, "waiting")
    state = "mounted" if recalling else "waiting" if waiting else "done"
    place, *moments = cast("Sequence[int | None]", row["outlook"] or (None,))
    open_ = recalling or waiting
    if state == "waiting" and place == 1:
        state = "next"
    return TapeShare(
        tape=maybe_text(row, "tape"),
        files=number(row, "files"),
        online=number(row, "online"),
        failed=number(row, "failed"),
        state=state,
        position=place if state in {"waiting", "next"} else None,
        eta=Band(*map(_second, moments)) if open_ and moments else None,
    )


def _second(moment: int | None) -> datetime:
    return datetime.fromtimestamp(moment or 0, UTC)


def errors(request_id: int) -> Statement:
    """Causes of failure, the commonest first."""
    return Statement(_ERRORS, {"id": request_id})


def error_group(row: Row) -> ErrorGroup:
    """A cause from its row."""
    return ErrorGroup(text(row, "words"), number(row, "files"), text(row, "example"))


def events(request_id: int, *, after: int, limit: int) -> Statement:
    """Events after a number, in order."""
    sql = """
      SELECT seq, at, kind, count, bytes, ranges, words FROM staging_event
      WHERE request_id = %(id)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s
    """
    return Statement(sql, {"id": request_id, "after": after, "limit": limit})


def event(row: Row) -> EventView:
    """An event from its row; the database's ranges leave out their end, ours include it."""
    found = _RANGE.findall(text(row, "ranges"))[:MAX_RANGES]
    return EventView(
        seq=number(row, "seq"),
        at=moment(row, "at"),
        kind=text(row, "kind"),
        count=number(row, "count"),
        bytes=number(row, "bytes"),
        ranges=[(int(low), int(high) - 1) for low, high in found],
        words=text(row, "words"),
    )


def files(store_id: int, paths: list[str]) -> Statement:
    """What we hold about files of a store, in the order asked; NULL state for unknown ones."""
    return Statement(_FILES, {"store": store_id, "paths": paths})


def file(store_id: int, path: str) -> Statement:
    """What we hold about one file; no row when nothing."""
    return Statement(_FILE, {"store": store_id, "path": path})


def at_the_system(backend: str) -> Statement:
    """How many files are in lists at a tape system now."""
    return Statement(_SENT, {"backend": backend})
