"""Damaged files of ours: who has a copy, who was asked, and the shipments that bring bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.transfers.entities import Wreck
from waystation.domains.transfers.states import ItemState, ShipmentState, Way
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows

_LONGEST = timedelta(days=1)

# Each time another of those that have a copy is asked, the one that was looked at last first.
_COPIES = f"""
  WITH w AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(digests)s::bytea[]) AS u(entry_id, sha256)
  ), known AS (
    SELECT w.entry_id, r.partner_id, r.space, r.path, coalesce(x.tries, 0) AS tries,
      row_number() OVER (PARTITION BY w.entry_id ORDER BY r.verified DESC, r.partner_id) AS rank,
      count(*) OVER (PARTITION BY w.entry_id) AS among
    FROM w JOIN transfers_replica r ON r.entry_id = w.entry_id AND r.sha256 = w.sha256
    JOIN transfers_partner p ON p.id = r.partner_id AND p.enabled
    LEFT JOIN transfers_repair x ON x.entry_id = w.entry_id
    WHERE (x.due IS NULL OR x.due <= %(now)s) AND NOT EXISTS (
      SELECT 1 FROM transfers_shipmentfile i JOIN transfers_shipment s ON s.id = i.shipment_id
      WHERE i.entry_id = w.entry_id AND i.state = {ItemState.WAITING:d} AND s.asked)
  )
  SELECT entry_id, partner_id, space, path FROM known WHERE rank = tries %% among + 1
  ORDER BY partner_id, entry_id
"""

# Of files that nobody took from us, but that somebody once sent.
_ORIGINS = """
  SELECT o.entry_id, o.partner_id, '' AS space, o.path
  FROM unnest(%(ids)s::bigint[], %(digests)s::bytea[]) AS w(entry_id, sha256)
  JOIN transfers_origin o ON o.entry_id = w.entry_id AND o.sha256 = w.sha256
  JOIN transfers_partner p ON p.id = o.partner_id
  LEFT JOIN transfers_repair x ON x.entry_id = w.entry_id
  WHERE (x.due IS NULL OR x.due <= %(now)s) AND NOT EXISTS (
    SELECT 1 FROM transfers_replica r JOIN transfers_partner q ON q.id = r.partner_id
    WHERE r.entry_id = w.entry_id AND r.sha256 = w.sha256 AND q.enabled)
  ORDER BY o.partner_id, o.entry_id
"""

_ASK = """
  INSERT INTO transfers_repair AS x (entry_id, partner_id, tries, due)
  SELECT unnest(%(ids)s::bigint[]), %(partner)s, 1, %(now)s + %(first)s
  ON CONFLICT (entry_id) DO UPDATE SET partner_id = excluded.partner_id, tries = x.tries + 1,
    due = %(now)s + least(%(first)s * (2 ^ least(x.tries, 20)), %(longest)s)
  WHERE x.due <= %(now)s RETURNING entry_id
"""

_SHIPMENT = f"""
  INSERT INTO transfers_shipment (key, way, partner_id, space, target_space, state, priority,
    created, changed, due, files, bytes, n_waiting, asked)
  VALUES (%(key)s, {Way.IN:d}, %(partner)s, %(space)s, %(target_space)s,
    {ShipmentState.WANTED:d}, 9, %(now)s, %(now)s, %(now)s, %(files)s, %(bytes)s, %(files)s, true)
  RETURNING id
"""

_FILES = f"""
  INSERT INTO transfers_shipmentfile (shipment_id, n, state, entry_id, path, target, size, sha256)
  SELECT %(id)s, u.n, {ItemState.WAITING:d}, u.entry, u.path, u.target, u.size, u.sha256
  FROM unnest(%(entries)s::bigint[], %(paths)s::text[], %(targets)s::text[], %(sizes)s::bigint[],
    %(digests)s::bytea[]) WITH ORDINALITY AS u(entry, path, target, size, sha256, n)
"""

_LOST = """
  WITH told AS (
    SELECT * FROM unnest(%(paths)s::text[], %(digests)s::text[])
      WITH ORDINALITY AS u(path, sha256, n)
  ), gone AS (
    DELETE FROM transfers_replica r USING told t
    WHERE r.partner_id = %(partner)s AND md5(r.path) = md5(t.path) AND r.path = t.path
      AND r.space = %(space)s AND r.sha256 = decode(t.sha256, 'hex')
    RETURNING r.entry_id, t.n
  )
  SELECT g.n, e.changed FROM gone g LEFT JOIN catalogue_entry e ON e.id = g.entry_id
