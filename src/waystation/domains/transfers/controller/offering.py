"""Offering: a partner says what of a shipment it takes, and where to put it."""

from waystation.domains.transfers.controller.bringing import brought
from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.moves import claim, give_up, later
from waystation.domains.transfers.entities import Offer, Standing, Welcome
from waystation.domains.transfers.errors import PartnerError, PartnerRefusedError
from waystation.domains.transfers.states import ShipmentState
from waystation.domains.transfers.store import settling, shipments
from waystation.kernel.database import Connection, Row
from waystation.kernel.waking import wake

SEND = "transfers-send"
_GONE = "It was deleted or changed here before it left."


def offer(desk: Desk) -> int:
    """Planned shipments are announced; how many.

    A partner that did not answer once is not asked again in this round: others wait too.
    """
    found = claim(desk, ShipmentState.PLANNED, urgent=True)
    known, silent = desk.partners(), dict[int, PartnerError]()
    for row in found:
        number = int(str(row["partner_id"]))
        if _nothing_left(desk, row):
            continue
        if number in silent:
            later(desk, row, silent[number])
            continue
        if not brought(desk, row):
            continue
        try:
            welcome = desk.sites(known[number]).offer(_offer(desk, row))
        except PartnerRefusedError as problem:
            give_up(desk, row, problem.sentence)
        except PartnerError as problem:
            silent[number] = problem
            later(desk, row, problem)
        else:
            _welcomed(desk, row, welcome)
    return len(found)


def _offer(desk: Desk, row: Row) -> Offer:
    number = int(str(row["id"]))
    files = desk.database.rows(shipments.waiting(number, after=0, limit=desk.policy.files))
    parcels = [shipments.parcel(each) for each in files]
    return Offer(str(row["key"]), str(row["target_space"]), parcels)


def _nothing_left(desk: Desk, row: Row) -> bool:
    """Leave out what is not ours any more; whether the shipment has ended with that."""
    number = int(str(row["id"]))

    def work(conn: Connection) -> bool:
        shipments.lock(conn, number)
        gone = dict.fromkeys(shipments.gone(conn, number), _GONE)
        settling.failed(conn, number, gone, now=desk.now(), first=desk.policy.first_doubt)
        return settling.finish(conn, number, now=desk.now()) is not None

    return desk.database.run(work)


def _welcomed(desk: Desk, row: Row, welcome: Welcome) -> None:
    number, now = int(str(row["id"])), desk.now()
    endpoints = [{"kind": str(e.kind), "facts": dict(e.facts)} for e in welcome.endpoints]
    places = {str(n): path for n, path in welcome.places.items()}
    target = desk.safe.seal({"endpoints": endpoints, "places": places})
    news = Standing(open=True, landed=welcome.there, failed=welcome.refused)

    def work(conn: Connection) -> None:
        shipments.lock(conn, number)
        settling.heard(conn, number, news, now=now, first=desk.policy.first_doubt)
        if settling.finish(conn, number, now=now) is None:
            shipments.move(
                conn,
                number,
                ShipmentState.OFFERED,
                now=now,
                due=now,
                sets=", target = %(target)s",
                target=target,
            )
            wake(conn, SEND)

    desk.database.run(work)
