"""Steps of audit: seal what was left on the trail, let go what was kept long enough."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from waystation.domains.audit import rules, store
from waystation.domains.audit.entities import Head
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database

log = logging.getLogger(__name__)
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work; `kept` is how long entries are."""

    database: Database
    clock: Clock
    kept: timedelta


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, seconds between looks."""
    return [
        ("audit-seal", functools.partial(seal, desk), 2.0),
        ("audit-retain", functools.partial(retain, desk), 3600.0),
    ]


def seal(desk: Desk) -> int:
    """Link loose entries to the chain; how many.

    Only this links, one process at a time, so that whoever leaves entries never waits for
    another's. The order is that in which they were found, which nobody can change afterwards.
    """

    def work(conn: Connection) -> tuple[int, Head]:
        if not store.only_one(conn):
            return 0, rules.BEGINNING
        head, sealed = store.head(conn), list[tuple[int, Head]]()
        for entry in store.loose(conn, limit=BATCH):
            head = rules.next_head(head, entry)
            sealed.append((entry.id, head))
        store.seal(conn, sealed)
        return len(sealed), head

    count, head = desk.database.run(work)
    if count:
        # Logs are kept elsewhere: this is what a chain that was rewritten is compared with.
        log.info("audit: sealed %d, head %s", count, head.text)
    return count


def retain(desk: Desk) -> int:
    """Take away what is older than it must be kept; how many batches."""
    now = desk.clock.now()

    def work(conn: Connection) -> int:
        if not store.only_one(conn):
            return 0
        last = store.cut(conn, before=now - desk.kept, limit=BATCH, now=now)
        if last is None:
            return 0
        trail.record(conn, "audit.retain", f"up to {last.n}", now=now, head=last.text)
        return 1

    return desk.database.run(work)
