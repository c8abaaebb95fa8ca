"""News that a tape system sends by itself: applied by path, in bulk, each message once.

How far a stream was heard is written down in the transaction that applies what was heard. Messages
up to there that come again (their listener died before it could say so) are passed over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from waystation.domains.staging.entities import Outcome
from waystation.domains.staging.ports import News, NewsBatch, Place, Poison
from waystation.domains.staging.states import ListStage, RecallState
from waystation.domains.staging.store import lists, outcomes
from waystation.domains.staging.store.outcomes import Failure
from waystation.kernel.database import Connection, Statement, execute, rows
from waystation.kernel.retry import Backoff

KEPT_LETTERS = 10_000
"""Newest dead letters of a tape system that are kept; a flood of them must not fill the disk."""

_STORES = "SELECT id FROM catalogue_store WHERE backend = %(backend)s"

# By the unique (store, path), one probe a file; joined with the stores it was planned as many.
_WAITED_FOR = f"""
  SELECT r.path, r.id, r.tries, r.list_id,
         (SELECT key FROM staging_recalllist l WHERE l.id = r.list_id) AS key
  FROM unnest(%(paths)s::text[]) AS u(path)
  JOIN staging_recall r ON r.store_id = ANY(%(stores)s) AND r.path = u.path
  WHERE r.state = {RecallState.LISTED:d} AND r.list_id IS NOT NULL
"""

# Nothing of it is out any more: nobody has to ask the tape system about it.
_OVER = f"""
  SELECT l.id FROM staging_recalllist l
  WHERE l.backend = %(backend)s AND l.stage = {ListStage.SENT:d} AND NOT EXISTS (
    SELECT 1 FROM staging_recall r WHERE r.list_id = l.id AND r.state = {RecallState.LISTED:d})
"""

_LETTERS = """
  INSERT INTO staging_deadletter (backend, at, place, words, raw)
  SELECT %(backend)s, %(now)s, u.place, u.words, u.raw
  FROM unnest(%(places)s::text[], %(words)s::text[], %(raws)s::text[]) AS u(place, words, raw)
"""

_MARKS = """
  SELECT part, number, written_ms FROM staging_newsmark WHERE backend = %(backend)s
  ORDER BY part FOR UPDATE
"""

_MARK = """
  INSERT INTO staging_newsmark AS m (backend, part, number, written_ms)
  SELECT %(backend)s, u.part, u.number, u.written_ms
  FROM unnest(%(parts)s::text[], %(numbers)s::bigint[], %(moments)s::bigint[])
       AS u(part, number, written_ms) ORDER BY u.part
  ON CONFLICT (backend, part) DO UPDATE SET number = excluded.number,
    written_ms = greatest(m.written_ms, excluded.written_ms)
"""

_TOO_MANY = """
  DELETE FROM staging_deadletter WHERE backend = %(backend)s AND id <= (
    SELECT id FROM staging_deadletter WHERE backend = %(backend)s
    ORDER BY id DESC OFFSET %(kept)s LIMIT 1)
"""

_TROUBLE = """
  UPDATE staging_tapesystem SET news = %(words)s::text
  WHERE name = %(backend)s::text AND news <> %(words)s::text
"""


class Waited(NamedTuple):
    """A recall that is out, and which news is about."""

    id: int
    tries: int
    list_id: int
    key: str


def hear(
    conn: Connection, batch: NewsBatch, *, backend: str, now: datetime, policy: Backoff
) -> int:
    """Write down a batch; how many files moved.

    News of files that nobody waits for moves nothing: unknown names, files told of before, lists
    that were given up.
    """
    fresh = _fresh(conn, batch, backend)
    dead = [(place, told) for place, told in fresh if isinstance(told, Poison)]
    if dead:
        _bury(conn, dead, backend=backend, now=now)
    news = [told for _, told in fresh if isinstance(told, News)]
    return _apply(conn, news, backend=backend, now=now, policy=policy) if news else 0


def end_lists(conn: Connection, *, backend: str, now: datetime) -> int:
    """End the lists of which no file is out; how many."""
    over = rows(conn, Statement(_OVER, {"backend": backend}))
    for row in over:
        lists.end(conn, int(str(row["id"])), now=now)
    return len(over)


def trouble(conn: Connection, *, backend: str, words: str) -> bool:
    """Say what is wrong with a tape system's news, nothing when all is well; whether it is new."""
    return execute(conn, _TROUBLE, {"backend": backend, "words": words}) > 0


