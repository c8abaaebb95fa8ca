"""Take a request in: one row, one COPY, one event, one transaction."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from waystation.domains.staging.entities import Ask
from waystation.domains.staging.states import ItemState, RequestState
from waystation.domains.staging.store.moves import REQUEST_CHANNEL
from waystation.kernel.database import Connection, Statement, rows
from waystation.kernel.waking import wake

_CHUNK = 10_000

_REQUEST = f"""
  INSERT INTO staging_request (owner_id, store_id, external_id, label, priority, pin_lifetime_s,
    created, deadline, expires, callback, dialect, library, state, seq, files, folded, refused,
    joined, checked,
    n_waiting, n_queued, n_recalling, n_online, n_failed, n_cancelled, n_released,
    sized, bytes, bytes_online)
  VALUES (%(owner)s, %(store)s, %(external_id)s, %(label)s, %(priority)s, %(pin)s,
    %(now)s, %(deadline)s, %(expires)s, %(callback)s, %(dialect)s, %(library)s,
    {RequestState.ACTIVE:d}, 1,
    %(files)s, %(folded)s, %(refused)s, 0, 0, %(files)s, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  ON CONFLICT (owner_id, external_id) DO NOTHING
  RETURNING id
"""

_EVENT = f"""
  INSERT INTO staging_event (request_id, seq, at, kind, count, bytes, ranges, words)
  VALUES (%(id)s, 1, %(now)s, 'submitted', %(files)s, 0, %(ranges)s, '')
  RETURNING pg_notify('{REQUEST_CHANNEL}', request_id::text)
"""


def submit(
    conn: Connection,
    ask: Ask,
    *,
    owner_id: int,
    store_id: int,
    expires: datetime,
    folded: int,
    refused: int,
    now: datetime,
) -> int | None:
    """Write the request and its items; its id, or None when the external id was taken already."""
    files = len(ask.paths)
    params = {
        "owner": owner_id,
        "store": store_id,
        "external_id": ask.external_id,
        "label": ask.label,
        "priority": ask.priority,
        "pin": ask.pin_lifetime_s,
        "now": now,
        "deadline": ask.deadline,
        "expires": expires,
        "callback": ask.callback,
        "dialect": ask.dialect,
        "library": ask.library,
        "files": files,
        "folded": folded,
        "refused": refused,
    }
    made = rows(conn, Statement(_REQUEST, params))
    if not made:
        return None
    request_id = int(str(made[0]["id"]))
    with conn.cursor().copy(b"COPY staging_item (request_id, n, state, path) FROM STDIN") as copy:
        for block in _blocks(request_id, ask.paths):
            copy.write(block)
    ranges = f"{{[1,{files + 1})}}"
    rows(
        conn,
        Statement(_EVENT, {"id": request_id, "now": now, "files": files, "ranges": ranges}),
    )
    wake(conn, "join")
    return request_id


def _blocks(request_id: int, paths: list[str]) -> Iterator[str]:
    r"""COPY text of the items, numbered from 1. Only a backslash needs escaping in a checked path.

    Checked paths hold no control characters (`service.paths`), so tab and newline cannot occur.
    """
    front, state, each = f"{request_id}\t", f"\t{ItemState.WAITING:d}\t", iter(paths)
    n = 1
    while chunk := list(islice(each, _CHUNK)):
        text = "".join([f"{front}{i}{state}{path}\n" for i, path in enumerate(chunk, n)])
        n += len(chunk)
        yield text.replace("\\", "\\\\")
