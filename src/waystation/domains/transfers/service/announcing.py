"""Shipments that another wire brings or takes away, file by file: only written down here.

In the transactions of that wire, so that people see the same as it does. Whoever sends them hears
of their end by that wire too: here they are told from the beginning.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Entry
from waystation.domains.transfers.entities import Arrival, Offer
from waystation.domains.transfers.service.carrying import ENGINE, PATIENCE
from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import expecting, planning, settling, shipments
from waystation.kernel import trail
from waystation.kernel.database import Connection


def announced(
    conn: Connection, partner_id: int, offer: Offer, *, now: datetime, due: datetime
) -> int:
    """Files of a partner are to come; the number of their shipment.

    Args:
        conn: a transaction.
        partner_id: sends them.
        offer: its key was never used before.
        now: the moment.
        due: all of them have ended by then.
    """
    row = expecting.expect(conn, partner_id, offer, now=now, due=due, told=True)
    assert row is not None, "its key was used before"
    return int(str(row["id"]))


def arrived(conn: Connection, shipments_: Sequence[int], *, now: datetime) -> None:
    """All bytes of some files of these are here."""
    for number in sorted(set(shipments_)):
        row = shipments.lock(conn, number)
        if row is not None and row["state"] == ShipmentState.EXPECTED:
            due = row["due"]
            assert isinstance(due, datetime)
            shipments.move(conn, number, ShipmentState.LANDING, now=now, due=due)


def ended(conn: Connection, shipment: int, arrival: Arrival, *, now: datetime) -> None:
    """One of its files is in the catalogue, or does not come."""
    if shipments.lock(conn, shipment) is None:
        return
    settling.landed(conn, shipment, [arrival], now=now, first=timedelta())
    settling.finish(conn, shipment, now=now)


def carried(
    conn: Connection,
    partner_id: int,
    space: str,
    files: Sequence[tuple[Entry, str, int]],
    *,
    now: datetime,
) -> str:
    """Files of a space leave on a disk that somebody else fills; the key of their shipment.

    Args:
        conn: a transaction.
        partner_id: gets them.
        space: that they are in.
        files: each with its name there, and its size in bytes; numbered from 1 on.
        now: the moment.
    """
    planned = planning.Planned(
        key=secrets.token_hex(16),
        partner_id=partner_id,
        rule_id=None,
        space=space,
        target_space=space,
        priority=5,
        files=[_candidate(entry, size) for entry, _, size in files],
        places=[(name, name) for _, name, _ in files],
    )
    number = planning.ship(conn, planned, now=now)
    sets, due = f", engine = '{ENGINE}'", now + PATIENCE
    shipments.move(conn, number, ShipmentState.CARRIED, now=now, due=due, sets=sets)
    size = sum(size for _, _, size in files)
    trail.record(conn, "shipment.carried", str(number), now=now, files=len(files), bytes=size)
    return planned.key


def delivered(
    conn: Connection, partner_id: int, key: str, n: int, *, now: datetime, words: str = ""
) -> None:
    """The receiver says of a file that was carried that it has it, or why it has not."""
    row = shipments.by_key(conn, partner_id, Way.OUT, [key]).get(key)
    if row is None or row["state"] != ShipmentState.CARRIED:
        return
    number = int(str(row["id"]))
    settling.landed(conn, number, [Arrival(n, None, words)], now=now, first=timedelta())
    settling.finish(conn, number, now=now)


def _candidate(entry: Entry, size: int) -> planning.Candidate:
    return planning.Candidate(
        entry_id=entry.id,
        changed=entry.changed,
        parent_id=entry.parent_id,
        name=entry.name,
        size=size,
        sha256=entry.sha256,
        adler32=entry.adler32,
        mtime=entry.mtime,
        wanted=True,
    )
