"""What the tape system looks like now, for pages: drives, and whether it answers. A heartbeat."""

import json
from datetime import timedelta

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.entities import LibraryReport
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.states import ListStage
from waystation.domains.staging.store.moves import LIBRARY_CHANNEL
from waystation.kernel.database import Connection, Statement, rows

_PUT = f"""
  INSERT INTO staging_tapesystem AS t (name, kind, sees, slots, up, message, drives, seen)
  VALUES (%(name)s, %(kind)s, %(sees)s, %(slots)s, %(up)s, %(message)s,
          %(drives)s::jsonb, %(now)s)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, sees = excluded.sees,
    slots = excluded.slots, up = excluded.up, message = excluded.message, seen = excluded.seen,
    drives = (
      SELECT coalesce(jsonb_agg(
        CASE WHEN o.d->>'state' = n.d->>'state' AND o.d->>'tape' IS NOT DISTINCT FROM n.d->>'tape'
        THEN n.d || jsonb_build_object('since', o.d->>'since') ELSE n.d END ORDER BY n.i), '[]')
      FROM jsonb_array_elements(excluded.drives) WITH ORDINALITY AS n(d, i)
      LEFT JOIN LATERAL (SELECT d FROM jsonb_array_elements(t.drives) AS x(d)
                         WHERE d->>'name' = n.d->>'name' LIMIT 1) o ON true)
  RETURNING pg_notify('{LIBRARY_CHANNEL}', name)
"""


IDLE = timedelta(seconds=5)
"""Between looks while nothing is out: each may be a process of the tape system's."""

_QUIET = f"""
  SELECT 1 FROM staging_tapesystem WHERE name = %(name)s AND seen > %(since)s AND NOT EXISTS (
    SELECT 1 FROM staging_recalllist WHERE backend = %(name)s AND stage = {ListStage.SENT:d})
"""


def step(post: Post) -> int:
    """Look at the drives; never has more to do at once."""
    since = post.clock.now() - IDLE
    quiet = Statement(_QUIET, {"name": post.name, "since": since})
    if post.rules.poll < IDLE and post.database.rows(quiet):
        return 0
    report, message = LibraryReport(), ""
    try:
        report = post.backend.library()
    except BackendError as trouble:
        message = trouble.sentence
    post.database.run(lambda conn: _put(conn, post, report, message))
    return 0


def _put(conn: Connection, post: Post, report: LibraryReport, message: str) -> None:
    able, now = post.backend.capabilities, post.clock.now()
    drives = [
        {"name": d.name, "state": d.state, "tape": d.tape, "since": now.isoformat()}
        for d in report.drives
    ]
    params = {
        "name": post.name,
        "kind": post.kind,
        "sees": "positions" if able.sees_position else "tape" if able.sees_tape else "nothing",
        "slots": able.slots,
        "up": not message,
        "message": message,
        "drives": json.dumps(drives),
        "now": now,
    }
    rows(conn, Statement(_PUT, params))