def _fresh(conn: Connection, batch: NewsBatch, backend: str) -> list[tuple[Place, News | Poison]]:
    """The messages that were not heard before; remembers them as heard."""
    known = rows(conn, Statement(_MARKS, {"backend": backend}))
    marks = {
        str(row["part"]): (int(str(row["number"])), int(str(row["written_ms"]))) for row in known
    }
    never = (-1, -1)
    fresh = []
    heard: dict[str, tuple[int, int]] = {}
    for place, told in batch.messages:
        number, moment = marks.get(place.part, never)
        if place.number > number or place.written_ms > moment:
            fresh.append((place, told))
            _, newest = heard.get(place.part, never)
            heard[place.part] = (place.number, max(newest, place.written_ms))
    params = {
        "backend": backend,
        "parts": list(heard),
        "numbers": [number for number, _ in heard.values()],
        "moments": [moment for _, moment in heard.values()],
    }
    execute(conn, _MARK, params)
    return fresh


def _bury(
    conn: Connection, dead: Sequence[tuple[Place, Poison]], *, backend: str, now: datetime
) -> None:
    """Keep messages that cannot be read, for people to look at."""
    params = {
        "backend": backend,
        "now": now,
        "places": [str(place) for place, _ in dead],
        "words": [poison.words for _, poison in dead],
        "raws": [poison.raw for _, poison in dead],
    }
    execute(conn, _LETTERS, params)
    execute(conn, _TOO_MANY, {"backend": backend, "kept": KEPT_LETTERS})


def _apply(
    conn: Connection, news: Sequence[News], *, backend: str, now: datetime, policy: Backoff
) -> int:
    """Where two messages of one batch disagree the file has come."""
    known = _waited_for(conn, news, backend)
    told = [n for n in news if n.path in known and n.key in {None, known[n.path].key}]
    came = {n.path for n in told if n.outcome is Outcome.ONLINE}
    bad = {n.path: n for n in told if n.path not in came}
    online = [known[path] for path in came]
    outcomes.online(conn, [(recall.id, None) for recall in online], now=now)
    failures = [_failure(known[path], n) for path, n in bad.items()]
    if failures:
        outcomes.failed(conn, failures, now=now, policy=policy)
    _count(conn, online, [known[path] for path in bad], now)
    return len(came) + len(bad)


def _waited_for(conn: Connection, news: Sequence[News], backend: str) -> Mapping[str, Waited]:
    """The recalls that are out of those which the news names, by path."""
    stores = [row["id"] for row in rows(conn, Statement(_STORES, {"backend": backend}))]
    params = {"stores": stores, "paths": list({told.path for told in news})}
    known = conn.execute(_WAITED_FOR.encode(), params)
    return {path: Waited(*rest) for path, *rest in known}


def _failure(waited: Waited, news: News) -> Failure:
    words = news.words or "The recall failed."
    return Failure(waited.id, waited.tries, words, news.outcome is Outcome.REFUSED)


def _count(
    conn: Connection, came: Sequence[Waited], failed: Sequence[Waited], now: datetime
) -> None:
    """Their lists were heard of."""
    tally: dict[int, list[int]] = {}
    for column, some in enumerate((came, failed)):
        for recall in some:
            tally.setdefault(recall.list_id, [0, 0])[column] += 1
    for list_id in sorted(tally):
        online, bad = tally[list_id]
        lists.count(conn, list_id, online=online, failed=bad, now=now)
