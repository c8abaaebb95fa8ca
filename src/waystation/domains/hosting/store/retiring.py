"""Files that go to the trash by themselves, by the hundred.

Each batch is moved as a single file is: what is about to be done on the disk is durable first,
then disk and catalogue go together in one transaction, and a process that dies between leaves it
to `put_back`.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Entry, many
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.store import changes, guards
from waystation.kernel import tracing, trail
from waystation.kernel.database import Connection, Database

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
"""What was not moved by then is put back."""

Still = Callable[[Connection, Sequence[int]], set[int]]
"""Which of these entries may go, asked again in the transaction in which they do."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What goes and why.

    Attributes:
        space: of the files.
        storage: of the space.
        act: as the trail names it.
        now: when.
        still: which may go, when they go.
    """

    space: Space
    storage: Storage
    act: str
    now: datetime
    still: Still = lambda _, ids: set(ids)


@dataclass(frozen=True, slots=True)
class _Going:
    """A file that is about to go: where it is, and the row that says so."""

    entry: Entry
    path: str
    change: int

    @property
    def target(self) -> str:
        return f"{HIDDEN}/trash/{self.entry.id}"


def retire(database: Database, leave: Leave, found: Sequence[tuple[Entry, str]]) -> list[Entry]:
    """Move files, each with its path, to the trash of their space; which of them went.

    What is held, kept, changed or moved meanwhile stays.
    """
    announced = database.run(functools.partial(_announce, leave=leave, found=found))
    if not announced:
        return []
    try:
        return database.run(functools.partial(_carry_out, leave=leave, announced=announced))
    except OSError as problem:
        # Somebody changes the disk itself: what was moved is put back, and the walk goes on.
        log.warning("files of %s stay until the next time: %s", leave.space.name, problem)
        return []


def _announce(
    conn: Connection,
    *,
    leave: Leave,
    found: Sequence[tuple[Entry, str]],
) -> list[_Going]:
    """Write down which files will be moved on the disk; those that may not go are left out."""
    space, storage = leave.space, leave.storage
    stays = guards.objections(conn, space.id, [entry for entry, _ in found], now=leave.now)
    moves, going = [], list[tuple[Entry, str]]()
    for entry, path in found:
        inode = _inode(storage, path, entry) if entry.id not in stays else None
        if inode is not None:
            moves.append((path, f"{HIDDEN}/trash/{entry.id}", inode))
            going.append((entry, path))
    numbers = changes.begin_many(conn, space.id, moves, due=leave.now + PATIENCE)
    return [
        _Going(entry, path, number) for (entry, path), number in zip(going, numbers, strict=True)
    ]


def _inode(storage: Storage, path: str, entry: Entry) -> int | None:
    """Tells the file that will be moved; None of one that is not there.

    A storage with keys has no names: there the catalogue's alone is moved, and nothing put back.
    """
    if storage.keys is not None:
        return entry.inode
    there = storage.find(path)
    return None if there is None or there.folder else there.inode


def _carry_out(conn: Connection, *, leave: Leave, announced: Sequence[_Going]) -> list[Entry]:
    """Move them in the catalogue and on disk, those that are still where and what they were.

    The disk is last: whatever makes this transaction begin again has happened before.
    """
    space, storage, now = leave.space, leave.storage, leave.now
    parents = [each.entry.parent_id for each in announced]
    folders = many.paths(conn, space.root_id, parents)
    many.lock(conn, parents)
    there = many.children(conn, [(each.entry.parent_id, each.entry.name) for each in announced])
    stays = guards.objections(conn, space.id, [each.entry for each in announced], now=now)
    ours = changes.end_many(conn, [each.change for each in announced])
    may = leave.still(conn, [each.entry.id for each in announced])
    gone = list[_Going]()
    for each in announced:
        entry = each.entry
        same = there.get((entry.parent_id, entry.name)) == entry
        place = f"{folders.get(entry.parent_id, '')}/{entry.name}".lstrip("/")
        free = entry.id in may and entry.id not in stays
        if each.change in ours and free and same and place == each.path:
            gone.append(each)
    if not gone:
        return []
    changes.trash_many(
        conn,
        [(each.entry, each.path) for each in gone],
        space=space,
        now=now,
        expires=now + timedelta(days=space.trash_days),
    )
    names = [each.path for each in gone]
    trail.record(conn, leave.act, space.name, now=now, by=tracing.SERVICE, files=names)
    for each in gone:
        storage.move(each.path, each.target)
    return [each.entry for each in gone]
