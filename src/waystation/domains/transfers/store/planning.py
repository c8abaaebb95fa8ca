"""Which files a rule has still to send, and the shipments made of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.catalogue.door import EntryKind, many
from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.rules import chosen, target_of
from waystation.domains.transfers.states import ItemState, ShipmentState, Way
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

OFFER = "transfers-offer"

_FLAGS = """
  SELECT f.*,
    EXISTS (SELECT 1 FROM transfers_replica r WHERE r.entry_id = f.id
            AND r.partner_id = %(partner)s AND r.sha256 = f.sha256) AS known,
    EXISTS (SELECT 1 FROM transfers_shipmentfile i
            JOIN transfers_shipment s ON s.id = i.shipment_id
            WHERE i.entry_id = f.id AND i.state = 0 AND s.way = 0
            AND s.partner_id = %(partner)s) AS coming,
    EXISTS (SELECT 1 FROM transfers_doubt d WHERE d.entry_id = f.id
            AND d.partner_id = %(partner)s AND d.due > %(now)s) AS doubtful
  FROM fresh f ORDER BY f.changed, f.id
"""
_COLUMNS = "e.id, e.changed, e.parent_id, e.name, e.size, e.sha256, e.adler32, e.mtime"

_FRESH = f"""
  WITH fresh AS MATERIALIZED (
    SELECT {_COLUMNS} FROM catalogue_entry e
    WHERE e.store_id = %(store)s AND e.kind = {EntryKind.FILE:d}
      AND (e.changed, e.id) > (%(seen)s, %(seen_id)s) AND e.changed <= %(old)s
      AND (%(horizon)s::xid IS NULL OR e.changed > %(until)s
           OR age(e.xmin) <= age(%(horizon)s::xid))
    ORDER BY e.changed, e.id LIMIT %(limit)s)
  {_FLAGS}
"""

_NEWEST = f"""
  SELECT e.changed, e.id FROM catalogue_entry e
  WHERE e.store_id = %(store)s AND e.kind = {EntryKind.FILE:d} AND e.changed <= %(old)s
  ORDER BY e.changed DESC, e.id DESC LIMIT 1
"""

_XIDS = 2**32
"""Rows have the lower half of the number of their transaction."""

_DOUBTFUL = f"""
  WITH fresh AS MATERIALIZED (
    SELECT {_COLUMNS} FROM transfers_doubt d JOIN catalogue_entry e ON e.id = d.entry_id
    WHERE d.partner_id = %(partner)s AND d.due <= %(now)s AND e.store_id = %(store)s
    ORDER BY d.due LIMIT %(limit)s)
  {_FLAGS}
"""

_SHIPMENT = f"""
  INSERT INTO transfers_shipment (key, way, partner_id, rule_id, space, target_space, state,
    priority, created, changed, due, files, bytes, n_waiting)
  VALUES (%(key)s, {Way.OUT:d}, %(partner)s, %(rule)s, %(space)s, %(target_space)s,
    {ShipmentState.PLANNED:d}, %(priority)s, %(now)s, %(now)s, %(now)s, %(files)s, %(bytes)s,
    %(files)s)
  RETURNING id
"""

_FILES = f"""
  INSERT INTO transfers_shipmentfile (shipment_id, n, state, entry_id, path, target, size, sha256,
    adler32, mtime)
  SELECT %(id)s, u.n, {ItemState.WAITING:d}, u.entry, u.path, u.target, u.size, u.sha256,
    u.adler32, u.mtime
  FROM unnest(%(entries)s::bigint[], %(paths)s::text[], %(targets)s::text[], %(sizes)s::bigint[],
    %(digests)s::bytea[], %(adlers)s::bigint[], %(mtimes)s::timestamptz[])
    WITH ORDINALITY AS u(entry, path, target, size, sha256, adler32, mtime, n)
"""

_UNREAD = """
  INSERT INTO transfers_doubt (entry_id, partner_id, tries, due, words)
  SELECT unnest(%(ids)s::bigint[]), %(partner)s, 0, %(due)s, 'It has not been read yet.'
  ON CONFLICT (entry_id, partner_id) DO UPDATE SET due = excluded.due
"""


_OF_PARTNER = "WHERE partner_id = %(partner)s AND entry_id = %(entry)s"

_AGAIN = f"""
  SELECT {_COLUMNS}, r.id AS rule_id, r.target_space,
    (SELECT c.path FROM transfers_replica c {_OF_PARTNER}) AS target
  FROM catalogue_entry e, transfers_rule r JOIN transfers_destination d ON d.rule_id = r.id
  WHERE e.id = %(entry)s AND e.sha256 IS NOT NULL AND d.partner_id = %(partner)s
    AND r.space = %(space)s
  ORDER BY r.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a rule may send.

    Attributes:
        entry_id: of it.
        changed: when it became what it is.
        parent_id, name: where it is.
        size, sha256, adler32, mtime: of its content; it has no digest before it was read.
        wanted: the partner has not got it, and nothing is under way.
    """

    entry_id: int
    changed: datetime
    parent_id: int
    name: str
    size: int
    sha256: bytes | None
    adler32: int | None
    mtime: datetime
    wanted: bool

    @classmethod
    def of(cls, row: Row) -> "Candidate":
        """From a row with its flags."""
        changed, mtime, digest, adler = row["changed"], row["mtime"], row["sha256"], row["adler32"]
        assert isinstance(changed, datetime)
        assert isinstance(mtime, datetime)
        return cls(
            entry_id=int(str(row["id"])),
            changed=changed,
            parent_id=int(str(row["parent_id"])),
            name=str(row["name"]),
            size=int(str(row["size"])),
            sha256=digest if isinstance(digest, bytes) else None,
            adler32=None if adler is None else int(str(adler)),
            mtime=mtime,
            wanted=not (row["known"] or row["coming"] or row["doubtful"]),
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: nothing of it is to be looked at again.

    Attributes:
        until: files that changed until then,
        horizon: and were written by a transaction before this number: all those had ended.
    """

    until: datetime
    horizon: int

    @property
    def xid(self) -> str:
        """The number as rows have it."""
        return str(self.horizon % _XIDS)


