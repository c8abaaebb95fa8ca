"""Bringing: files of a shipment that are on tape come to disk before the partner hears of it.

They are held there until the shipment has ended. One shipment is one stage request: staging brings
what several of them want from a tape in the order in which it lies there.
"""

from datetime import timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.moves import later, put_off
from waystation.domains.transfers.store import rules, settling, shipments
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import ForbiddenError, WaystationError

LOOK = timedelta(seconds=20)
LIMIT = 200


def brought(desk: Desk, row: Row) -> bool:
    """Whether all files of a planned shipment are on disk; those that do not come are left out."""
    owners = desk.database.rows(rules.owner(row["rule_id"]))
    if not owners:
        return True  # whoever sends it says that its rule is gone
    number, owner = int(str(row["id"])), int(str(owners[0]["owner_id"]))
    files = desk.database.rows(shipments.waiting(number, after=0, limit=desk.policy.files))
    until = desk.now() + desk.policy.patience
    names = [str(each["path"]) for each in files]
    try:
        found = desk.harbour.bring(
            owner, str(row["space"]), f"shipment {row['key']}", names, until
        )
    except WaystationError as problem:
        later(desk, row, problem)
        return False
    if found.request is None:
        return True
    request = found.request
    lost = {
        int(str(each["n"])): found.failed[str(each["path"])]
        for each in files
        if str(each["path"]) in found.failed
    }

    def work(conn: Connection) -> bool:
        shipments.lock(conn, number)
        shipments.brought(conn, number, request)
        settling.failed(conn, number, lost, now=desk.now(), first=desk.policy.first_doubt)
        return settling.finish(conn, number, now=desk.now()) is None

    if not desk.database.run(work):
        return False
    if found.waiting:
        words = f"{found.waiting:,} of {len(files):,} files come from tape: request {request}."
        put_off(desk, row, words, LOOK)
        return False
    return True


def release(desk: Desk) -> int:
    """What ended shipments held on disk may go; how many shipments."""
    found, done = desk.database.rows(shipments.held(limit=LIMIT)), []
    for row in found:
        owner = row["owner_id"]
        try:
            if owner is not None:
                desk.harbour.release(int(str(owner)), int(str(row["recall_id"])))
        except ForbiddenError:
            pass  # its account is closed: what is held ends by itself
        done.append(int(str(row["id"])))
    desk.database.run(lambda conn: shipments.let_go(conn, done))
    return len(done)
