"""Alarming: silent partners, stuck shipments and damage are told to administrators, once."""

from collections.abc import Sequence

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.entities import Wreck
from waystation.domains.transfers.store import alarms
from waystation.domains.transfers.store.alarms import Trouble
from waystation.kernel.database import Connection

_SHOWN = 1_000


def alarm(desk: Desk) -> int:
    """Compare what is wrong with what was told; nothing that a step should go on for."""
    now, policy = desk.now(), desk.policy
    wrecks = desk.harbour.wrecks(after=0, limit=_SHOWN)

    def work(conn: Connection) -> None:
        wrong = alarms.now_wrong(conn, silent=now - policy.silent, slow=now - policy.slow)
        alarms.write(conn, [*wrong, *_damage(wrecks)], now=now)

    desk.database.run(work)
    return 0


def _damage(wrecks: Sequence[Wreck]) -> list[Trouble]:
    if not wrecks:
        return []
    first = wrecks[0]
    many = "At least " if len(wrecks) == _SHOWN else ""
    are = "1 file is" if len(wrecks) == 1 else f"{many}{len(wrecks):,} files are"
    words = f"{are} damaged or lost, {first.space}/{first.path} first."
    return [Trouble("damaged files", "damage", words)]
