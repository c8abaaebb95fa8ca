"""Uploads that are over, well or not."""

from dataclasses import dataclass
from datetime import datetime

from waystation.interfaces.dialects.librarian.store.files import ADDED, NewFile
from waystation.interfaces.dialects.librarian.store.incoming import OPEN
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection, Row, Statement, rows
from waystation.kernel.waking import wake

CALL = "librarian-call"
"""The step that calls senders."""

# Who sent it hears of its end at once.
_END = f"""
  UPDATE librarian_incoming SET status = %(status)s, due = %(forget)s,
    calls = 0, call_due = CASE WHEN partner_id IS NULL THEN NULL ELSE 'epoch'::timestamptz END
  WHERE id = %(upload)s AND status IN {OPEN}
"""
_COLUMNS = "partner_id, shipment_id, shipped_n"

_LAND = f"""
  WITH {ADDED}, ended AS ({_END} AND EXISTS (SELECT 1 FROM made) RETURNING {_COLUMNS})
  SELECT count.made, {_COLUMNS} FROM (SELECT count(*) AS made FROM kept) AS count
  LEFT JOIN ended ON true
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """The file of a shipment that an upload was; None and None of one that was none."""

    shipment: int | None
    n: int | None


def end(conn: Connection, number: int, status: Status, *, forget: datetime) -> Ended | None:
    """It is over, well or not; None when it was already. The row goes at `forget`."""
    params = {"upload": number, "status": int(status), "forget": forget}
    ended = rows(conn, Statement(f"{_END} RETURNING {_COLUMNS}", params))
    return _ended(conn, ended[0]) if ended else None


def land(
    conn: Connection, number: int, new: NewFile, *, now: datetime, forget: datetime
) -> Ended | None:
    """It is over, and this file; None when the name is taken, then nothing is changed."""
    ended = {"upload": number, "status": int(Status.COMPLETED), "forget": forget, "now": now}
    (done,) = rows(conn, Statement(_LAND, {**new.columns(), **ended}))
    return _ended(conn, done) if done["made"] else None


def _ended(conn: Connection, row: Row) -> Ended:
    if row["partner_id"] is not None:
        wake(conn, CALL)
    shipment, n = row["shipment_id"], row["shipped_n"]
    return Ended(
        None if shipment is None else int(str(shipment)), None if n is None else int(str(n))
    )
