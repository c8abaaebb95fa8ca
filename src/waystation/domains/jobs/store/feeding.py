"""Jobs that sources gave us: written down once, and what their sources have heard of them."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.jobs.entities import Stage
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows

_TAKE = """
  INSERT INTO jobs_fed (source, foreign_id, taken, due, busy, words)
  SELECT %(source)s, t.foreign_id, %(now)s, %(now)s, %(now)s, t.words
  FROM unnest(%(ids)s::text[], %(words)s::text[]) WITH ORDINALITY AS t(foreign_id, words, place)
  ORDER BY place ON CONFLICT (source, foreign_id) DO NOTHING RETURNING id, foreign_id
"""

# A request of one job; without one it was refused. What runs counts until it is brought home.
_STAGE = f"""
  CASE WHEN r.id IS NULL THEN '{Stage.FAILED}'
    WHEN r.finished IS NOT NULL THEN CASE
      WHEN r.n_done > 0 THEN '{Stage.DONE}'
      WHEN r.n_cancelled > 0 THEN '{Stage.CANCELLED}' ELSE '{Stage.FAILED}' END
    WHEN r.n_running > 0 THEN '{Stage.RUNNING}'
    WHEN r.n_sent > 0 THEN '{Stage.STARTING}' ELSE '{Stage.WAITING}' END
"""

# What has changed is told at once; not to who did not hear us: that waits for its time.
_CLAIM = f"""
  WITH mine AS (
    UPDATE jobs_fed SET busy = %(until)s WHERE id = ANY(ARRAY(
      SELECT f.id FROM jobs_fed f LEFT JOIN jobs_request r ON r.id = f.request_id
      WHERE f.source = %(source)s AND f.due IS NOT NULL AND f.busy <= %(now)s
        AND (f.due <= %(now)s OR (f.tries = 0 AND f.told <> {_STAGE}))
      ORDER BY f.due LIMIT %(limit)s FOR UPDATE OF f SKIP LOCKED))
    RETURNING *)
  SELECT f.id, f.foreign_id, f.request_id, f.tries, f.deaf, f.words AS refused,
    {_STAGE} AS stage, j.attempt, j.words, j.blame, j.exit_code, j.node, j.began, j.ended,
    j.cpu_s, j.peak, c.name AS cluster
  FROM mine f LEFT JOIN jobs_request r ON r.id = f.request_id
  LEFT JOIN jobs_job j ON j.request_id = r.id AND j.n = 1
  LEFT JOIN jobs_cluster c ON c.id = j.cluster_id ORDER BY f.id
"""


def take(
    conn: Connection,
    source: str,
    offered: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> dict[str, int]:
    """Write offers down, (name, why it is refused); numbers of those that are new, by name."""
    params: dict[str, Value] = {
        "source": source,
        "ids": [name for name, _ in offered],
        "words": [words for _, words in offered],
        "now": now,
    }
    return {str(r["foreign_id"]): int(str(r["id"])) for r in rows(conn, Statement(_TAKE, params))}


def begun(conn: Connection, fed: Sequence[int], requests: Sequence[int]) -> None:
    """These run as these requests."""
    sql = """
      UPDATE jobs_fed f SET request_id = t.request
      FROM unnest(%(fed)s::bigint[], %(requests)s::bigint[]) AS t(id, request) WHERE f.id = t.id
    """
    execute(conn, sql, {"fed": list(fed), "requests": list(requests)})


def under_way(source: str) -> Statement:
    """How many of a source's jobs have not ended."""
    sql = """
      SELECT count(*) AS n FROM jobs_fed f JOIN jobs_request r ON r.id = f.request_id
      WHERE f.source = %(source)s AND f.due IS NOT NULL AND r.finished IS NULL
    """
    return Statement(sql, {"source": source})


def due(conn: Connection, source: str, *, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Jobs of which a source is to be told, ours until then."""
    params = {"source": source, "now": now, "until": until, "limit": limit}
    return rows(conn, Statement(_CLAIM, params))


def heard(
    conn: Connection, told: Sequence[tuple[int, str]], *, now: datetime, again: datetime
) -> None:
    """A source has heard of these, (number, stage); after the last word there is nothing more."""
    sql = """
      UPDATE jobs_fed f SET told = t.stage, tries = 0, deaf = NULL, busy = %(now)s,
        due = CASE WHEN t.stage = ANY(%(ends)s) THEN NULL ELSE %(again)s END
      FROM unnest(%(ids)s::bigint[], %(stages)s::text[]) AS t(id, stage) WHERE f.id = t.id
    """
    params: dict[str, Value] = {
        "ids": [each for each, _ in told],
        "stages": [stage for _, stage in told],
        "ends": [str(stage) for stage in Stage if stage.over],
        "now": now,
        "again": again,
    }
    execute(conn, sql, params)


def deaf(
    conn: Connection, fed: Sequence[tuple[int, datetime]], words: str, *, now: datetime
) -> None:
    """A source did not hear of these, (number, told again then)."""
    sql = """
      UPDATE jobs_fed f SET tries = tries + 1, deaf = coalesce(deaf, %(now)s), busy = %(now)s,
        due = t.due, words = CASE WHEN request_id IS NULL THEN words ELSE %(words)s END
      FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[]) AS t(id, due) WHERE f.id = t.id
    """
    params: dict[str, Value] = {
        "ids": [each for each, _ in fed],
        "dues": [moment for _, moment in fed],
        "words": words,
        "now": now,
    }
    execute(conn, sql, params)


def given_up(conn: Connection, fed: Sequence[int], words: str) -> None:
    """A source has not heard the last word of these for so long that it is told no more."""
    sql = "UPDATE jobs_fed SET due = NULL, words = %(words)s WHERE id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(fed), "words": words})
