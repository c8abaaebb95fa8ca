"""Small files by the hundred: the steps of `uploads`, each done once for all of them.

    begin   one reservation, a row a file
    write   the parts, synced together
    commit  parts -> files, entries, usage, in one transaction that ends with the rows

Each file has its own row from before its first byte, so what a death leaves is what the sweep of
single uploads knows already.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Content, Entry, many
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import (
    ALWAYS,
    Condition,
    Landed,
    Role,
    Small,
    Space,
    Ticket,
)
from waystation.domains.hosting.errors import NoParentError
from waystation.domains.hosting.ports import Found, Storage
from waystation.domains.hosting.service.files import Files
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.service.uploads import PATIENCE, check
from waystation.domains.hosting.store import guards
from waystation.domains.hosting.store import uploads as store
from waystation.domains.hosting.store.leaving import given_up, replaced
from waystation.domains.quotas.door import Amount, OverQuotaError, reserve, settle, subjects
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import ConflictError, MalformedError, WaystationError

MOST = 250
"""Files in one transaction: more would win nothing and be in the way of others for longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many files.

    Attributes:
        path: as it was named.
        entry: the file; None when it was refused.
        new: nothing was there before.
        problem: why it was refused.
    """

    path: str
    entry: Entry | None = None
    new: bool = False
    problem: WaystationError | None = None


@dataclass(frozen=True, slots=True)
class _Coming:
    """A file of a batch, and the upload that it is."""

    file: Small | Landed
    ticket: Ticket

    @property
    def place(self) -> many.Place:
        return self.ticket.parent_id, self.ticket.name


class Batches:
    """Small files that come together."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces, files: Files) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces
        self._files = files

    def put(
        self,
        who: Grant,
        space_name: str,
        files: Sequence[Small] | Sequence[Landed],
        *,
        condition: Condition = ALWAYS,
    ) -> list[Outcome]:
        """Store files, at most `MOST`; folders on the way are made. What became of each, in order.

        When room ends, what came before it is stored and the rest is refused.

        Args:
            who: puts them.
            space_name: into this space.
            files: of them one path may come twice: the last one stays.
            condition: what must be so for each.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            StorageFullError: the disk is full; nothing of this call was stored.
        """
        assert len(files) <= MOST
        space = self._spaces.need(who, space_name, Role.WRITER)
        outcomes: dict[int, Outcome] = {}
        coming: dict[int, _Coming] = {}
        for n, found in self._folders(who, space, files).items():
            if isinstance(found, WaystationError):
                outcomes[n] = Outcome(files[n].path, problem=found)
            else:
                coming[n] = _Coming(files[n], found)
        while coming:
            # A path that comes twice is stored twice, one after the other.
            once = {each.place: n for n, each in reversed(coming.items())}
            numbers = sorted(once.values())
            stored = self._store([coming.pop(n) for n in numbers], condition)
            outcomes |= dict(zip(numbers, stored, strict=True))
        return [outcomes[n] for n in range(len(files))]

    def find(self, who: Grant, space_name: str, wanted: Sequence[str]) -> list[Entry | None]:
        """What is at each of these paths, in their order; nothing for one that cannot be.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        normal = ["/".join(_names_or_none(path)) for path in wanted]
        found = self._database.run(lambda conn: many.find(conn, space.root_id, normal))
        return [entry if path else None for path, entry in zip(normal, found, strict=True)]

    def weigh(self, top: Entry, *, most: int) -> int:
        """How many files and folders are at and below one, counted no further than to `most`."""
        return self._database.run(lambda conn: many.weight(conn, top.id, most=most))

    # ---------------------------------------------------------------------------------- within

    def _folders(
        self, who: Grant, space: Space, files: Sequence[Small | Landed]
    ) -> dict[int, Ticket | WaystationError]:
        """The upload that each file is to be, or why it cannot be one."""
        found: dict[int, Ticket | WaystationError] = {}
        named: dict[int, list[str]] = {}
        for n, file in enumerate(files):
            try:
                named[n] = _file_names(file.path)
            except MalformedError as problem:
                found[n] = problem
        folders = sorted({"/".join(names[:-1]) for names in named.values()})
        known = self._ways(who, space, folders)
        charged = tuple(subjects(space=space.id, user=space.owner_id))
        for n, names in named.items():
            parent = known["/".join(names[:-1])]
            found[n] = (
                parent
                if isinstance(parent, WaystationError)
                else Ticket(
                    id=0,
                    space=space,
                    part=f"{secrets.token_hex(16)}.part",
                    parent_id=parent.id,
                    name=names[-1],
                    owner_id=who.user_id,
                    subjects=charged,
                    held_bytes=files[n].size,
                    mtime=files[n].mtime,
                )
            )
        return dict(sorted(found.items()))

    def _ways(
        self, who: Grant, space: Space, folders: Sequence[str]
    ) -> dict[str, Entry | WaystationError]:
        """The folders of these paths, made when they are not there."""
        there = self._database.run(lambda conn: many.find(conn, space.root_id, folders))
        found: dict[str, Entry | WaystationError] = {}
        for path, entry in zip(folders, there, strict=True):
            try:
                folder = entry or self._way(who, space, path)
                found[path] = folder if folder.folder else _no_folder(path)
            except WaystationError as problem:
                found[path] = problem
        return found

    def _way(self, who: Grant, space: Space, path: str) -> Entry:
        self._files.make_way(who, space.name, f"{path}/x")
        _, entry = self._files.look(who, space.name, path)
        return entry

    def _store(self, coming: Sequence[_Coming], condition: Condition) -> list[Outcome]:
        """Store files of different places; what became of each."""
        held, full = self._begin(coming)
        refused = [Outcome(each.file.path, problem=full) for each in coming[len(held) :]]
        if not held:
            return refused
        space = held[0].ticket.space
        try:
            _write(self._spaces.storage(space), held, durable=space.durable)
        except BaseException:
            self._give_up(held)
            raise
        # A death, or an error, from here on is the sweep's: the disk may have some of them.
        return [*self._commit(held, condition), *refused]

    def _begin(
        self, coming: Sequence[_Coming]
    ) -> tuple[Sequence[_Coming], WaystationError | None]:
        """Reserve and write down as many of them, from the first on, as there is room for."""
        full, good, step = None, 0, len(coming)
        # By halves: how many go is found in a few tries, and usually at once.
        while good < len(coming) and step:
            some = coming[good : good + step]
            try:
                self._reserve(some)
                good += len(some)
            except OverQuotaError as problem:
                full, step = problem, len(some) // 2
        return coming[:good], full

    def _reserve(self, some: Sequence[_Coming]) -> None:
        now = self._clock.now()
        tickets = [each.ticket for each in some]
        more = Amount(sum(t.held_bytes for t in tickets), len(tickets))

        def work(conn: Connection) -> None:
            store.quickly(conn)
            reserve(conn, tickets[0].subjects, more, now=now)
            store.add_many(conn, tickets, now=now, due=now + PATIENCE)

        self._database.run(work)

    def _give_up(self, held: Sequence[_Coming]) -> None:
        now, space = self._clock.now(), held[0].ticket.space
        names = [each.ticket.part for each in held]

        def work(conn: Connection) -> None:
            took = store.take_many(conn, names)
            gone = Amount(sum(took.values()), len(took))
            settle(conn, held[0].ticket.subjects, held=gone, used=Amount(), now=now)
            given_up(conn, storage, space, list(took), now=now)

        storage = self._spaces.storage(space)
        self._database.run(work)
        for name in names if storage.keys is None else ():
            storage.discard(name)

    def _commit(self, held: Sequence[_Coming], condition: Condition) -> list[Outcome]:
        """Make the written parts files, all in one transaction; what became of each."""
        now = self._clock.now()
        outcomes: dict[int, Outcome] = {}

        def work(conn: Connection) -> None:
            outcomes.clear()
            outcomes.update(self._committed(conn, held, condition, now))

        self._database.run(work)
        storage = self._spaces.storage(held[0].ticket.space)
        for n, outcome in outcomes.items():
            if outcome.problem is not None and storage.keys is None:
                storage.discard(held[n].ticket.part)
        return [outcomes[n] for n in range(len(held))]

    def _committed(
        self, conn: Connection, held: Sequence[_Coming], condition: Condition, now: datetime
    ) -> dict[int, Outcome]:
        space, payers = held[0].ticket.space, held[0].ticket.subjects
        took = store.take_many(conn, [each.ticket.part for each in held])
        folders = many.paths(conn, space.root_id, [each.ticket.parent_id for each in held])
        many.lock(conn, [each.ticket.parent_id for each in held])
        before = many.children(conn, [each.place for each in held])
        stays = guards.objections(conn, space.id, [*before.values()], now=now)
        problems: dict[int, WaystationError] = {}
        for n, each in enumerate(held):
            there = before.get(each.place)
            words = _objection(each, took, folders, there, condition)
            if words is None and there is not None:
                words = stays.get(there.id)
            if words is not None:
                problems[n] = words
        good = [n for n in range(len(held)) if n not in problems]
        reserved = Amount(sum(took.values()), len(took))
        settle(conn, payers, held=reserved, used=_used(held, good, before), now=now)
        # Last of all that can be refused: from here on the disk has it.
        where = [f"{folders[held[n].ticket.parent_id]}/{held[n].ticket.name}" for n in good]
        moves = [(held[n].ticket.part, path) for n, path in zip(good, where, strict=True)]
        storage = self._spaces.storage(space)
        placed: dict[int, Found] = {}
        answers = storage.place_many(moves, durable=space.durable)
        for n, found in zip(good, answers, strict=True):
            if isinstance(found, OSError):
                problems[n] = _not_placed(found)
            else:
                placed[n] = found
        lost = _used(held, [n for n in good if n in problems], before)
        if lost != Amount():
            back = Amount(-lost.bytes, -lost.files)
            settle(conn, payers, held=Amount(), used=back, now=now)
        puts = [
            many.Put(*held[n].place, _content(held[n], found, now)) for n, found in placed.items()
        ]
        replaced(conn, storage, space, _olds(held, list(placed), before), now=now)
        unwanted = [held[n].ticket.part for n in problems if held[n].ticket.part in took]
        given_up(conn, storage, space, unwanted, now=now)
        owner = held[0].ticket.owner_id
        made = many.put(conn, puts, store=space.store_id, owner=owner, now=now)
        if placed:
            at = dict(zip(good, where, strict=True))
            size = sum(found.bytes for found in placed.values())
            trail.record(
                conn, "file.put", space.name, now=now, bytes=size, files=[at[n] for n in placed]
            )
        return {
            n: Outcome(each.file.path, problem=problems[n])
            if n in problems
            else Outcome(each.file.path, made[each.place], each.place not in before)
            for n, each in enumerate(held)
        }


def _write(storage: Storage, held: Sequence[_Coming], *, durable: bool) -> None:
    parts = [(e.ticket.part, e.file.data) for e in held if isinstance(e.file, Small)]
    if parts:
        storage.receive_many(parts, durable=durable)
    for ticket, file in ((each.ticket, each.file) for each in held):
        if isinstance(file, Landed) and storage.landings is not None:
            storage.landings.take(file.landing, file.path, ticket.part, durable=durable)


def _objection(
    each: _Coming,
    took: dict[str, int],
    folders: dict[int, str],
    there: Entry | None,
    condition: Condition,
) -> WaystationError | None:
    """Why a file cannot be stored now."""
    if each.ticket.part not in took:
        return ConflictError("This upload was given up, for nothing came for too long.")
    if each.ticket.parent_id not in folders:
        return NoParentError("The folder was taken away while the file came.")
    try:
        check(there, condition)
    except WaystationError as problem:
        return problem
    return None


def _used(held: Sequence[_Coming], some: Sequence[int], before: dict[many.Place, Entry]) -> Amount:
    """What some of the files add to what is there."""
    old = _olds(held, some, before)
    size = sum(held[n].file.size for n in some)
    return Amount(size - sum(entry.size for entry in old), len(some) - len(old))


def _olds(
    held: Sequence[_Coming], some: Sequence[int], before: dict[many.Place, Entry]
) -> list[Entry]:
    """What some of the files replace."""
    found = (before.get(held[n].place) for n in some)
    return [entry for entry in found if entry is not None]


def _content(each: _Coming, found: Found, now: datetime) -> Content:
    file = each.file
    mtime = file.mtime or now
    return Content(file.size, file.adler32, file.sha256, mtime, found.inode, found.mtime_ns)


def _not_placed(problem: OSError) -> WaystationError:
    """Somebody changed the disk itself."""
    if isinstance(problem, IsADirectoryError):
        return ConflictError("There is a folder of that name on the disk.")
    return NoParentError("The folder is not on the disk any more.")


def _no_folder(path: str) -> WaystationError:
    return ConflictError(f"{path!r} is a file, not a folder.")


def _file_names(path: str) -> list[str]:
    names = paths.names(path)
    if not names or path.endswith("/"):
        raise MalformedError("A file needs a name.")
    return names


def _names_or_none(path: str) -> list[str]:
    try:
        return paths.names(path)
    except MalformedError:
        return []
