"""Uploads: reserve, receive, commit; every step can be the last one of its process.

    begin   the row and what it reserved, then the part
    more    every so often while bytes come
    commit  part -> file, entry, usage, in one transaction that ends with the row
    abort   row and part go

A receiver that dies leaves a row that falls due (`controller.sweep`).
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from waystation.domains.accounts.door import Grant, Verb
from waystation.domains.catalogue.door import Content, Entry, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import ALWAYS, Condition, Role, Space, Standing, Ticket
from waystation.domains.hosting.errors import NoParentError, PreconditionError
from waystation.domains.hosting.ports import Found
from waystation.domains.hosting.service.spaces import Spaces, allow
from waystation.domains.hosting.store import guards
from waystation.domains.hosting.store import resumable as resumables
from waystation.domains.hosting.store import uploads as store
from waystation.domains.hosting.store.leaving import given_up, replaced
from waystation.domains.quotas.door import Amount, reserve, settle, subjects
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, rows
from waystation.kernel.errors import ConflictError, MalformedError

PATIENCE = timedelta(minutes=10)
"""A receiver that has not been heard of for so long is gone."""

KEPT = timedelta(days=7)
"""So long an upload that can be resumed is waited for, since the last bytes came."""

REMEMBERED = timedelta(days=1)
"""So long one that was stored is told of, to who was cut off before the answer."""

_TRIES = 20
"""Numbers behind a name in their order, before any number will do."""

_MEETINGS = 100
"""So often a name that was free may be taken by somebody else before we have it."""


_PUTS = (Verb.CREATE, Verb.MODIFY)


class _TakenError(Exception):
    """Somebody has the name by now."""


class Uploads:
    """Bytes that come in."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def begin(
        self,
        who: Grant,
        space_name: str,
        path: str,
        *,
        bytes_: int | None,
        condition: Condition = ALWAYS,
        mtime: datetime | None = None,
        resumable: bool = False,
        promised: bool = True,
        aside: bool = False,
        here: Standing | None = None,
        also: Callable[[Connection, Ticket], None] | None = None,
    ) -> Ticket:
        """Reserve the room for a file and write down that it comes.

        Args:
            who: puts it.
            space_name: into this space.
            path: in the space.
            bytes_: how many will come; None is not known yet, then `more` reserves them.
            condition: what must be so, now and at the commit.
            mtime: of the content.
            resumable: it may come in pieces, over days; `bytes_` must be said.
            promised: one that is resumable outlives a power cut from now on.
            aside: where the name is taken at the commit the file gets another one like it.
            here: see `Spaces.need`.
            also: what a mouth writes down in the same transaction.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            MalformedError: a path that cannot be a file's.
            NoParentError: the folder is not there.
            ConflictError: the path is a folder.
            PreconditionError: the condition is not so.
            OverQuotaError: somebody who pays for it may not have so much.
            HeldError, KeptError: what is there may not be replaced.
        """
        names = paths.names(path)
        space = self._spaces.need(who, space_name, Role.WRITER, at=names, verbs=_PUTS, here=here)
        if not names or path.endswith("/"):
            raise MalformedError("A file needs a name.")
        now, part = self._clock.now(), f"{secrets.token_hex(16)}.part"
        charged = subjects(space=space.id, user=space.owner_id)
        held, size = Amount(bytes_ or 0, 1), bytes_ if resumable else None
        limits = who.limits
        if limits is not None and Verb.MODIFY not in limits.verbs(space_name, names):
            condition = replace(condition, absent=not aside)

        def work(conn: Connection) -> Ticket:
            folder, there = _at(conn, space, names)
            new = aside or there is None
            allow(who, space_name, names, [Verb.CREATE if new else Verb.MODIFY])
            if not aside:
                check(there, condition)
            if not new and there is not None:
                guards.refuse(conn, space.id, there, now=now)
            reserve(conn, charged, held, now=now)
            number = store.add(
                conn,
                space=space.id,
                part=part,
                parent=folder,
                name=names[-1],
                owner=who.user_id,
                subjects=charged,
                held=held.bytes,
                mtime=mtime,
                now=now,
                patience=KEPT if resumable else PATIENCE,
                size=size,
                condition=condition,
                quickly=not (resumable and promised),
            )
            ticket = Ticket(
                id=number,
                space=space,
                part=part,
                parent_id=folder,
                name=names[-1],
                owner_id=who.user_id,
                subjects=tuple(charged),
                held_bytes=held.bytes,
                mtime=mtime,
                size=size,
                absent=condition.absent,
                aside=aside,
            )
            if also is not None:
                also(conn, ticket)
            return ticket

        return self._database.run(work)

    def more(self, ticket: Ticket, bytes_: int) -> None:
        """It is still coming; reserve so many more bytes, which may be none.

        Raises:
            OverQuotaError: they may not come.
            ConflictError: it was given up meanwhile.
        """
        now = self._clock.now()

        def work(conn: Connection) -> None:
            store.quickly(conn)
            if not store.more(conn, ticket.id, bytes_, due=now + PATIENCE):
                raise _given_up()
            if bytes_:
                reserve(conn, ticket.subjects, Amount(bytes_, 0), now=now)

        self._database.run(work)

    def commit(
        self,
        ticket: Ticket,
        *,
        size: int,
        adler32: int,
        sha256: bytes,
        condition: Condition = ALWAYS,
        also: Callable[[Connection, Entry], None] | None = None,
        watched: bool = False,
    ) -> tuple[Entry, bool]:
        """Make the finished part the file, and say whether it is new.

        Args:
            ticket: of the upload.
            size: bytes that came.
            adler32: of them.
            sha256: of them.
            condition: what must be so.
            also: what a mouth writes down in the same transaction; what it raises undoes all of
                it in the catalogue, and the sweep takes in what is on disk.
            watched: it was taken by `Resuming.ending` just now.

        Raises:
            ConflictError: it was given up meanwhile, or the path became a folder.
            NoParentError: the folder is gone.
            PreconditionError: the condition is not so any more.
            HeldError, KeptError: what is there may not be replaced.
        """
        now = self._clock.now()
        if ticket.size is not None and not watched:
            # It may be waited for another week: dying at the commit must be seen long before.
            self._database.run(lambda conn: _look_soon(conn, ticket, now + PATIENCE))

        def work(conn: Connection) -> tuple[Entry, bool]:
            held = store.take_in(conn, ticket.id, due=now + REMEMBERED)
            if held is None:
                raise _given_up()
            folder = entries.path(conn, ticket.space.root_id, ticket.parent_id)
            if folder is None:
                raise NoParentError("The folder was taken away while the file came.")
            before = _before(conn, ticket, condition, now)
            used = Amount(size - (before.size if before else 0), 0 if before else 1)
            settle(conn, ticket.subjects, held=Amount(held, 1), used=used, now=now)
            # Last of all that can be refused: from here on the disk has it.
            path = "/".join([*folder, ticket.name])
            found = self._place(ticket, path)
            if before is not None:
                replaced(conn, storage, ticket.space, [before], now=now)
            thing, sum_ = f"{ticket.space.name}/{path}", sha256.hex()
            trail.record(conn, "file.put", thing, now=now, bytes=size, sha256=sum_)
            mtime = ticket.mtime or now
            content = Content(size, adler32, sha256, mtime, found.inode, found.mtime_ns)
            made = entries.put(
                conn,
                store=ticket.space.store_id,
                parent=ticket.parent_id,
                name=ticket.name,
                content=content,
                owner=ticket.owner_id,
                now=now,
            )
            assert made is not None, "the name was locked and looked at"
            if also is not None:
                also(conn, made)
            return made, before is None

        storage, wanted = self._spaces.storage(ticket.space), ticket.name
        for _ in range(_MEETINGS):
            try:
                return self._database.run(work)
            except _TakenError:
                ticket = self._renamed(ticket, wanted)
        raise ConflictError("Its name is taken again and again.", advice="Try again later.")

    def abort(self, ticket: Ticket) -> None:
        """Give it up: what was reserved is free again."""
        now = self._clock.now()

        def work(conn: Connection) -> None:
            held = store.take(conn, ticket.id)
            if held is not None:
                settle(conn, ticket.subjects, held=Amount(held, 1), used=Amount(), now=now)
                given_up(conn, storage, ticket.space, [ticket.part], now=now)

        storage = self._spaces.storage(ticket.space)
        self._database.run(work)
        if storage.keys is None:
            storage.discard(ticket.part)

    def _renamed(self, ticket: Ticket, wanted: str) -> Ticket:
        """Another name for what replaces nothing: durable before the disk has it under that name.

        Who dies between the disk and the commit leaves a row that says where the file is.
        """

        def work(conn: Connection) -> str:
            name = numbered(conn, ticket.parent_id, wanted)
            if not store.rename(conn, ticket.id, name):
                raise _given_up()
            return name

        return replace(ticket, name=self._database.run(work))

    def _place(self, ticket: Ticket, path: str) -> Found:
        storage = self._spaces.storage(ticket.space)
        try:
            return storage.place(ticket.part, path, durable=ticket.space.durable)
        except (FileNotFoundError, NotADirectoryError) as problem:
            # Somebody took the folder away on the disk itself.
            raise NoParentError("The folder is not on the disk any more.") from problem
        except IsADirectoryError as problem:
            raise ConflictError("There is a folder of that name on the disk.") from problem