"""

_STANDING = """
  SELECT x.entry_id, x.tries, x.due, x.words, p.name AS partner,
    EXISTS (SELECT 1 FROM transfers_replica r WHERE r.entry_id = x.entry_id) AS copies
  FROM transfers_repair x LEFT JOIN transfers_partner p ON p.id = x.partner_id
  WHERE x.entry_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """Where bytes of a damaged file may be: at a partner, in a space and at a path there."""

    wreck: Wreck
    partner_id: int
    space: str
    path: str


def copies(wrecks: Sequence[Wreck], *, now: datetime) -> Statement:
    """A partner for each that may be asked now: it has a copy, as far as we know."""
    return Statement(_COPIES, {**_named(wrecks), "now": now})


def origins(wrecks: Sequence[Wreck], *, now: datetime) -> Statement:
    """The same of those of which only who sent them has a copy; without where."""
    return Statement(_ORIGINS, {**_named(wrecks), "now": now})


def found(wrecks: Sequence[Wreck], rows_: Sequence[Row]) -> list[Copy]:
    """What `copies` or `origins` found."""
    known = {each.entry_id: each for each in wrecks}
    return [
        Copy(
            known[int(str(row["entry_id"]))],
            int(str(row["partner_id"])),
            str(row["space"]),
            str(row["path"]),
        )
        for row in rows_
    ]


def ask(
    conn: Connection, partner: int, ids: Sequence[int], *, now: datetime, first: timedelta
) -> set[int]:
    """Write down that a partner is asked for these; those that nobody asks for already."""
    params: dict[str, Value] = {"ids": list(ids), "partner": partner, "now": now}
    more = {"first": first, "longest": _LONGEST}
    return {int(str(r["entry_id"])) for r in rows(conn, Statement(_ASK, {**params, **more}))}


def want(conn: Connection, key: str, some: Sequence[Copy], *, now: datetime) -> None:
    """Write a shipment of bytes that we want; all are at one partner, from and to one space."""
    one = some[0]
    params = {
        "key": key,
        "partner": one.partner_id,
        "space": one.space,
        "target_space": one.wreck.space,
        "now": now,
        "files": len(some),
        "bytes": sum(each.wreck.size for each in some),
    }
    number = int(str(rows(conn, Statement(_SHIPMENT, params))[0]["id"]))
    more = {
        "id": number,
        "entries": [each.wreck.entry_id for each in some],
        "paths": [each.path for each in some],
        "targets": [each.wreck.path for each in some],
        "sizes": [each.wreck.size for each in some],
        "digests": [each.wreck.sha256 for each in some],
    }
    execute(conn, _FILES, more)


def answered(conn: Connection, ids: Sequence[int], words: str) -> None:
    """What who was asked for these says."""
    sql = "UPDATE transfers_repair SET words = %(words)s WHERE entry_id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(ids), "words": words})


def lost(
    conn: Connection, partner: int, space: str, files: Sequence[tuple[str, str]]
) -> tuple[set[int], datetime | None]:
    """A partner has damaged copies: which of them we knew, and when the first of ours changed."""
    params = {
        "partner": partner,
        "space": space,
        "paths": [path for path, _ in files],
        "digests": [digest for _, digest in files],
    }
    gone = rows(conn, Statement(_LOST, params))
    since = [row["changed"] for row in gone if isinstance(row["changed"], datetime)]
    return {int(str(row["n"])) - 1 for row in gone}, min(since, default=None)


def doubted(conn: Connection, partner: int, ids: Sequence[int], *, then: datetime) -> None:
    """Copies that came with other bytes count as not looked at since `then`."""
    sql = """
      UPDATE transfers_replica SET verified = least(verified, %(then)s)
      WHERE partner_id = %(partner)s AND entry_id = ANY(%(ids)s)
    """
    if ids:
        execute(conn, sql, {"partner": partner, "ids": list(ids), "then": then})


def standing(ids: Sequence[int]) -> Statement:
    """Who was asked for these, and when one is again."""
    return Statement(_STANDING, {"ids": list(ids)})


def _named(wrecks: Sequence[Wreck]) -> dict[str, Value]:
    return {
        "ids": [each.entry_id for each in wrecks],
        "digests": [each.sha256 for each in wrecks],
    }
