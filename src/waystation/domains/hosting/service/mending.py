"""Files that are not what was stored get their bytes back, at the same place, as the same file.

Nothing about the file changes: its version, its times and who holds it stay. So nobody's quota is
asked, and a legal hold is no objection: it is for the bytes that were stored. Killed after the
disk and before the commit, the reading of all files finds the right bytes and says so.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Content, Entry, entries, many
from waystation.domains.hosting.entities import Landed, Role, Space, Wreck
from waystation.domains.hosting.ports import Found, Storage
from waystation.domains.hosting.service.arriving import Arrival, Awaited, seen
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import scrubs
from waystation.kernel import tracing, trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row

CHANGED = "It was deleted or changed here meanwhile."


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Bytes that came for a damaged file, as a finished part."""

    entry: Entry
    path: str
    part: str
    landed: Landed


class Mending:
    """Damaged files, and bytes for them."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def wrecks(self, *, after: int, limit: int) -> list[Wreck]:
        """Damaged files whose digest is known, of all spaces, from behind an entry on."""
        found = self._database.rows(scrubs.wrecks(after=after, limit=limit))
        return [_wreck(row) for row in found]

    def suspect(self, ids: Sequence[int]) -> None:
        """Read these entries soon: somebody saw other bytes than we promised."""
        if ids:
            self._database.run(lambda conn: scrubs.suspect(conn, ids))

    def suspected(self, found: Sequence[Entry]) -> set[int]:
        """Which of these are still to be read for such a reason."""
        rows = self._database.rows(scrubs.suspected([each.id for each in found])) if found else []
        return {int(str(row["id"])) for row in rows}

    def folder(self, who: Grant, space_name: str, landing: str) -> str | None:
        """The absolute folder of a landing for bytes of damaged files; None: there is none.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        there = self._spaces.storage(space).landings
        return there.make(landing) if there is not None else None

    def clear(self, who: Grant, space_name: str, landing: str) -> None:
        """A landing goes with all that is in it.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        there = self._spaces.storage(space).landings
        if there is not None:
            there.clear(landing)

    def mend(
        self, who: Grant, space_name: str, landing: str, wanted: Mapping[int, Awaited]
    ) -> dict[int, Arrival]:
        """Put bytes of a landing in the place of those that are damaged.

        Args:
            who: sees the space.
            space_name: of the files.
            landing: where the bytes lie.
            wanted: by entry: what the file is to be, at its path in the landing.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            StorageFullError: the disk is full.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        rows = self._database.rows(entries.places(list(wanted)))
        places = {int(str(row["id"])): row for row in rows}
        found = {n: entries.read(row) for n, row in places.items()}
        damaged = {
            int(str(row["entry_id"])) for row in self._database.rows(scrubs.damaged_of([*found]))
        }
        outcomes: dict[int, Arrival] = {}
        coming: list[_Bytes] = []
        storage = self._spaces.storage(space)
        for n, each in wanted.items():
            entry = found.get(n)
            if entry is None or places[n]["top"] != space.root_id or not each.same(entry):
                outcomes[n] = Arrival(each.path, None, CHANGED)
            elif n not in damaged:
                outcomes[n] = Arrival(each.path, entry)
            else:
                seen_ = seen(storage.landings, landing, each)
                if isinstance(seen_, str):
                    outcomes[n] = Arrival(each.path, None, seen_)
                else:
                    path = str(places[n]["path"])
                    part = f"{secrets.token_hex(16)}.part"
                    coming.append(_Bytes(entry, path, part, seen_))
        if coming:
            outcomes |= self._place(space, storage, coming)
        return outcomes

    def _place(
        self, space: Space, storage: Storage, coming: Sequence[_Bytes]
    ) -> dict[int, Arrival]:
        assert storage.landings is not None
        for each in coming:
            landed = each.landed
            storage.landings.take(landed.landing, landed.path, each.part, durable=space.durable)
        now = self._clock.now()
        placed = self._database.run(lambda conn: _put_back(conn, space, storage, coming, now))
        for each in coming:
            if each.entry.id not in placed:
                storage.discard(each.part)
        return {
            each.entry.id: Arrival(each.landed.path, each.entry)
            if each.entry.id in placed
            else Arrival(each.landed.path, None, CHANGED)
            for each in coming
        }


def _put_back(
    conn: Connection,
    space: Space,
    storage: Storage,
    coming: Sequence[_Bytes],
    now: datetime,
) -> set[int]:
    """Those that are still where and what they were get their bytes; which those are."""
    parents = [each.entry.parent_id for each in coming]
    folders = many.paths(conn, space.root_id, parents)
    many.lock(conn, parents)
    there = many.children(conn, [(each.entry.parent_id, each.entry.name) for each in coming])
    good = []
    for each in coming:
        entry = each.entry
        place = f"{folders.get(entry.parent_id, '')}/{entry.name}".lstrip("/")
        if there.get((entry.parent_id, entry.name)) == entry and place == each.path:
            good.append(each)
    _make_way(storage, {each.path.rpartition("/")[0] for each in good})
    moves = [(each.part, each.path) for each in good]
    answers = storage.place_many(moves, durable=space.durable) if moves else []
    known = [
        (each.entry, _content(each, found))
        for each, found in zip(good, answers, strict=True)
        if not isinstance(found, OSError)
    ]
    many.mended(conn, known)
    done = [entry.id for entry, _ in known]
    scrubs.mended(conn, done)
    if done:
        names = [each.path for each in good if each.entry.id in set(done)]
        trail.record(conn, "file.mend", space.name, now=now, by=tracing.SERVICE, files=names)
    return set(done)


def _make_way(storage: Storage, folders: set[str]) -> None:
    """Folders that the catalogue has and the disk has lost."""
    for folder in sorted(folders):
        names = folder.split("/") if folder else []
        for n in range(1, len(names) + 1):
            storage.make_folder("/".join(names[:n]))


def _content(each: _Bytes, found: Found) -> Content:
    landed = each.landed
    return Content(
        landed.size, landed.adler32, landed.sha256, each.entry.mtime, found.inode, found.mtime_ns
    )


def _wreck(row: Row) -> Wreck:
    at, digest = row["at"], row["sha256"]
    assert isinstance(at, datetime)
    assert isinstance(digest, bytes)
    return Wreck(
        entry_id=int(str(row["entry_id"])),
        space=str(row["space"]),
        path=str(row["path"]),
        size=int(str(row["size"])),
        sha256=digest,
        at=at,
        words=str(row["words"]),
    )
