"""Copies that partners have of our files."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.transfers.entities import CopyThere
from waystation.kernel.database import Connection, Statement, execute, rows

_LOST = """
  WITH gone AS (
    DELETE FROM transfers_replica WHERE partner_id = %(partner)s AND entry_id = ANY(%(ids)s)
    RETURNING entry_id
  )
  SELECT min(e.changed) AS since FROM gone g JOIN catalogue_entry e ON e.id = g.entry_id
"""


def old(partner: int, *, before: datetime, limit: int) -> Statement:
    """Copies at a partner that were not looked at since, the oldest first."""
    sql = """
      SELECT entry_id, space, path, sha256 FROM transfers_replica
      WHERE partner_id = %(partner)s AND verified < %(before)s ORDER BY verified LIMIT %(limit)s
    """
    return Statement(sql, {"partner": partner, "before": before, "limit": limit})


def verified(conn: Connection, partner: int, ids: Sequence[int], *, now: datetime) -> None:
    """The partner has them."""
    sql = """
      UPDATE transfers_replica SET verified = %(now)s
      WHERE partner_id = %(partner)s AND entry_id = ANY(%(ids)s)
    """
    if ids:
        execute(conn, sql, {"partner": partner, "ids": list(ids), "now": now})


def lost(conn: Connection, partner: int, ids: Sequence[int]) -> datetime | None:
    """The partner has them no more; when the first of those that we still have changed."""
    if not ids:
        return None
    found = rows(conn, Statement(_LOST, {"partner": partner, "ids": list(ids)}))
    since = found[0]["since"]
    return since if isinstance(since, datetime) else None


def told(conn: Connection, partner: int, copies: Sequence[CopyThere]) -> int:
    """Copies of which somebody else told; those that we know of stay. How many are new."""
    sql = """
      INSERT INTO transfers_replica (entry_id, partner_id, space, path, size, sha256, landed,
        verified)
      SELECT DISTINCT ON (u.entry_id) u.entry_id, %(partner)s, '', u.path, u.size, e.sha256,
        u.landed, u.landed
      FROM unnest(%(entries)s::bigint[], %(paths)s::text[], %(sizes)s::bigint[],
        %(moments)s::timestamptz[]) AS u(entry_id, path, size, landed)
      JOIN catalogue_entry e ON e.id = u.entry_id
      ON CONFLICT (entry_id, partner_id) DO NOTHING
    """
    params = {
        "partner": partner,
        "entries": [each.entry_id for each in copies],
        "paths": [each.path for each in copies],
        "sizes": [each.size for each in copies],
        "moments": [each.landed for each in copies],
    }
    return execute(conn, sql, params)


def of_entries(ids: Sequence[int]) -> Statement:
    """Where copies of these files are, by partner."""
    sql = """
      SELECT r.entry_id, p.name AS partner, r.space, r.path, r.landed, r.verified
      FROM transfers_replica r JOIN transfers_partner p ON p.id = r.partner_id
      WHERE r.entry_id = ANY(%(ids)s) ORDER BY r.entry_id, p.name
    """
    return Statement(sql, {"ids": list(ids)})
