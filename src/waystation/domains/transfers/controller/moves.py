"""What the steps of a sender share: claim shipments, move them on, put them off, give them up."""

from datetime import timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.errors import EngineFullError
from waystation.domains.transfers.states import ShipmentState
from waystation.domains.transfers.store import settling, shipments
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import WaystationError
from waystation.kernel.waking import wake

LIMIT = 20
OURS, THEIRS = timedelta(seconds=1), timedelta(seconds=15)
"""Longest waits for a place at an engine: until a task of ours ends, or somebody else's."""


class OwnLimitError(EngineFullError):
    """An engine has all the tasks of ours that it may have."""


def claim(
    desk: Desk, state: ShipmentState, *, limit: int = LIMIT, urgent: bool = False
) -> list[Row]:
    """Take shipments that are due in a state; see `shipments.claim`."""
    lease = desk.policy.lease
    return desk.database.run(
        lambda conn: shipments.claim(
            conn,
            state,
            now=desk.now(),
            lease=lease,
            limit=limit,
            urgent=urgent,
            host=desk.host if state is ShipmentState.MOVING else "",
        )
    )


def go(desk: Desk, row: Row, state: ShipmentState, step: str) -> None:
    """Move one on, at once due, and wake the step that has it then; empty is none."""
    number, now = int(str(row["id"])), desk.now()

    def work(conn: Connection) -> None:
        shipments.move(conn, number, state, now=now, due=now)
        if step:
            wake(conn, step)

    desk.database.run(work)


def later(desk: Desk, row: Row, problem: WaystationError) -> None:
    """Nobody answers now: again, later and later; but who waits for a place looks often."""
    words = " ".join(filter(None, (problem.sentence, problem.advice)))
    wait = desk.policy.pause(int(str(row["tries"])))
    if isinstance(problem, EngineFullError):
        wait = min(wait, OURS if isinstance(problem, OwnLimitError) else THEIRS)
    put_off(desk, row, words, wait)


def put_off(desk: Desk, row: Row, words: str, wait: timedelta, *, attention: bool = False) -> None:
    """Look at it again after so long; the words say why, for people."""
    number, due = int(str(row["id"])), desk.now() + wait
    desk.database.run(
        lambda conn: shipments.put_off(conn, number, due=due, words=words, attention=attention)
    )


def give_up(desk: Desk, row: Row, words: str) -> None:
    """It cannot go: its files are looked at again later, one by one."""
    number, now = int(str(row["id"])), desk.now()

    def work(conn: Connection) -> None:
        shipments.lock(conn, number)
        rest = dict.fromkeys(shipments.numbers(conn, number), words)
        settling.failed(conn, number, rest, now=now, first=desk.policy.first_doubt)
        settling.finish(conn, number, now=now)

    desk.database.run(work)
