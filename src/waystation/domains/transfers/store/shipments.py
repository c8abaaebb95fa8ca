"""Shipments: claimed by their state, moved along by compare-and-set, read with their files."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.transfers.entities import Parcel
from waystation.domains.transfers.states import SHIPMENT, ItemState, ShipmentState, Way
from waystation.kernel.database import Connection, Row, Statement, Value, execute, rows

# A task of another machine is that machine's, unless nobody there has looked for long.
_CLAIM = """
  UPDATE transfers_shipment SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT s.id FROM transfers_shipment s
    WHERE s.state = %(state)s AND s.due <= %(now)s
      AND (%(host)s = '' OR s.host IN ('', %(host)s) OR s.due <= %(dead)s)
    ORDER BY s.due LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING *
"""
# Of one priority the oldest first; a partner that rests keeps its shipments.
_URGENT = """
  UPDATE transfers_shipment SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT s.id FROM transfers_shipment s JOIN transfers_partner p ON p.id = s.partner_id
    WHERE s.state = %(state)s AND s.due <= %(now)s AND p.enabled
    ORDER BY s.priority DESC, s.id LIMIT %(limit)s FOR UPDATE OF s SKIP LOCKED))
  RETURNING *
"""

_MOVE = """
  UPDATE transfers_shipment s SET state = %(new)s, changed = %(now)s, due = %(due)s,
    words = '', tries = 0, attention = false {sets}
  WHERE s.id = %(id)s AND s.state = ANY(%(sources)s) RETURNING s.id
"""

_WAITING = f"""
  SELECT n, entry_id, path, target, size, sha256, adler32, mtime FROM transfers_shipmentfile
  WHERE shipment_id = %(id)s AND state = {ItemState.WAITING:d} AND n > %(after)s
  ORDER BY n LIMIT %(limit)s
"""

# Files that were taken away, or have another content, since they were planned.
_GONE = f"""
  SELECT f.n FROM transfers_shipmentfile f LEFT JOIN catalogue_entry e ON e.id = f.entry_id
  WHERE f.shipment_id = %(id)s AND f.state = {ItemState.WAITING:d}
    AND (e.id IS NULL OR e.sha256 IS DISTINCT FROM f.sha256 OR e.name LIKE 'trash:%%')
