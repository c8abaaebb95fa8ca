"""Settling: partners hear what has come and tell what they took in; what is cancelled is told."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.doubting import doubt
from waystation.domains.transfers.controller.moves import LIMIT, claim, go, later
from waystation.domains.transfers.entities import Standing
from waystation.domains.transfers.errors import EngineError, PartnerError
from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import expecting, settling, shipments
from waystation.domains.transfers.store.planning import OFFER
from waystation.kernel.database import Connection, Row

log = logging.getLogger(__name__)


def settle(desk: Desk) -> int:
    """Partners are asked how what has arrived stands; how many shipments ended."""
    found = claim(desk, ShipmentState.ARRIVED, limit=200)
    known, groups = desk.partners(), dict[int, list[Row]]()
    for row in found:
        groups.setdefault(int(str(row["partner_id"])), []).append(row)
    ended = 0
    for number, group in groups.items():
        try:
            told = desk.sites(known[number]).settle(_arrived(desk, group))
        except PartnerError as problem:
            for row in group:
                later(desk, row, problem)
            continue
        for row in group:
            ended += _settled(desk, row, told.get(str(row["key"])))
    return ended


def hush(desk: Desk) -> int:
    """Engines and partners hear of what was cancelled here; how many shipments."""
    now, known = desk.now(), desk.partners()
    until = now + timedelta(seconds=30)
    found = desk.database.run(
        lambda conn: expecting.untold(conn, Way.OUT, now=now, until=until, limit=LIMIT)
    )
    done = []
    for row in found:
        engine = desk.engines.get(str(row["engine"]))
        try:
            if engine is not None and row["handle"]:
                engine.cancel(str(row["handle"]))
            partner = known.get(int(str(row["partner_id"])))
            if partner is not None:  # one that was forgotten hears nothing more
                desk.sites(partner).cancel([str(row["key"])])
        except (EngineError, PartnerError) as problem:
            log.info("shipment %s is cancelled later: %s", row["key"], problem)
            continue
        done.append(int(str(row["id"])))
    desk.database.run(lambda conn: settling.told(conn, done))
    return len(done)


def _arrived(desk: Desk, group: Sequence[Row]) -> dict[str, Mapping[int, str]]:
    """What of each shipment did not come, for its receiver."""

    def work(conn: Connection) -> dict[str, Mapping[int, str]]:
        return {str(row["key"]): settling.standing(conn, row).failed for row in group}

    return desk.database.run(work)


def _settled(desk: Desk, row: Row, news: Standing | None) -> int:
    number, now = int(str(row["id"])), desk.now()
    if news is None:
        # It was restored from a copy of its database, or is another one: from the beginning.
        go(desk, row, ShipmentState.PLANNED, OFFER)
        return 0

    doubt(desk, row, news.failed)

    def work(conn: Connection) -> int:
        shipments.lock(conn, number)
        settling.heard(conn, number, news, now=now, first=desk.policy.first_doubt)
        if not news.open:
            # What it does not speak of was lost to it.
            rest = shipments.numbers(conn, number)
            lost = dict.fromkeys(rest, "The partner does not know what became of it.")
            settling.failed(conn, number, lost, now=now, first=desk.policy.first_doubt)
        if settling.finish(conn, number, now=now) is not None:
            return 1
        wait = min(desk.policy.pause(int(str(row["tries"]))), timedelta(minutes=1))
        shipments.put_off(conn, number, due=now + wait, words="The partner takes it in.")
        return 0

    return desk.database.run(work)
