"""Files and folders of a space: found, listed, made, moved, deleted and brought back."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from waystation.domains.accounts.door import EVERY_SPACE, Grant, Verb
from waystation.domains.catalogue.door import Entry, EntryKind, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import Locality, Role, Space
from waystation.domains.hosting.errors import NoParentError, PreconditionError
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.service.moving import Moves, Place, Work
from waystation.domains.hosting.service.spaces import Spaces, allow
from waystation.domains.hosting.store import changes, guards, properties
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    TooLargeError,
)

PAGE = 500
_LOOKS = (Verb.READ, Verb.LIST)


class Files:
    """What is in a space."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces
        self._moves = Moves(database, clock, spaces)

    def look(
        self, who: Grant | None, space_name: str, path: str, *, content: bool = True
    ) -> tuple[Space, Entry]:
        """The file or folder at a path.

        Args:
            who: looks; None is somebody who did not sign in.
            space_name: of the space.
            path: in it.
            content: the bytes of a file will be read, not only what is known of it.

        Raises:
            NotFoundError: there is none, or no such space for the caller.
            ForbiddenError: the caller's role or credential does not go so far.
            MalformedError: a path that cannot be.
        """
        names = paths.names(path)
        if not content and who is not None and who.limits and who.limits.leads(space_name, names):
            # On the way to what its credential is for: clients look whether it is there.
            return self._on_the_way(who, space_name, names)
        space = self._spaces.need(who, space_name, Role.READER, at=names, verbs=_LOOKS)
        entry = self._at(space, names)
        if who is not None and entry.folder:
            allow(who, space_name, names, [Verb.LIST])
        elif who is not None and content:
            allow(who, space_name, names, [Verb.READ])
        return space, entry

    def _on_the_way(self, who: Grant, space_name: str, names: list[str]) -> tuple[Space, Entry]:
        """A folder above a place of a limited credential; what is in it is another question."""
        assert who.limits is not None
        below = next(
            place.path
            for place in who.limits.places
            if place.space in {space_name, EVERY_SPACE}
            and place.path[: len(names)] == tuple(names)
        )
        space = self._spaces.need(
            who, space_name, Role.READER, at=below, verbs=who.limits.verbs(space_name, below)
        )
        entry = self._at(space, names)
        if not entry.folder:
            raise NotFoundError(f"There is no folder {'/'.join(names)!r} in {space.name}.")
        return space, entry

    def where(self, space: Space, entry_id: int) -> tuple[str, Entry] | None:
        """The path of an entry and itself; None when it is not in the space (any more).

        Asks nobody's role: for those who hold a right to the entry itself.
        """
        with self._database.transaction() as conn:
            names = entries.path(conn, space.root_id, entry_id)
        found = self._find(space, names) if names is not None else None
        return ("/".join(names or []), found) if found and found.id == entry_id else None

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
        names, now = _named(path), self._clock.now()
        space = self._spaces.need(who, space_name, Role.WRITER, at=names, verbs=[Verb.CREATE])
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
            made_at = "/".join([*folder, names[-1]])
            self._spaces.storage(space).make_folder(made_at)
            trail.record(conn, "folder.make", f"{space.name}/{made_at}", now=now)
            return made

        return self._database.run(work)

    def make_way(self, who: Grant, space_name: str, path: str) -> None:
        """Make every folder above a path that is not there yet.

        Raises:
            ConflictError: something on the way is a file.
        """
        names = paths.names(path)
        for depth in range(1, len(names)):
            if who.limits and Verb.CREATE not in who.limits.verbs(space_name, names[:depth]):
                continue  # above what its credential is for: it must be there
            with contextlib.suppress(ConflictError):
                self.make_folder(who, space_name, "/".join(names[:depth]))

    def remove(self, who: Grant, space_name: str, path: str) -> None:
        """Delete a file or a folder with all that is in it; the trash keeps it for a while.

        Raises:
            NotFoundError: there is nothing.
            MalformedError: it is the space itself.
            HeldError, KeptError: it, or something in it, may not go.
        """
        names = _named(path)
        space = self._spaces.need(who, space_name, Role.WRITER, at=names, verbs=[Verb.DELETE])
        entry, now = self._at(space, names), self._clock.now()

        def work(conn: Connection, place: str) -> str:
            guards.refuse(conn, space.id, entry, now=now)
            changes.trash(
                conn,
                entry,
                space=space,
                path=place,
                by=who.user_id,
                now=now,
                expires=now + timedelta(days=space.trash_days),
            )
            trail.record(conn, "file.delete", f"{space.name}/{place}", now=now, bytes=entry.size)
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
            HeldError: it is held; or, as KeptError, what is there may not be replaced.
        """
        source, names = _named(path), _named(target)
        space = self._spaces.need(who, space_name, Role.WRITER, at=source, verbs=[Verb.DELETE])
        allow(who, space_name, names, [Verb.CREATE])
        entry = self._at(space, source)
        parent, there = self._parent(space, names), self._find(space, names)
        if there is not None and there.id == entry.id:
            return False
        if there is not None and not overwrite:
            raise PreconditionError(f"There is a {names[-1]!r} already.")
        if there is not None:
            # Before what is there goes: a move that is refused changes nothing.
            self._database.run(
                lambda conn: guards.refuse(
                    conn, space.id, entry, now=self._clock.now(), moves=True
                )
            )
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
        names = paths.names(path)
        space = self._spaces.need(who, space_name, Role.WRITER, at=names, verbs=[Verb.MODIFY])
        entry = self._at(space, names)

        def work(conn: Connection) -> None:
            if properties.change(conn, entry.id, changes_) > properties.MOST:
                raise TooLargeError(f"At most {properties.MOST} properties are kept.")

        self._database.run(work)
        return entry

    def copy_properties(self, source: Entry, target: Entry) -> None:
        """Give a copy what was kept beside the original."""
        self._database.run(lambda conn: properties.copy(conn, source.id, target.id))

    def localities(self, space: Space, folder: str, found: Sequence[Entry]) -> dict[int, Locality]:
        """Where files of a folder are, by entry; of a space that is never on tape, nothing.

        Args:
            space: that the folder is in.
            folder: its path.
            found: entries of it, or one alone with the folder's path; folders are left out.
        """
        storage = self._spaces.storage(space)
        files = [entry for entry in found if not entry.folder]
        if not storage.nearline or not files:
            return {}
        at = folder.strip("/")
        told = storage.localities([f"{at}/{entry.name}".lstrip("/") for entry in files])
        return {entry.id: where for entry, where in zip(files, told, strict=True)}

    def below(self, entry: Entry, path: str, *, limit: int) -> list[str]:
        """Paths of the files in a folder and all below it, at most so many; a file's own path."""
        found = self._database.rows(entries.files_below(entry.id, limit=limit))
        return [f"{path.strip('/')}{row['path']}".lstrip("/") for row in found]

    # ---------------------------------------------------------------------------------- within

    def _to(self, space: Space, entry: Entry, parent: Entry, name: str) -> Work:
        """The part of a move that the catalogue does."""

        def work(conn: Connection, place: str) -> str:
            if entry.id in entries.above(conn, parent.id):
                raise ConflictError("A folder cannot be moved into itself.")
            folder = entries.path(conn, space.root_id, parent.id)
            if folder is None:
                raise NoParentError("The folder that it should go to was taken away.")
            entries.lock(conn, parent.id, name)
            if entries.child(conn, parent.id, name) is not None:
                raise PreconditionError(f"There is a {name!r} already.")
            now, target = self._clock.now(), "/".join([*folder, name])
            guards.refuse(conn, space.id, entry, now=now, moves=True)
            entries.move(conn, entry.id, parent=parent.id, name=name, now=now)
            trail.record(conn, "file.move", f"{space.name}/{place}", now=now, to=target)
            return target

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
