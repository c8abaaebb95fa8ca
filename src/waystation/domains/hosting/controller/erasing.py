"""Erasing: content under keys that nobody refers to any more."""

import functools
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from waystation.domains.hosting.controller.desk import Desk
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.store import leaving
from waystation.domains.hosting.store import spaces as store
from waystation.kernel.database import Row
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

BATCH = 1_000
"""As many as object stores take in one call."""
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Stamp:
    inode: int
    mtime_ns: int


def erase(desk: Desk) -> int:
    """Erase what is due; how many. What a storage does not answer for is tried again later."""
    now = desk.clock.now()
    found = desk.database.run(
        lambda conn: leaving.overdue(conn, now=now, lease=now + LEASE, limit=BATCH)
    )
    if not found:
        return 0
    known = {space.id: space for space in map(store.read, desk.database.rows(store.every()))}
    by_space: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        by_space[int(str(row["space_id"]))].append(row)
    gone = 0
    for number, rows in by_space.items():
        try:
            _erase(desk, known[number], rows)
        except UnavailableError as away:
            log.warning("%d files of %s are erased later: %s", len(rows), known[number].name, away)
            continue
        ids = [int(str(row["id"])) for row in rows]
        desk.database.run(functools.partial(leaving.end, ids=ids))
        gone += len(rows)
    return gone


def _erase(desk: Desk, space: Space, rows: list[Row]) -> None:
    storage = desk.storage(space)
    if storage.keys is None:
        log.error("%s was moved to another kind of store; its old content stays", space.name)
        return
    for row in rows:
        if row["part"] is not None:
            storage.discard(str(row["part"]))
    storage.keys.erase([_Stamp(int(str(r["inode"])), int(str(r["mtime_ns"]))) for r in rows])
