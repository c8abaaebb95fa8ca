"""Uploads that are over, well or not."""

from datetime import datetime

from waystation.interfaces.dialects.librarian.store.files import ADDED, NewFile
from waystation.interfaces.dialects.librarian.store.incoming import OPEN
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection, Statement, rows
from waystation.kernel.waking import wake

CALL = "librarian-call"
"""The step that calls senders."""

# Who sent it hears of its end at once.
_END = f"""
  UPDATE librarian_incoming SET status = %(status)s, due = %(forget)s,
    calls = 0, call_due = CASE WHEN partner_id IS NULL THEN NULL ELSE 'epoch'::timestamptz END
  WHERE id = %(upload)s AND status IN {OPEN}
"""

_LAND = f"""
  WITH {ADDED}, ended AS ({_END} AND EXISTS (SELECT 1 FROM made) RETURNING partner_id)
  SELECT (SELECT count(*) FROM kept) AS made, (SELECT partner_id FROM ended) AS partner_id
"""


def end(conn: Connection, number: int, status: Status, *, forget: datetime) -> bool:
    """It is over, well or not; False when it was already. The row goes at `forget`."""
    params = {"upload": number, "status": int(status), "forget": forget}
    ended = rows(conn, Statement(f"{_END} RETURNING partner_id", params))
    if ended and ended[0]["partner_id"] is not None:
        wake(conn, CALL)
    return bool(ended)


def land(conn: Connection, number: int, new: NewFile, *, now: datetime, forget: datetime) -> bool:
    """It is over, and this file; False when the name is taken, then nothing is changed."""
    ended = {"upload": number, "status": int(Status.COMPLETED), "forget": forget, "now": now}
    (done,) = rows(conn, Statement(_LAND, {**new.columns(), **ended}))
    if done["partner_id"] is not None:
        wake(conn, CALL)
    return bool(done["made"])
