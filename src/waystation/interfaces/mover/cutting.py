"""Who is suspended is out at once, also in the middle of a download."""

import logging
import threading
from collections.abc import Sequence

import psycopg

from waystation.domains.accounts.door import GRANTS_CHANNEL, active
from waystation.interfaces.mover.connection import Giver

log = logging.getLogger(__name__)

_AGAIN_S = 1.0


def watch(giver: Giver, dsn: str) -> None:
    """Follow what becomes of accounts, in a thread of its own. Without a database: later."""
    threading.Thread(target=_watch, args=(giver, dsn), daemon=True).start()


def _watch(giver: Giver, dsn: str) -> None:
    pause = threading.Event()

    def still(users: Sequence[int]) -> set[int]:
        # On a connection of its own: the other one is busy with listening.
        asked = active(users)
        with psycopg.connect(dsn, autocommit=True) as conn:
            return {int(row[0]) for row in conn.execute(asked.text, asked.params)}

    while True:
        try:
            with psycopg.connect(
                dsn, autocommit=True, application_name="waystation-mover"
            ) as conn:
                conn.execute(f"LISTEN {GRANTS_CHANNEL}".encode())
                giver.cut(still)  # what was told meanwhile nobody heard
                for _ in conn.notifies():
                    giver.cut(still)
        except psycopg.OperationalError:
            log.info("mover: the listening connection was lost; again")
            pause.wait(_AGAIN_S)
