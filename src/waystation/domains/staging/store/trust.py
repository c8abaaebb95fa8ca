"""Verdicts on cartridges' geometry: read, changed by what a list showed, written once a list."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.staging.planner.trust import ZONES, Trust, Zone
from waystation.domains.staging.states import ListStage
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_UNLEARNT = f"""
  SELECT l.id, l.handle, l.tape FROM staging_recalllist l
  LEFT JOIN staging_tapetrust t ON t.backend = l.backend AND t.tape = l.tape
  WHERE l.backend = %(backend)s AND l.stage = {ListStage.ENDED:d} AND l.ended > %(since)s
    AND l.tape <> '' AND l.handle <> '' AND l.id > coalesce(t.list_id, 0)
  ORDER BY l.id LIMIT %(limit)s
"""

_PUT = """
  INSERT INTO staging_tapetrust AS t (backend, tape, zones, list_id, changed)
  VALUES (%(backend)s, %(tape)s, %(zones)s::jsonb, %(list)s, %(now)s)
  ON CONFLICT (backend, tape) DO UPDATE SET
    zones = excluded.zones, list_id = excluded.list_id, changed = excluded.changed
  WHERE t.list_id < excluded.list_id
"""


@dataclass(frozen=True, slots=True)
class Unlearnt:
    """A list that has ended and whose times have not been looked at."""

    id: int
    handle: str
    tape: str


def unlearnt(backend: str, *, since: datetime, limit: int = 64) -> Statement:
    """Such lists, oldest first; older ones than `since` are let go."""
    return Statement(_UNLEARNT, {"backend": backend, "since": since, "limit": limit})


def unlearnt_of(row: Row) -> Unlearnt:
    """From a row of it."""
    return Unlearnt(int(str(row["id"])), str(row["handle"]), str(row["tape"]))


def verdicts(backend: str, tape: str | None = None) -> Statement:
    """What is known of one cartridge, or of all."""
    sql = """
      SELECT tape, zones FROM staging_tapetrust
      WHERE backend = %(backend)s AND (%(tape)s::text IS NULL OR tape = %(tape)s)
    """
    return Statement(sql, {"backend": backend, "tape": tape})


def trust_of(row: Row) -> Trust:
    """From a row of it; one that another version wrote in another way counts as nothing known."""
    zones = row["zones"]
    try:
        assert isinstance(zones, list)
        known = tuple(Zone(**zone) for zone in zones)
    except (AssertionError, TypeError):
        return Trust()
    return Trust(known) if len(known) == ZONES else Trust()


def learn(
    conn: Connection,
    backend: str,
    seen: Unlearnt,
    change: Callable[[Trust], Trust],
    *,
    now: datetime,
) -> None:
    """Change the verdict on a list's cartridge by what it showed; nothing the second time."""
    scope = {"backend": backend, "tape": seen.tape}
    sql = """
      SELECT zones FROM staging_tapetrust
      WHERE backend = %(backend)s AND tape = %(tape)s FOR UPDATE
    """
    found = rows(conn, Statement(sql, scope))
    trust = change(trust_of(found[0]) if found else Trust())
    zones = json.dumps([dataclasses.asdict(zone) for zone in trust.zones])
    execute(conn, _PUT, {**scope, "zones": zones, "list": seen.id, "now": now})