@dataclass(frozen=True, slots=True)
class Planned:
    """A shipment to be written down; `places` are (path in our space, path in theirs)."""

    key: str
    partner_id: int
    rule_id: int | None
    space: str
    target_space: str
    priority: int
    files: Sequence[Candidate]
    places: Sequence[tuple[str, str]]


def again(conn: Connection, partner: int, entry: int, space: str, path: str) -> Planned | None:
    """A file of ours for a partner once more, by the first of its rules; None when it has none.

    What we know of the partner's copy goes.
    """
    found = rows(conn, Statement(_AGAIN, {"partner": partner, "entry": entry, "space": space}))
    if not found:
        return None
    row = found[0]
    gone = {"partner": partner, "entry": entry}
    for table in ("replica", "doubt"):
        execute(conn, f"DELETE FROM transfers_{table} {_OF_PARTNER}", gone)
    return Planned(
        key=secrets.token_hex(16),
        partner_id=partner,
        rule_id=int(str(row["rule_id"])),
        space=space,
        target_space=str(row["target_space"]),
        priority=9,
        files=[Candidate.of({**row, "known": False, "coming": False, "doubtful": False})],
        places=[(path, str(row["target"] or path))],
    )


def fresh(
    conn: Connection,
    *,
    store: int,
    partner: int,
    seen: tuple[datetime, int],
    old: datetime,
    now: datetime,
    limit: int,
    looked: Looked | None = None,
) -> list[Candidate]:
    """Files of a store in the order in which they changed: behind `seen`, before `old`.

    Those that were looked at are left out.
    """
    params = {"store": store, "partner": partner, "seen": seen[0], "seen_id": seen[1]}
    known = {"until": looked and looked.until, "horizon": looked and looked.xid}
    more = {"old": old, "now": now, "limit": limit}
    found = rows(conn, Statement(_FRESH, {**params, **known, **more}))
    return [Candidate.of(row) for row in found]


def newest(conn: Connection, store: int, *, old: datetime) -> tuple[datetime, int] | None:
    """The last file of a store that changed until then; None without any."""
    for row in rows(conn, Statement(_NEWEST, {"store": store, "old": old})):
        changed = row["changed"]
        assert isinstance(changed, datetime)
        return changed, int(str(row["id"]))
    return None


def doubtful(
    conn: Connection, *, store: int, partner: int, now: datetime, limit: int
) -> list[Candidate]:
    """Files that did not get through, or were not read, and are due again."""
    params = {"store": store, "partner": partner, "now": now, "limit": limit}
    return [Candidate.of(row) for row in rows(conn, Statement(_DOUBTFUL, params))]


@dataclass(frozen=True, slots=True)
class Share:
    """Which files of a rule are a partner's: its place among the destinations."""

    partner_id: int
    rank: int
    among: int


def mine(
    conn: Connection, root: int, files: Sequence[Candidate], rule: RuleInfo, share: Share
) -> list[tuple[Candidate, tuple[str, str]]]:
    """Those of these files that a partner is to get, each with its paths here and there."""
    wanted = [
        each
        for each in files
        if each.wanted
        and chosen(each.entry_id, rank=share.rank, destinations=share.among, copies=rule.copies)
    ]
    folders = many.paths(conn, root, [each.parent_id for each in wanted])
    found = []
    for each in wanted:
        folder = folders.get(each.parent_id)
        if folder is None:
            continue
        path = f"{folder}/{each.name}" if folder else each.name
        target = target_of(rule, path)
        if target is not None:
            found.append((each, (path, target)))
    return found


def unread(conn: Connection, partner: int, ids: Sequence[int], *, due: datetime) -> None:
    """Files without a digest are looked at again then."""
    if ids:
        execute(conn, _UNREAD, {"partner": partner, "ids": list(ids), "due": due})


def ship(conn: Connection, planned: Planned, *, now: datetime) -> int:
    """Write a shipment with its files; its id."""
    files = planned.files
    params = {
        "key": planned.key,
        "partner": planned.partner_id,
        "rule": planned.rule_id,
        "space": planned.space,
        "target_space": planned.target_space,
        "priority": planned.priority,
        "now": now,
        "files": len(files),
        "bytes": sum(each.size for each in files),
    }
    number = int(str(rows(conn, Statement(_SHIPMENT, params))[0]["id"]))
    more = {
        "id": number,
        "entries": [each.entry_id for each in files],
        "paths": [path for path, _ in planned.places],
        "targets": [target for _, target in planned.places],
        "sizes": [each.size for each in files],
        "digests": [each.sha256 for each in files],
        "adlers": [each.adler32 for each in files],
        "mtimes": [each.mtime for each in files],
    }
    execute(conn, _FILES, more)
    wake(conn, OFFER)
    return number