def check(there: Entry | None, condition: Condition) -> None:
    """Whether a file may be put where this is.

    Raises:
        ConflictError: it is a folder.
        PreconditionError: the condition is not so.
    """
    if there is not None and there.folder:
        raise ConflictError("There is a folder of that name.")
    if there is not None and condition.absent:
        raise PreconditionError("There is a file of that name already.")
    if condition.etags and (there is None or there.etag not in condition.etags):
        raise PreconditionError("The file is not the one that you know: it was changed meanwhile.")


def numbered(conn: Connection, parent: int, name: str) -> str:
    """A name like this one that nobody has in that folder: `a (2).dat`.

    Raises:
        ConflictError: very many like it are taken.
    """
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    after = (secrets.randbelow(1_000_000) + _TRIES for _ in range(_TRIES))
    for number in (*range(2, _TRIES), *after):
        mark = f" ({number}){dot}{ending}"
        room = paths.MAX_NAME_BYTES - len(mark.encode())
        again = stem.encode()[:room].decode(errors="ignore") + mark
        if entries.child(conn, parent, again) is None:
            return again
    raise ConflictError(f"There are very many files like {name!r} already.")


def _at(conn: Connection, space: Space, names: list[str]) -> tuple[int, Entry | None]:
    """The folder of a path, and what is at the path."""
    found = [entries.read(row) for row in rows(conn, entries.walk(space.root_id, names))]
    if len(found) >= len(names) and found[len(names) - 1].folder:
        return found[len(names) - 1].id, found[len(names)] if len(found) > len(names) else None
    missing = "/".join(names[: min(len(found), len(names) - 1)])
    raise NoParentError(
        f"There is no folder {missing!r} in {space.name}.",
        advice="Make the folder first.",
    )


def _before(conn: Connection, ticket: Ticket, condition: Condition, now: datetime) -> Entry | None:
    """What has the name, locked; it may be replaced."""
    entries.lock(conn, ticket.parent_id, ticket.name)
    before = entries.child(conn, ticket.parent_id, ticket.name)
    if ticket.aside and before is not None:
        raise _TakenError
    check(before, replace(condition, absent=condition.absent or ticket.absent))
    if before is not None:
        guards.refuse(conn, ticket.space.id, before, now=now)
    return before


def _look_soon(conn: Connection, ticket: Ticket, due: datetime) -> None:
    # In time for whatever is durable later: the log is written in its order.
    store.quickly(conn)
    resumables.look_at(conn, ticket.id, due=due)


def _given_up() -> ConflictError:
    return ConflictError(
        "This upload was given up, for nothing came for too long.", advice="Begin it again."
    )
