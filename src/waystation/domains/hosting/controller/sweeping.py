"""Sweeping: what receivers and movers that died have left, and what the trash lets go."""

import functools
import logging
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Content, entries
from waystation.domains.hosting.controller.desk import Desk
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.store import (
    changes,
    guards,
    leaving,
    properties,
    resumable,
    uploads,
)
from waystation.domains.hosting.store import spaces as store
from waystation.domains.quotas.door import Amount, settle, subjects
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

BATCH = 200
LEASE = timedelta(minutes=5)
HELD = timedelta(days=1)
"""What is held and would go for good is looked at again after so long."""
STRAY_S = 3600.0
"""A part without a row that is so old belongs to nobody."""


def sweep(desk: Desk) -> int:
    """Uploads whose receiver is gone: the part goes, what they reserved is free; how many."""
    now, known = desk.clock.now(), _spaces(desk)
    found = desk.database.run(
        lambda conn: uploads.overdue(conn, now=now, lease=now + LEASE, limit=BATCH)
    )
    for row in found:
        space = known[int(str(row["space_id"]))]
        if _is_waited_for(desk, space, row, now):
            continue
        storage = desk.storage(space)
        if storage.keys is not None or storage.discard(str(row["part"])):
            give_up = functools.partial(_give_up, storage=storage, space=space, row=row, now=now)
            desk.database.run(give_up)
        else:
            # It never came to a part, or died between the disk and the commit.
            desk.database.run(functools.partial(_adopt, desk=desk, space=space, row=row, now=now))
    desk.database.run(lambda conn: resumable.forget(conn, now=now))
    return len(found)


def put_back(desk: Desk) -> int:
    """Moves that were made on disk and not in the catalogue are undone there; how many."""
    now, known = desk.clock.now(), _spaces(desk)
    found = desk.database.run(
        lambda conn: changes.overdue(conn, now=now, lease=now + LEASE, limit=BATCH)
    )
    for row in found:
        _undo(desk, known[int(str(row["space_id"]))], row)
        desk.database.run(functools.partial(changes.end, change=int(str(row["id"]))))
    return len(found)


def purge(desk: Desk) -> int:
    """What the trash has kept long enough goes for good; how many."""
    now, known = desk.clock.now(), _spaces(desk)

    def work(conn: Connection) -> list[Row]:
        found = changes.expired(conn, now=now, limit=BATCH)
        stays = _held(conn, found)
        changes.put_off(conn, [*stays], until=now + HELD)
        for row in found:
            if row["entry_id"] in stays:
                continue
            entry, space = int(str(row["entry_id"])), known[int(str(row["space_id"]))]
            weight = entries.weight(conn, entry).values()
            gone = Amount(-sum(b for b, _ in weight), -sum(n for _, n in weight))
            charged = subjects(space=space.id, user=space.owner_id)
            settle(conn, charged, held=Amount(), used=gone, now=now)
            storage = desk.storage(space)
            if storage.keys is not None:
                leaving.add_below(conn, space.id, entry, due=now)
            entries.drop(conn, entry)
            changes.forget(conn, entry)
            if storage.keys is None:
                # Before the commit: a process that dies here purges again what is gone already.
                storage.remove(f"{HIDDEN}/trash/{entry}")
        if found:
            properties.forget(conn)
        return found

    return len(desk.database.run(work))


def _held(conn: Connection, found: list[Row]) -> dict[int, datetime]:
    """What of it is held, by where it was before it was deleted."""
    spaces = sorted({int(str(row["space_id"])) for row in found})
    for space in spaces:
        guards.still(conn, space)
    return guards.held(conn, [int(str(row["entry_id"])) for row in found], spaces)


def strays(desk: Desk) -> int:
    """Old parts on disk that no upload has: their row was lost with the machine; how many."""
    count = 0
    for space in _spaces(desk).values():
        storage = desk.storage(space)
        try:
            old = storage.parts(desk.clock.now().timestamp() - STRAY_S)
        except UnavailableError as away:
            log.warning("strays of %s are looked for later: %s", space.name, away)
            continue
        known = desk.database.run(functools.partial(uploads.known, parts=old))
        for part in set(old) - known:
            storage.discard(part)
            count += 1
    return count


def _spaces(desk: Desk) -> dict[int, Space]:
    found = [store.read(row) for row in desk.database.rows(store.every())]
    return {space.id: space for space in found}


def _is_waited_for(desk: Desk, space: Space, row: Row, now: datetime) -> bool:
    """Whether more of it may come: its part is there, so it did not die at the commit."""
    expires, number = row["expires"], int(str(row["id"]))
    if not isinstance(expires, datetime) or expires <= now:
        return False
    storage = desk.storage(space)
    if storage.keys is None and storage.written(str(row["part"])) is None:
        return False
    desk.database.run(lambda conn: resumable.look_at(conn, number, due=expires))
    return True


def _adopt(conn: Connection, *, desk: Desk, space: Space, row: Row, now: datetime) -> None:
    """What is on disk and was never told to anybody is taken as it is, to be read once more."""
    held = uploads.take(conn, int(str(row["id"])))
    charged = row["subjects"]
    if held is None or not isinstance(charged, list):
        return
    parent, name = int(str(row["parent_id"])), str(row["name"])
    used = Amount()
    folder = entries.path(conn, space.root_id, parent)
    if folder is not None:
        entries.lock(conn, parent, name)
        before = entries.child(conn, parent, name)
        found = desk.storage(space).find("/".join([*folder, name]))
        other = found is not None and not found.folder
        if found is not None and other and (before is None or before.inode != found.inode):
            used = Amount(found.bytes - (before.size if before else 0), 0 if before else 1)
            content = Content(found.bytes, None, None, now, found.inode, found.mtime_ns)
            entries.put(
                conn,
                store=space.store_id,
                parent=parent,
                name=name,
                content=content,
                owner=int(str(row["owner_id"])),
                now=now,
            )
    settle(conn, charged, held=Amount(held, 1), used=used, now=now)


def _give_up(conn: Connection, *, storage: Storage, space: Space, row: Row, now: datetime) -> None:
    held = uploads.take(conn, int(str(row["id"])))
    charged = row["subjects"]
    if held is not None and isinstance(charged, list):
        settle(conn, charged, held=Amount(held, 1), used=Amount(), now=now)
        leaving.given_up(conn, storage, space, [str(row["part"])], now=now)


def _undo(desk: Desk, space: Space, row: Row) -> None:
    storage = desk.storage(space)
    source, target = str(row["source"]), str(row["target"])
    there = storage.find(target)
    if storage.find(source) is None and there is not None and there.inode == row["inode"]:
        storage.move(target, source)
