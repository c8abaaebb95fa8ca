"""Take a request in: one row for it, one statement or one COPY for its jobs."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from waystation.domains.jobs.entities import Wish
from waystation.domains.jobs.states import JobState
from waystation.kernel.database import Connection, Statement, execute, rows
from waystation.kernel.statistics import learn
from waystation.kernel.waking import wake

_CHUNK = 10_000

_REQUEST = """
  INSERT INTO jobs_request (owner_id, key, token, name, wish, clusters, after, priority, cpus,
    created, due, released, jobs, n_waiting)
  VALUES (%(owner)s, %(key)s, %(token)s, %(name)s, %(wish)s, %(clusters)s, %(after)s,
    %(priority)s, %(cpus)s, %(now)s, %(due)s, %(released)s, %(jobs)s, %(jobs)s)
  ON CONFLICT (owner_id, key) DO NOTHING
  RETURNING id
"""

_SAME = """
  INSERT INTO jobs_job (request_id, n, state, changed, due, attempts)
  SELECT %(id)s, n, %(state)s, %(now)s, %(due)s, %(attempts)s
  FROM generate_series(1, %(jobs)s) AS n
"""

_COPY = b"COPY jobs_job (request_id, n, item, state, changed, due, attempts) FROM STDIN"


def submit(
    conn: Connection, wish: Wish, *, owner_id: int, token: str, gathered: bool, now: datetime
) -> int | None:
    """Write a request and its jobs; its id, or None when the owner has one of that key.

    Args:
        conn: a transaction.
        wish: checked.
        owner_id: the account.
        token: of the names of its runs.
        gathered: nothing has to be waited for before a job may run.
        now: the moment.
    """
    params = {
        "owner": owner_id,
        "key": wish.key or None,
        "token": token,
        "name": wish.name or wish.command[0].rpartition("/")[2],
        # The items are the jobs'.
        "wish": msgspec.json.encode(dataclasses.replace(wish, items=())).decode(),
        "clusters": list(wish.clusters),
        "after": list(wish.after),
        "priority": wish.priority,
        "cpus": wish.resources.cpus,
        "now": now,
        "due": None if gathered else now,
        "released": gathered,
        "jobs": wish.jobs,
    }
    made = rows(conn, Statement(_REQUEST, params))
    if not made:
        return None
    request = int(str(made[0]["id"]))
    state, due = (JobState.READY, now) if gathered else (JobState.QUEUED, None)
    if wish.items:
        with conn.cursor().copy(_COPY) as copy:
            moments = (now.isoformat(), due.isoformat() if due else r"\N")
            for block in _blocks(
                request, wish.items, (f"{state:d}", *moments, f"{wish.attempts}")
            ):
                copy.write(block)
    else:
        more = {"id": request, "state": int(state), "now": now, "due": due, "jobs": wish.jobs}
        execute(conn, _SAME, {**more, "attempts": wish.attempts})
    learn(conn, "jobs_job", written=wish.jobs)
    wake(conn, "jobs-place" if gathered else "jobs-gather")
    return request


def _blocks(request: int, items: Sequence[str], tail: Sequence[str]) -> Iterator[str]:
    """COPY text of jobs, numbered from 1; all end alike."""
    each, n, end = iter(items), 1, "\t".join(tail)
    while chunk := list(islice(each, _CHUNK)):
        yield "".join(
            [
                f"{request}\t{i}\t{item.translate(_ESCAPED)}\t{end}\n"
                for i, item in enumerate(chunk, n)
            ]
        )
        n += len(chunk)


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
"""As COPY reads text (PostgreSQL, COPY, text format)."""
