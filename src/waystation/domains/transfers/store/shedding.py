"""Files that a rule takes away here, because partners have them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from waystation.domains.catalogue.door import EntryKind, many
from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.rules import target_of
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

SHED = "rule.shed"

_DUE = """
  UPDATE transfers_rule SET shed_due = %(until)s WHERE id = (
    SELECT id FROM transfers_rule
    WHERE enabled AND delete_after_s IS NOT NULL AND coalesce(shed_due, %(now)s) <= %(now)s
    ORDER BY shed_due NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING *, ARRAY[]::text[] AS partners
"""

# By the index that finds what is new; a file of which too few copies are known is passed over.
_OLD = f"""
  WITH old AS MATERIALIZED (
    SELECT e.id, e.changed, e.parent_id, e.name, e.size, e.sha256 FROM catalogue_entry e
    WHERE e.store_id = %(store)s AND e.kind = {EntryKind.FILE:d} AND e.parent_id <> 0
      AND (e.changed, e.id) > (%(seen)s, %(seen_id)s) AND e.changed <= %(before)s
    ORDER BY e.changed, e.id LIMIT %(limit)s)
  SELECT o.*, (SELECT count(*) FROM transfers_replica r
    WHERE r.entry_id = o.id AND r.sha256 = o.sha256) AS copies,
    EXISTS (SELECT 1 FROM transfers_shipmentfile i
            WHERE i.entry_id = o.id AND i.state = 0) AS leaving
  FROM old o ORDER BY o.changed, o.id
"""

_STALE = """
  SELECT r.partner_id, r.entry_id, r.space, r.path, r.sha256 FROM transfers_replica r
  WHERE r.entry_id = ANY(%(ids)s) AND r.verified < %(since)s ORDER BY r.partner_id, r.entry_id
"""

# The one answer to whether a file may go: enough partners said lately that they have just this.
_MAY = """
  SELECT e.id FROM catalogue_entry e
  JOIN transfers_replica r ON r.entry_id = e.id AND r.sha256 = e.sha256 AND r.verified >= %(since)s
  WHERE e.id = ANY(%(ids)s) AND e.changed <= %(before)s
    AND NOT EXISTS (SELECT 1 FROM transfers_shipmentfile i
                    WHERE i.entry_id = e.id AND i.state = 0)
  GROUP BY e.id HAVING count(*) >= %(copies)s
"""

_TOLD = """
  SELECT jsonb_build_object('about', 'rule ' || r.name, 'owner_id', r.owner_id, 'rule', r.name,
    'space', r.space, 'files', %(files)s::int, 'state', 'shed')
  FROM transfers_rule r WHERE r.id = %(id)s
"""


def due(conn: Connection, *, now: datetime, until: datetime) -> Row | None:
    """A rule that takes files away and is to look, held until then; None when there is none."""
    found = rows(conn, Statement(_DUE, {"now": now, "until": until}))
    return found[0] if found else None


def old(*, store: int, seen: tuple[datetime, int], before: datetime, limit: int) -> Statement:
    """Files of a store that are unchanged since, from behind `seen` on, with known copies."""
    params = {"store": store, "seen": seen[0], "seen_id": seen[1], "before": before}
    return Statement(_OLD, {**params, "limit": limit})


def of_rule(conn: Connection, rule: RuleInfo, root: int, found: Sequence[Row]) -> list[Row]:
    """Those of these files that are the rule's; `root` is the top entry of its space."""
    parents = [int(str(row["parent_id"])) for row in found]
    folders = many.paths(conn, root, parents) if found else {}
    return [row for row in found if _target(rule, folders, row) is not None]


def _target(rule: RuleInfo, folders: Mapping[int, str], row: Row) -> str | None:
    folder = folders.get(int(str(row["parent_id"])))
    if folder is None:
        return None
    return target_of(rule, f"{folder}/{row['name']}" if folder else str(row["name"]))


def stale(ids: Sequence[int], *, since: datetime) -> Statement:
    """Copies of these that were not seen since, by partner."""
    return Statement(_STALE, {"ids": list(ids), "since": since})


def may(
    conn: Connection, rule: RuleInfo, ids: Sequence[int], *, since: datetime, before: datetime
) -> set[int]:
    """Which of these may go: unchanged, none on its way, enough copies that were seen since."""
    params = {"ids": list(ids), "since": since, "before": before, "copies": rule.copies}
    return {int(str(row["id"])) for row in rows(conn, Statement(_MAY, params))}


def looked(
    conn: Connection,
    rule: int,
    *,
    seen: tuple[datetime, int] | None,
    due: datetime,
    words: str,
) -> None:
    """How far the walk is; None begins anew. When it goes on, and what holds it up."""
    sql = """
      UPDATE transfers_rule SET shed_seen = %(seen)s, shed_id = %(seen_id)s, shed_due = %(due)s,
        shed_words = %(words)s WHERE id = %(id)s
    """
    at, number = seen or (None, 0)
    params = {"id": rule, "seen": at, "seen_id": number, "due": due, "words": words}
    execute(conn, sql, params)


def told(conn: Connection, rule: int, files: int) -> None:
    """The owner of a rule hears that it took files away."""
    if outbox.post(conn, topic=SHED, facts=_TOLD, params={"id": rule, "files": files}):
        wake(conn, "outbox")
