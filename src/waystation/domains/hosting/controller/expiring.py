"""Files that their space keeps only so long go to the trash by themselves.

A walk over all files by number, a batch at a time; one row says how far it is. Killed anywhere,
some files are looked at twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Entry, entries
from waystation.domains.hosting.controller.desk import Desk
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.store import spaces as store
from waystation.domains.hosting.store import terms as walk
from waystation.domains.hosting.store.retiring import Leave, retire

BATCH = 200
LEASE = timedelta(minutes=10)
REST = timedelta(hours=1)


def expire(desk: Desk) -> int:
    """Move some files that are kept no longer to the trash; how many were looked at."""
    now = desk.clock.now()
    spaces = {s.root_id: s for s in map(store.read, desk.database.rows(store.every()))}
    brief = {root: space for root, space in spaces.items() if space.delete_days}
    if not brief:
        return 0
    cursor = desk.database.run(lambda conn: walk.take(conn, now=now, lease=now + LEASE))
    if cursor is None:
        return 0
    shortest = min(space.delete_days for space in brief.values())
    statement = walk.overdue(
        after=cursor,
        before=now - timedelta(days=shortest),
        stores=sorted({space.store_id for space in brief.values()}),
        limit=BATCH,
    )
    ids = [int(str(row["id"])) for row in desk.database.rows(statement)]
    for root, found in _by_space(desk, ids, brief, now).items():
        space = brief[root]
        leave = Leave(space, desk.storage(space), "file.expire", now)
        retire(desk.database, leave, found)
    cursor, due = (ids[-1], now) if ids else (0, now + REST)
    desk.database.run(lambda conn: walk.go_on(conn, cursor, due=due))
    return len(ids)


def _by_space(
    desk: Desk, ids: list[int], brief: Mapping[int, Space], now: datetime
) -> dict[int, list[tuple[Entry, str]]]:
    """Files that are overdue where they are, with their paths, by the top of their space."""
    found: dict[int, list[tuple[Entry, str]]] = {}
    for row in desk.database.rows(entries.places(ids)) if ids else ():
        root, entry = int(str(row["top"])), entries.read(row)
        if root in brief and _over(brief[root], entry, now):
            found.setdefault(root, []).append((entry, str(row["path"])))
    return found


def _over(space: Space, entry: Entry, now: datetime) -> bool:
    return entry.changed <= now - timedelta(days=space.delete_days)
