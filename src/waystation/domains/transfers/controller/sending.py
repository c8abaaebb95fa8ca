"""Sending: an engine gets a task, whose key is kept before it is asked, and is watched."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from waystation.domains.transfers.controller import tasks
from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.doubting import doubt
from waystation.domains.transfers.controller.moves import (
    OwnLimitError,
    claim,
    give_up,
    go,
    later,
    put_off,
)
from waystation.domains.transfers.controller.offering import SEND
from waystation.domains.transfers.entities import PartnerInfo, Progress, TaskState
from waystation.domains.transfers.errors import EngineError, EngineRefusedError
from waystation.domains.transfers.states import ShipmentState
from waystation.domains.transfers.store import rules, settling, shipments
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import WaystationError
from waystation.kernel.waking import wake

log = logging.getLogger(__name__)

WATCH, SETTLE, LAND = "transfers-watch", "transfers-settle", "transfers-land"
SOON, PATIENT = timedelta(seconds=0.2), timedelta(seconds=20)


def send(desk: Desk) -> int:
    """Offered shipments are handed to engines; how many."""
    found = claim(desk, ShipmentState.OFFERED, urgent=True)
    known = desk.partners()
    for row in found:
        try:
            _send(desk, row, known[int(str(row["partner_id"]))])
        except EngineRefusedError as problem:
            give_up(desk, row, problem.sentence)
        except WaystationError as problem:
            later(desk, row, problem)
    return len(found)


def watch(desk: Desk) -> int:
    """Tasks of engines are looked at; how many there were.

    Young ones are looked at again at once, after a moment: most shipments are small.
    """
    found = claim(desk, ShipmentState.MOVING, limit=500)
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(str(row["engine"]), []).append(row)
    ended = sum(_watch(desk, name, group) for name, group in groups.items())
    if found and not ended:
        desk.pause(SOON.total_seconds())
    return len(found)


def _send(desk: Desk, row: Row, partner: PartnerInfo) -> None:
    hand_over(desk, row, tasks.choose(desk, row, partner, _reader(desk, row)))


def hand_over(desk: Desk, row: Row, choice: tasks.Choice) -> None:
    """Give a shipment to an engine; its key is kept before the engine is asked.

    Raises:
        EngineError: see `Engine.submit`.
    """
    number, now = int(str(row["id"])), desk.now()
    name = choice.engine.name
    if desk.database.run(lambda c: shipments.active(c, name)) >= choice.engine.ability.most_active:
        raise OwnLimitError(f"The engine {name} has all the tasks that it may have.")
    host = "" if choice.engine.ability.survives else desk.host
    tried = tasks.ended(row) + 1
    desk.database.run(lambda c: shipments.attempt(c, number, tried, name, host=host, now=now))
    handle = choice.engine.submit(tasks.load(desk, row, choice, tried))

    def work(conn: Connection) -> None:
        sets, moving = ", handle = %(handle)s, bytes_moved = 0", ShipmentState.MOVING
        # Due at once: whoever watches stays with young tasks, and is not woken again.
        shipments.move(conn, number, moving, now=now, due=now, sets=sets, handle=handle)
        wake(conn, WATCH)

    desk.database.run(work)


def _reader(desk: Desk, row: Row) -> int:
    """Whose rights a shipment has in our space: the owner of its rule."""
    found = desk.database.rows(rules.owner(row["rule_id"]))
    if not found:
        raise EngineRefusedError("Its rule was taken away.")
    return int(str(found[0]["owner_id"]))


def _watch(desk: Desk, name: str, group: Sequence[Row]) -> int:
    engine = desk.engines.get(name)
    if engine is None:
        words = f"The settings have no engine {name!r} any more."
        for row in group:
            put_off(desk, row, words, timedelta(minutes=1), attention=True)
        return 0
    handles = [str(row["handle"]) for row in group]
    try:
        seen = engine.look(handles)
    except EngineError as problem:
        for row in group:
            later(desk, row, problem)
        return 0
    return sum(_seen(desk, row, seen.get(str(row["handle"]))) for row in group)


def _seen(desk: Desk, row: Row, progress: Progress | None) -> int:
    """What a task's news mean for its shipment; 1 when it goes on."""
    number, now = int(str(row["id"])), desk.now()
    if progress is None or progress.state is TaskState.LOST:
        go(desk, row, *_again(row))
        return 1
    if progress.state is TaskState.MOVING:
        since = row["submitted"]
        age = now - since if isinstance(since, datetime) else timedelta()
        due = now + max(SOON, min(PATIENT, age / 10))
        desk.database.run(
            lambda conn: shipments.progressed(
                conn,
                number,
                due=due,
                moved=progress.bytes,
                words=progress.words,
                attention=progress.attention,
            )
        )
        return 0
    if progress.state is TaskState.FAILED and int(str(row["attempt"])) < tasks.TRIES:
        # Another way, if there is one; what arrived is found there.
        words = progress.words or next(iter(progress.failed.values()), "")
        log.info("shipment %s by %s: %s", row["key"], row["engine"], words)
        missing = len(progress.failed) >= int(str(row["n_waiting"])) or not progress.failed
        if missing:
            go(desk, row, _again(row)[0], "")
            wait = desk.policy.pause(int(str(row["attempt"])))
            put_off(desk, row, words, wait)
            return 1
    failed = progress.failed if progress.state is TaskState.FAILED else {}
    _arrive(desk, row, failed)
    return 1


def _again(row: Row) -> tuple[ShipmentState, str]:
    """Where a shipment begins anew, and the step that has it then."""
    if row["asked"]:
        return ShipmentState.WANTED, "transfers-fetch"
    return ShipmentState.OFFERED, SEND


def _arrive(desk: Desk, row: Row, failed: Mapping[int, str]) -> None:
    number, now = int(str(row["id"])), desk.now()
    doubt(desk, row, failed)

    def work(conn: Connection) -> None:
        shipments.lock(conn, number)
        settling.failed(conn, number, failed, now=now, first=desk.policy.first_doubt)
        # What we fetched is ours to take in; of what we sent the partner tells.
        state, step = (
            (ShipmentState.LANDING, LAND) if row["asked"] else (ShipmentState.ARRIVED, SETTLE)
        )
        shipments.move(conn, number, state, now=now, due=now, sets=", bytes_moved = bytes")
        wake(conn, step)
        # Its place at the engine is free.
        wake(conn, SEND)

    desk.database.run(work)
