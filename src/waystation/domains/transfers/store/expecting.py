"""Shipments that others announce."""

from collections.abc import Collection
from datetime import datetime

from waystation.domains.transfers.entities import Offer
from waystation.domains.transfers.states import ItemState, ShipmentState, Way
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_SHIPMENT = f"""
  INSERT INTO transfers_shipment (key, way, partner_id, space, target_space, state, priority,
    created, changed, due, files, bytes, n_waiting, told)
  VALUES (%(key)s, {Way.IN:d}, %(partner)s, %(space)s, %(space)s, {ShipmentState.EXPECTED:d}, 5,
    %(now)s, %(now)s, %(due)s, %(files)s, %(bytes)s, %(files)s, %(told)s)
  ON CONFLICT (partner_id, way, key) DO NOTHING RETURNING *
"""

_FILES = f"""
  INSERT INTO transfers_shipmentfile (shipment_id, n, state, path, target, size, sha256, adler32,
    mtime)
  SELECT %(id)s, u.n, {ItemState.WAITING:d}, u.path, u.path, u.size,
    nullif(decode(u.sha256, 'hex'), ''), u.adler32, u.mtime
  FROM unnest(%(numbers)s::int[], %(paths)s::text[], %(sizes)s::bigint[], %(digests)s::text[],
    %(adlers)s::bigint[], %(mtimes)s::timestamptz[]) AS u(n, path, size, sha256, adler32, mtime)
"""

# Of one whose files all come or wait the sum is known without them. Those that others take in
# have reserved their room themselves.
_PROMISED = f"""
  SELECT coalesce(sum(CASE WHEN s.n_failed + s.n_cancelled = 0 THEN s.bytes - s.bytes_landed
    ELSE (SELECT sum(f.size) FROM transfers_shipmentfile f
          WHERE f.shipment_id = s.id AND f.state = {ItemState.WAITING:d}) END), 0)::bigint AS bytes
  FROM transfers_shipment s
  WHERE s.way = {Way.IN:d} AND NOT s.asked AND NOT s.told AND s.due IS NOT NULL
    AND s.target_space = ANY(%(spaces)s)
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('transfers-room'))"

_ORIGINS = """
  SELECT entry_id, sha256 FROM transfers_origin
  WHERE entry_id = ANY(%(ids)s) AND partner_id = %(partner)s
"""


def expect(
    conn: Connection,
    partner: int,
    offer: Offer,
    *,
    now: datetime,
    due: datetime,
    told: bool = False,
) -> Row | None:
    """Write down that it comes; None when it was announced before.

    Args:
        conn: a transaction.
        partner: sends it.
        offer: what comes.
        now: the moment.
        due: its sender is asked then.
        told: its sender hears of its end by others.
    """
    params = {
        "key": offer.key,
        "partner": partner,
        "space": offer.space,
        "now": now,
        "due": due,
        "told": told,
        "files": len(offer.parcels),
        "bytes": sum(parcel.size for parcel in offer.parcels),
    }
    made = rows(conn, Statement(_SHIPMENT, params))
    if not made:
        return None
    more = {
        "id": made[0]["id"],
        "numbers": [p.n for p in offer.parcels],
        "paths": [p.path for p in offer.parcels],
        "sizes": [p.size for p in offer.parcels],
        "digests": [p.sha256 for p in offer.parcels],
        "adlers": [int(p.adler32, 16) if p.adler32 else None for p in offer.parcels],
        "mtimes": [p.mtime for p in offer.parcels],
    }
    execute(conn, _FILES, more)
    return made[0]


def alone(conn: Connection) -> None:
    """Nobody else promises room until the transaction ends."""
    execute(conn, _ONE_AT_A_TIME, {})


def promised(conn: Connection, spaces: Collection[str]) -> int:
    """Bytes that senders were promised room for in these spaces, and that are not in them yet."""
    return int(str(rows(conn, Statement(_PROMISED, {"spaces": list(spaces)}))[0]["bytes"]))


def origins(conn: Connection, partner: int, entries: Collection[int]) -> dict[int, bytes]:
    """Entries that came from a partner, with the digest that they had then."""
    found = rows(conn, Statement(_ORIGINS, {"ids": list(entries), "partner": partner}))
    return {int(str(r["entry_id"])): r["sha256"] for r in found if isinstance(r["sha256"], bytes)}


def untold(conn: Connection, way: Way, *, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Shipments that ended, of which the other side does not know, held until then."""
    sql = f"""
      UPDATE transfers_shipment SET changed = %(until)s WHERE id = ANY(ARRAY(
        SELECT id FROM transfers_shipment WHERE way = %(way)s AND NOT told
          AND finished IS NOT NULL AND changed <= %(now)s
          AND (way = {Way.IN:d} OR state = {ShipmentState.CANCELLED:d})
        ORDER BY changed LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
      RETURNING *
    """
    params = {"way": int(way), "now": now, "until": until, "limit": limit}
    return rows(conn, Statement(sql, params))