"""


_ALL = 2**31 - 1


def claim(
    conn: Connection,
    state: ShipmentState,
    *,
    now: datetime,
    lease: timedelta,
    limit: int,
    urgent: bool = False,
    host: str = "",
) -> list[Row]:
    """Take shipments that are due; who dies with them gives them back when the lease ends.

    Args:
        conn: a transaction.
        state: in which they are.
        now: the moment.
        lease: how long they are ours.
        limit: at most so many.
        urgent: by priority, and none to a partner that is switched off.
        host: this machine, for tasks that are some machine's; empty is all.
    """
    params = {"state": int(state), "now": now, "until": now + lease, "limit": limit}
    more = {"host": host, "dead": now - 2 * lease}
    sql = _URGENT if urgent else _CLAIM
    return sorted(rows(conn, Statement(sql, {**params, **more})), key=_order)


def _order(row: Row) -> tuple[int, int]:
    return -int(str(row["priority"])), int(str(row["id"]))


def move(
    conn: Connection,
    shipment: int,
    new: ShipmentState,
    *,
    now: datetime,
    due: datetime | None,
    sets: str = "",
    **params: Value,
) -> bool:
    """Compare-and-set; False when it was not in a state from which it may.

    Args:
        conn: a transaction.
        shipment: which.
        new: its state.
        now: the moment.
        due: when it is looked at next.
        sets: more columns, `, column = %(name)s`.
        params: of those.
    """
    known = {"id": shipment, "new": int(new), "sources": SHIPMENT.sources(new)}
    sql = _MOVE.format(sets=sets)
    return bool(rows(conn, Statement(sql, {**params, **known, "now": now, "due": due})))


def put_off(
    conn: Connection, shipment: int, *, due: datetime, words: str, attention: bool = False
) -> None:
    """Nothing can be done now; the words say why. One more try is counted."""
    sql = """
      UPDATE transfers_shipment SET due = %(due)s, words = %(words)s, attention = %(attention)s,
        tries = tries + 1
      WHERE id = %(id)s AND due IS NOT NULL
    """
    params = {"id": shipment, "due": due, "words": words, "attention": attention}
    execute(conn, sql, params)


def progressed(
    conn: Connection, shipment: int, *, due: datetime, moved: int, words: str, attention: bool
) -> None:
    """How far its task is; looked at again when due."""
    sql = """
      UPDATE transfers_shipment SET due = %(due)s, bytes_moved = %(moved)s, words = %(words)s,
        attention = %(attention)s WHERE id = %(id)s AND due IS NOT NULL
    """
    params = {"id": shipment, "due": due, "moved": moved, "words": words}
    execute(conn, sql, {**params, "attention": attention})


def attempt(
    conn: Connection, shipment: int, number: int, engine: str, *, host: str, now: datetime
) -> None:
    """Write down that an engine is asked, for the so manieth time, before it is."""
    sql = """
      UPDATE transfers_shipment SET engine = %(engine)s, attempt = %(number)s, handle = '',
        host = %(host)s, submitted = %(now)s WHERE id = %(id)s
    """
    params = {"id": shipment, "number": number, "engine": engine, "host": host, "now": now}
    execute(conn, sql, params)


def waiting(shipment: int, *, after: int, limit: int) -> Statement:
    """Files that have not ended, by number."""
    return Statement(_WAITING, {"id": shipment, "after": after, "limit": limit})


def numbers(conn: Connection, shipment: int) -> list[int]:
    """Numbers of files that have not ended."""
    found = rows(conn, waiting(shipment, after=0, limit=_ALL))
    return [int(str(row["n"])) for row in found]


def entries(shipment: int, some: Sequence[int]) -> Statement:
    """These files of a shipment, as far as they are entries here."""
    sql = """
      SELECT entry_id, path, sha256 FROM transfers_shipmentfile
      WHERE shipment_id = %(id)s AND n = ANY(%(numbers)s) AND entry_id IS NOT NULL
    """
    return Statement(sql, {"id": shipment, "numbers": list(some)})


def gone(conn: Connection, shipment: int) -> list[int]:
    """Numbers of waiting files whose content is not ours any more."""
    return [int(str(r["n"])) for r in rows(conn, Statement(_GONE, {"id": shipment}))]


def parcel(row: Row) -> Parcel:
    """A file as the sites speak of it, from its row."""
    sha256, adler32, mtime = row["sha256"], row["adler32"], row["mtime"]
    return Parcel(
        n=int(str(row["n"])),
        path=str(row["target"]),
        size=int(str(row["size"])),
        sha256=sha256.hex() if isinstance(sha256, bytes) else "",
        adler32="" if adler32 is None else f"{int(str(adler32)):08x}",
        mtime=mtime if isinstance(mtime, datetime) else None,
    )


def carried(conn: Connection, partner: int, place: str) -> list[Row]:
    """Shipments to a partner that are on a disk and have not ended, the oldest first."""
    sql = f"""
      SELECT * FROM transfers_shipment
      WHERE partner_id = %(partner)s AND state = {ShipmentState.CARRIED:d} AND handle = %(place)s
      ORDER BY id
    """
    return rows(conn, Statement(sql, {"partner": partner, "place": place}))


def files(conn: Connection, shipment: int) -> list[Row]:
    """Files that have not ended, all of them, by number."""
    return rows(conn, waiting(shipment, after=0, limit=_ALL))


def brought(conn: Connection, shipment: int, request: int) -> None:
    """A stage request brings its files."""
    sql = "UPDATE transfers_shipment SET recall_id = %(request)s WHERE id = %(id)s"
    execute(conn, sql, {"id": shipment, "request": request})


def held(*, limit: int) -> Statement:
    """Shipments that ended, whose files are still held on disk, with the owner of their rule."""
    sql = """
      SELECT s.id, s.recall_id, r.owner_id FROM transfers_shipment s
      LEFT JOIN transfers_rule r ON r.id = s.rule_id
      WHERE s.recall_id IS NOT NULL AND s.finished IS NOT NULL ORDER BY s.id LIMIT %(limit)s
    """
    return Statement(sql, {"limit": limit})


def let_go(conn: Connection, ids: Sequence[int]) -> None:
    """Nothing of these is held any more."""
    sql = "UPDATE transfers_shipment SET recall_id = NULL WHERE id = ANY(%(ids)s)"
    execute(conn, sql, {"ids": list(ids)})


def by_key(conn: Connection, partner: int, way: Way, keys: Sequence[str]) -> dict[str, Row]:
    """Shipments of a partner by their keys, locked; what we asked for has a key of our own."""
    sql = """
      SELECT * FROM transfers_shipment
      WHERE partner_id = %(partner)s AND way = %(way)s AND key = ANY(%(keys)s) AND NOT asked
      ORDER BY id FOR UPDATE
    """
    params = {"partner": partner, "way": int(way), "keys": list(keys)}
    return {str(row["key"]): row for row in rows(conn, Statement(sql, params))}


def lock(conn: Connection, shipment: int) -> Row | None:
    """A shipment, locked."""
    sql = "SELECT * FROM transfers_shipment WHERE id = %(id)s FOR UPDATE"
    found = rows(conn, Statement(sql, {"id": shipment}))
    return found[0] if found else None


def outgoing(conn: Connection, partner: int) -> list[int]:
    """Shipments to a partner that have not ended, locked."""
    sql = f"""
      SELECT id FROM transfers_shipment
      WHERE partner_id = %(partner)s AND way = {Way.OUT:d} AND due IS NOT NULL
      ORDER BY id FOR UPDATE
    """
    return [int(str(row["id"])) for row in rows(conn, Statement(sql, {"partner": partner}))]


def active(conn: Connection, engine: str) -> int:
    """How many tasks of ours an engine has."""
    sql = f"""
      SELECT count(*) AS n FROM transfers_shipment
      WHERE state = {ShipmentState.MOVING:d} AND due IS NOT NULL AND engine = %(engine)s
    """
    return int(str(rows(conn, Statement(sql, {"engine": engine}))[0]["n"]))
