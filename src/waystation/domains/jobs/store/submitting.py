"""Take a request in: one row for it, one statement or one COPY for its jobs."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from waystation.domains.jobs import rules
from waystation.domains.jobs.entities import Wish
from waystation.domains.jobs.states import JobState
from waystation.kernel.database import Connection, Statement, Value, execute, rows
from waystation.kernel.statistics import learn
from waystation.kernel.waking import wake

_CHUNK = 10_000

_REQUEST = """
  INSERT INTO jobs_request (owner_id, key, token, name, wish, clusters, after, priority, cpus,
    share, holders, created, due, released, jobs, n_waiting)
  VALUES (%(owner)s, %(key)s, %(token)s, %(name)s, %(wish)s, %(clusters)s, %(after)s,
    %(priority)s, %(cpus)s, %(share)s, %(holders)s, %(now)s, %(due)s, %(released)s, %(jobs)s,
    %(jobs)s)
  ON CONFLICT (owner_id, key) DO NOTHING
  RETURNING id
"""

# Each has one owner's key of its own; those that are known already are left as they are.
_EACH = """
  WITH told AS (
    SELECT t.*, t.wish::jsonb AS w FROM unnest(%(owners)s::int[], %(keys)s::text[],
      %(tokens)s::text[], %(names)s::text[], %(wishes)s::text[], %(shares)s::float[],
      %(gathered)s::bool[])
      WITH ORDINALITY AS t(owner, key, token, name, wish, share, gathered, place)),
  made AS (
    INSERT INTO jobs_request (owner_id, key, token, name, wish, clusters, after, priority, cpus,
      share, holders, created, due, released, jobs, n_waiting)
    SELECT owner, key, token, name, w, ARRAY(SELECT jsonb_array_elements_text(w->'clusters')),
      ARRAY(SELECT jsonb_array_elements_text(w->'after'))::bigint[], (w->>'priority')::int,
      (w->'resources'->>'cpus')::int, share,
      ARRAY(SELECT DISTINCT h FROM jsonb_array_elements(w->'inputs') AS i,
        concat(i->>'space', i->>'store') AS h WHERE h <> ''),
      %(now)s, CASE WHEN NOT gathered THEN %(now)s END,
      gathered, (w->>'count')::int, (w->>'count')::int
    FROM told ORDER BY place
    ON CONFLICT (owner_id, key) DO NOTHING RETURNING id, jobs, due, wish),
  jobs AS (
    INSERT INTO jobs_job (request_id, n, state, changed, due, attempts)
    SELECT id, n, CASE WHEN due IS NULL THEN %(ready)s ELSE %(queued)s END, %(now)s,
      CASE WHEN due IS NULL THEN %(now)s END, (wish->>'attempts')::int
    FROM made CROSS JOIN generate_series(1, made.jobs) AS n)
  SELECT id FROM made
"""

_SAME = """
  INSERT INTO jobs_job (request_id, n, state, changed, due, attempts)
  SELECT %(id)s, n, %(state)s, %(now)s, %(due)s, %(attempts)s
  FROM generate_series(1, %(jobs)s) AS n
"""

_COPY = b"COPY jobs_job (request_id, n, item, state, changed, due, attempts) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a request is.

    Attributes:
        id: of the account.
        share: its part among others.
    """

    id: int
    share: float = 1.0


def submit(
    conn: Connection, wish: Wish, owner: Owner, *, token: str, gathered: bool, now: datetime
) -> int | None:
    """Write a request and its jobs; its id, or None when the owner has one of that key.

    Args:
        conn: a transaction.
        wish: checked.
        owner: whose it is.
        token: of the names of its runs.
        gathered: nothing has to be waited for before a job may run.
        now: the moment.
    """
    params = {
        "owner": owner.id,
        "key": wish.key or None,
        "token": token,
        "name": _named(wish),
        # The items are the jobs'.
        "wish": msgspec.json.encode(dataclasses.replace(wish, items=())).decode(),
        "clusters": list(wish.clusters),
        "after": list(wish.after),
        "priority": wish.priority,
        "cpus": wish.resources.cpus,
        "share": owner.share,
        "holders": rules.holders(wish),
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


@dataclass(frozen=True, slots=True)
class One:
    """One of many requests that are taken in together.

    Attributes:
        owner: whose it is.
        token: of the names of its runs.
        wish: checked, with a key and without items.
    """

    owner: Owner
    token: str
    wish: Wish


def submit_each(conn: Connection, many: Sequence[One], *, now: datetime) -> list[int]:
    """Write requests with their jobs by one statement; ids, also of those that were known."""
    wishes = [each.wish for each in many]
    gathered = [not wish.inputs and not wish.after for wish in wishes]
    params: dict[str, Value] = {
        "owners": [each.owner.id for each in many],
        "shares": [each.owner.share for each in many],
        "keys": [wish.key for wish in wishes],
        "tokens": [each.token for each in many],
        "names": [_named(wish) for wish in wishes],
        "wishes": [msgspec.json.encode(wish).decode() for wish in wishes],
        "gathered": gathered,
        "now": now,
        "ready": int(JobState.READY),
        "queued": int(JobState.QUEUED),
    }
    made = rows(conn, Statement(_EACH, params))
    learn(conn, "jobs_job", written=sum(wish.jobs for wish in wishes))
    if made:
        for step in {"jobs-place" if ready else "jobs-gather" for ready in gathered}:
            wake(conn, step)
    sql = """
      SELECT r.id FROM unnest(%(owners)s::int[], %(keys)s::text[]) WITH ORDINALITY
        AS t(owner, key, place)
      JOIN jobs_request r ON r.owner_id = t.owner AND r.key = t.key ORDER BY place
    """
    known = {"owners": params["owners"], "keys": params["keys"]}
    return [int(str(row["id"])) for row in rows(conn, Statement(sql, known))]


def _named(wish: Wish) -> str:
    return wish.name or wish.command[0].rpartition("/")[2]


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
