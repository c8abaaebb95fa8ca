"""Files and folders of a space: found, listed, made, moved, deleted and brought back."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import Role, Space
from waystation.domains.hosting.errors import NoParentError, PreconditionError
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.service.moving import Moves, Place, Work
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import changes, properties
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    TooLargeError,
)

PAGE = 500


class Files:
    """What is in a space."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces
        self._moves = Moves(database, clock, spaces)

    def look(self, who: Grant | None, space_name: str, path: str) -> tuple[Space, Entry]:
        """The file or folder at a path.

        Raises:
            NotFoundError: there is none, or no such space for the caller.
            MalformedError: a path that cannot be.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        return space, self._at(space, paths.names(path))

    def page(
        self, folder: Entry, *, after: tuple[EntryKind, str] | None = None, limit: int = PAGE
    ) -> list[Entry]:
        """Entries of a folder, folders first, each kind by name, from behind an entry on."""
        found: list[Entry] = []
        for kind in EntryKind:
            if after is not None and kind < after[0]:
                continue
            name = after[1] if after is not None and kind == after[0] else ""
            left = limit - len(found)
            page = entries.page(folder.id, kind, after=name, limit=left)
            found += [entries.read(row) for row in self._database.rows(page)] if left else []
        return found

    def make_folder(self, who: Grant, space_name: str, path: str) -> Entry:
        """Make one folder.

        Raises:
            NoParentError: the folder above is not there.
            ConflictError: there is something of that name.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        names, now = _named(path), self._clock.now()
        above = self._parent(space, names)

        def work(conn: Connection) -> Entry:
            folder = entries.path(conn, space.root_id, above.id)
            if folder is None:
                raise NoParentError("The folder above it was taken away.")
            made = entries.make_folder(
                conn,
                store=space.store_id,
                parent=above.id,
                name=names[-1],
                owner=who.user_id,
                now=now,
            )
            if made is None:
                raise ConflictError(f"There is a {names[-1]!r} already.")
            self._spaces.storage(space).make_folder("/".join([*folder, names[-1]]))
            return made

        return self._database.run(work)

    def make_way(self, who: Grant, space_name: str, path: str) -> None:
        """Make every folder above a path that is not there yet.

        Raises:
            ConflictError: something on the way is a file.
        """
        names = paths.names(path)
        for depth in range(1, len(names)):
            with contextlib.suppress(ConflictError):
                self.make_folder(who, space_name, "/".join(names[:depth]))

    def remove(self, who: Grant, space_name: str, path: str) -> None:
        """Delete a file or a folder with all that is in it; the trash keeps it for a while.

        Raises:
            NotFoundError: there is nothing.
            MalformedError: it is the space itself.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        entry, now = self._at(space, _named(path)), self._clock.now()

        def work(conn: Connection, place: str) -> str:
            changes.trash(
                conn,
                entry,
                space=space,
                path=place,
                by=who.user_id,
                now=now,
                expires=now + timedelta(days=space.trash_days),
            )
            return f"{HIDDEN}/trash/{entry.id}"

        self._moves.carry(space, self._placed(space, entry), f"{HIDDEN}/trash/{entry.id}", work)

    def move(
        self, who: Grant, space_name: str, path: str, target: str, *, overwrite: bool = False
    ) -> bool:
        """Give a file or folder another name or folder in its space; True when nothing was there.

        Raises:
            NotFoundError: there is nothing to move.
            NoParentError: the folder that it should go to is not there.
            PreconditionError: something is there, and it is not to be overwritten.
            ConflictError: a folder cannot go into itself.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        entry, names = self._at(space, _named(path)), _named(target)
        parent, there = self._parent(space, names), self._find(space, names)
        if there is not None and there.id == entry.id:
            return False
        if there is not None and not overwrite:
            raise PreconditionError(f"There is a {names[-1]!r} already.")
        if there is not None:
            self.remove(who, space_name, target)
        work = self._to(space, entry, parent, names[-1])
        self._moves.carry(space, self._placed(space, entry), "/".join(names), work)
        return there is None

    def properties(self, found: Sequence[Entry]) -> dict[int, dict[str, str]]:
        """What clients keep beside entries: by entry, XML by `{namespace}name`."""
        kept: dict[int, dict[str, str]] = {}
        for row in self._database.rows(properties.of([entry.id for entry in found])):
            kept.setdefault(int(str(row["entry_id"])), {})[str(row["name"])] = str(row["value"])
        return kept

    def keep(
        self, who: Grant, space_name: str, path: str, changes_: Mapping[str, str | None]
    ) -> Entry:
        """Keep properties beside a file or folder, remove those of None; all or nothing.

        Raises:
            NotFoundError: there is nothing.
            TooLargeError: they are too many.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        entry = self._at(space, paths.names(path))

        def work(conn: Connection) -> None:
            if properties.change(conn, entry.id, changes_) > properties.MOST:
                raise TooLargeError(f"At most {properties.MOST} properties are kept.")

        self._database.run(work)
        return entry

    def copy_properties(self, source: Entry, target: Entry) -> None:
        """Give a copy what was kept beside the original."""
        self._database.run(lambda conn: properties.copy(conn, source.id, target.id))

    # ---------------------------------------------------------------------------------- within

    def _to(self, space: Space, entry: Entry, parent: Entry, name: str) -> Work:
        """The part of a move that the catalogue does."""

        def work(conn: Connection, _: str) -> str:
            if entry.id in entries.above(conn, parent.id):
                raise ConflictError("A folder cannot be moved into itself.")
            folder = entries.path(conn, space.root_id, parent.id)
            if folder is None:
                raise NoParentError("The folder that it should go to was taken away.")
            entries.lock(conn, parent.id, name)
            if entries.child(conn, parent.id, name) is not None:
                raise PreconditionError(f"There is a {name!r} already.")
            entries.move(conn, entry.id, parent=parent.id, name=name, now=self._clock.now())
            return "/".join([*folder, name])

        return work

    def _placed(self, space: Space, entry: Entry) -> Place:
        """Says where an entry is in its space, until the transaction ends."""

        def place(conn: Connection) -> str:
            names = entries.path(conn, space.root_id, entry.id)
            if names is None:
                raise NotFoundError("It was taken away meanwhile.")
            return "/".join(names)

        return place

    def _parent(self, space: Space, names: list[str]) -> Entry:
        found = self._find(space, names[:-1])
        if found is None or not found.folder:
            above = "/".join(names[:-1])
            raise NoParentError(
                f"There is no folder {above!r} in {space.name}.", advice="Make it first."
            )
        return found

    def _at(self, space: Space, names: list[str]) -> Entry:
        found = self._find(space, names)
        if found is None:
            raise NotFoundError(f"There is no {'/'.join(names)!r} in {space.name}.")
        return found

    def _find(self, space: Space, names: list[str]) -> Entry | None:
        way = self._database.rows(entries.walk(space.root_id, names))
        return entries.read(way[-1]) if len(way) == len(names) + 1 else None


def _named(path: str) -> list[str]:
    """The names of a path that is not the space itself."""
    found = paths.names(path)
    if not found:
        raise MalformedError("That is the space itself.")
    return found
