"""Receiving: what came is taken in, its sender hears of it, and who does not come is asked for."""

import functools
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.doubting import doubt
from waystation.domains.transfers.entities import Arrival, PartnerInfo, Sending, Standing
from waystation.domains.transfers.errors import PartnerError
from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import expecting, settling, shipments
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import (
    ForbiddenError,
    NotFoundError,
    UnavailableError,
    WaystationError,
)

BATCH = 250
LATER = timedelta(minutes=10)
_NOBODY = "The partner has no account here any more."


def land(desk: Desk) -> int:
    """One shipment that came is taken in, a batch of its files; how many files."""
    lease, state = desk.policy.lease, ShipmentState.LANDING
    found = desk.database.run(
        lambda conn: shipments.claim(conn, state, now=desk.now(), lease=lease, limit=1)
    )
    return sum(_land(desk, row) for row in found)


def tell(desk: Desk) -> int:
    """Senders hear how their shipments ended, all of a sender at once; how many shipments.

    What is left in a landing goes first: whoever dies before, does it again.
    """
    now, known, groups = desk.now(), desk.partners(), dict[int, list[Row]]()
    until = now + timedelta(seconds=30)
    found = desk.database.run(
        lambda conn: expecting.untold(conn, Way.IN, now=now, until=until, limit=200)
    )
    for row in found:
        groups.setdefault(int(str(row["partner_id"])), []).append(row)
    told = 0
    for number, group in groups.items():
        _clear(desk, known[number], group)
        # It knows nothing of what we fetched.
        theirs = [row for row in group if not row["asked"]]
        news = desk.database.run(functools.partial(_news, group=theirs))
        try:
            if theirs:
                desk.sites(known[number]).report(news)
        except PartnerError:
            continue  # It asks by itself, and hears then; we try again too.
        ids = [int(str(row["id"])) for row in group]
        desk.database.run(functools.partial(settling.told, ids=ids))
        told += len(group)
    return told


def expect(desk: Desk) -> int:
    """Shipments that are overdue: their senders are asked; how many ended or were taken in."""
    lease, state = desk.policy.lease, ShipmentState.EXPECTED
    found = desk.database.run(
        lambda conn: shipments.claim(conn, state, now=desk.now(), lease=lease, limit=200)
    )
    known, groups, moved = desk.partners(), dict[int, list[Row]](), 0
    for row in found:
        groups.setdefault(int(str(row["partner_id"])), []).append(row)
    for number, group in groups.items():
        try:
            said = desk.sites(known[number]).sending([str(row["key"]) for row in group])
        except PartnerError as problem:
            _put_off(desk, group, problem.sentence)
            continue
        waits = [row for row in group if said.get(str(row["key"])) is Sending.COMING]
        _put_off(desk, waits, "Its sender says that it still comes.")
        for row in group:
            if row not in waits:
                moved += _take_what_there_is(desk, row)
    return moved


def _land(desk: Desk, row: Row) -> int:
    number, now = int(str(row["id"])), desk.now()
    partner = desk.partners()[int(str(row["partner_id"]))]
    account, space, landing = partner.account_id, str(row["target_space"]), str(row["key"])
    files = desk.database.rows(shipments.waiting(number, after=0, limit=BATCH))
    parcels = [shipments.parcel(each) for each in files]
    arrivals: Sequence[Arrival] = [Arrival(p.n, None, _NOBODY) for p in parcels]
    if (account is not None or row["asked"]) and parcels:
        try:
            if row["asked"]:
                wanted = [(int(str(f["entry_id"])), shipments.parcel(f)) for f in files]
                arrivals = desk.harbour.mend(space, landing, wanted)
            elif account is not None:
                arrivals = desk.harbour.land(account, space, landing, parcels)
        except UnavailableError as problem:
            wait = desk.policy.pause(int(str(row["tries"])))
            _put_off(desk, [row], problem.sentence, wait)
            return 0
        except WaystationError as problem:
            arrivals = [Arrival(parcel.n, None, problem.sentence) for parcel in parcels]

    if row["asked"]:
        doubt(desk, row, {each.n: each.words for each in arrivals})

    def work(conn: Connection) -> None:
        shipments.lock(conn, number)
        settling.landed(conn, number, arrivals, now=now, first=desk.policy.first_doubt)
        if settling.finish(conn, number, now=now) is None:
            shipments.put_off(conn, number, due=now, words="")

    desk.database.run(work)
    return max(1, len(arrivals))


def _clear(desk: Desk, partner: PartnerInfo, group: Sequence[Row]) -> None:
    for row in group:
        space, landing = str(row["target_space"]), str(row["key"])
        with suppress(NotFoundError, ForbiddenError):  # the space is gone, or closed to it
            if row["asked"]:
                desk.harbour.sweep(space, landing)
            elif partner.account_id is not None:
                desk.harbour.clear(partner.account_id, space, landing)


def _news(conn: Connection, group: Sequence[Row]) -> dict[str, Standing]:
    return {str(row["key"]): settling.standing(conn, row) for row in group}


def _put_off(desk: Desk, group: Sequence[Row], words: str, wait: timedelta = LATER) -> None:
    due = desk.now() + wait

    def work(conn: Connection) -> None:
        for row in group:
            shipments.put_off(conn, int(str(row["id"])), due=due, words=words)

    desk.database.run(work)


def _take_what_there_is(desk: Desk, row: Row) -> int:
    """Its sender has done, or forgotten it: what lies here is taken in, the rest did not come."""
    number, now, landing = int(str(row["id"])), desk.now(), ShipmentState.LANDING
    desk.database.run(lambda conn: shipments.move(conn, number, landing, now=now, due=now))
    return 1
