"""Shipments that come by a wire that takes them in itself, file by file: only written down here.

In the transactions of that wire, so that people see the same as it does. Whoever sends them hears
of their end by that wire too: here they are told from the beginning.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.transfers.entities import Arrival, Offer
from waystation.domains.transfers.states import ShipmentState
from waystation.domains.transfers.store import expecting, settling, shipments
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
