"""Runs that are over, and what they left."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.jobs.entities import Home
from waystation.kernel.database import Connection, Value, execute

# What was noted of a run is not noted twice; its folder stays until then.
_OVER = """
  INSERT INTO jobs_run (job_id, attempt, request_id, n, cluster_id, handle, outcome, blame,
    exit_code, words, node, sent, began, ended, clean_due)
  SELECT id, attempt, request_id, n, cluster_id, handle, outcome, blame, exit_code,
    words, node, sent, began, coalesce(ended, %(now)s), %(clean)s
  FROM jobs_job WHERE id = ANY(%(ids)s) AND cluster_id IS NOT NULL
  ON CONFLICT (job_id, attempt) DO NOTHING
"""

_OUTPUTS = """
  INSERT INTO jobs_output (job_id, name, request_id, n, space, path, entry_id, size, sha256, words)
  SELECT j.id, t.name, j.request_id, j.n, t.space, t.path, t.entry_id, t.size, t.sha256, t.words
  FROM unnest(%(jobs)s::bigint[], %(spaces)s::text[], %(names)s::text[], %(paths)s::text[],
    %(entries)s::bigint[], %(sizes)s::bigint[], %(digests)s::text[], %(words)s::text[])
    AS t(job, space, name, path, entry_id, size, sha256, words)
  JOIN jobs_job j ON j.id = t.job
  ON CONFLICT (job_id, name) DO UPDATE SET path = excluded.path, entry_id = excluded.entry_id,
    size = excluded.size, sha256 = excluded.sha256, words = excluded.words
"""


def over(conn: Connection, jobs: Sequence[int], *, now: datetime, clean: datetime) -> None:
    """The runs that these jobs have now are over; their folders go later."""
    execute(conn, _OVER, {"ids": list(jobs), "now": now, "clean": clean})


def outputs(conn: Connection, left: Sequence[tuple[int, str, Home]]) -> None:
    """What jobs left is known with where it is: (job, space, file)."""
    if not left:
        return
    params: dict[str, Value] = {
        "jobs": [job for job, _, _ in left],
        "spaces": [space for _, space, _ in left],
        "names": [home.name for _, _, home in left],
        "paths": [home.path for _, _, home in left],
        "entries": [home.entry_id for _, _, home in left],
        "sizes": [home.size for _, _, home in left],
        "digests": [home.sha256 for _, _, home in left],
        "words": [home.words for _, _, home in left],
    }
    execute(conn, _OUTPUTS, params)
