"""The terms of a space: what it is called, how long it keeps what, and what is held.

A hold keeps everything at and below a place as it is, for as long as it lasts and whoever asks:
nothing there is deleted, replaced, moved, or purged from the trash. Who looks after a space may
place one; only administrators lift one.
"""

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import Hold, Role, Space
from waystation.domains.hosting.errors import HeldError, KeptError
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import guards
from waystation.domains.hosting.store import terms as store
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, rows
from waystation.kernel.errors import (
    Fact,
    ForbiddenError,
    MalformedError,
    NotFoundError,
)

MOST_DAYS = 36_500
_TITLE, _WHY = 200, 1_000


class Terms:
    """What owners and administrators say about a space."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def change(
        self,
        who: Grant,
        name: str,
        *,
        title: str | None = None,
        trash_days: int | None = None,
        durable: bool | None = None,
        closed: bool | None = None,
    ) -> Space:
        """Change a space; None stays as it is. Managers change the title, owners all.

        Args:
            who: asks.
            name: of the space.
            title: for people.
            trash_days: how long what is deleted from now on can be brought back.
            durable: wait for the disk itself before a file is acknowledged.
            closed: nothing more is taken.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            MalformedError: a value that cannot be.
        """
        rest = {"trash_days": trash_days, "durable": durable, "closed": closed}
        wanted = {key: value for key, value in rest.items() if value is not None}
        space = self._spaces.need(who, name, Role.OWNER if wanted else Role.MANAGER)
        if trash_days is not None:
            _days(trash_days, "The trash keeps files")
        if title is not None:
            title = " ".join(title.split())
            if not title or len(title) > _TITLE:
                raise MalformedError(f"A title has 1 to {_TITLE} letters.")
        facts: dict[str, Fact] = {**wanted, **({"title": title} if title is not None else {})}
        self._write(space, "space.change", facts)
        return self._spaces.need(who, name, Role.MANAGER)

    def retain(self, who: Grant, name: str, *, keep_days: int, delete_days: int) -> Space:
        """Say how long files are kept, and when they go. Owners; only administrators shorten.

        Args:
            who: asks.
            name: of the space.
            keep_days: so long after a file was stored it is not deleted or replaced; 0 is none.
            delete_days: so long after it was stored it goes to the trash by itself; 0 is never.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`; or it would be kept for less.
            MalformedError: numbers that cannot be, or contradict each other.
        """
        space = self._spaces.need(who, name, Role.OWNER)
        _days(keep_days, "Files are kept")
        _days(delete_days, "Files are deleted after")
        if delete_days and delete_days < keep_days:
            raise MalformedError(
                f"Files that are kept for {keep_days:,} days cannot go after {delete_days:,}."
            )
        if keep_days < space.keep_days and not who.admin:
            raise ForbiddenError(
                f"Files were promised to be kept for {space.keep_days:,} days.",
                advice="Only administrators of the service can make that less.",
            )
        facts: dict[str, Fact] = {"keep_days": keep_days, "delete_days": delete_days}
        self._write(space, "space.retain", facts)
        return self._spaces.need(who, name, Role.MANAGER)

    def hold(self, who: Grant, name: str, path: str, why: str) -> Hold:
        """Hold a space (an empty path), a folder or a file as it is; for owners.

        One place can have several holds, each for its own reason.

        Raises:
            NotFoundError: no such space for the caller, or nothing there.
            ForbiddenError: the caller does not own it.
            MalformedError: no reason is given.
        """
        space = self._spaces.need(who, name, Role.OWNER)
        names, reason, now = paths.names(path), _reason(why), self._clock.now()
        here = "/".join(names)

        def work(conn: Connection) -> int:
            guards.alone(conn, space.id)
            way = rows(conn, entries.walk(space.root_id, names))
            if len(way) <= len(names):
                raise NotFoundError(f"There is no {here!r} in {name}.")
            made = store.hold(
                conn,
                space=space.id,
                entry=entries.read(way[-1]).id,
                by=who.name,
                why=reason,
                now=now,
            )
            trail.record(conn, "hold.place", f"{name}/{here}", now=now, why=reason)
            return made

        return Hold(self._database.run(work), here, who.name, reason, now)

    def lift(self, who: Grant, name: str, number: int, why: str) -> None:
        """End a hold; for administrators.

        Raises:
            ForbiddenError: the caller is none.
            NotFoundError: there is no such hold.
            MalformedError: no reason is given.
        """
        if not who.admin:
            raise ForbiddenError("Only administrators of the service lift a hold.")
        space = self._spaces.need(who, name, Role.OWNER)
        reason, now = _reason(why), self._clock.now()

        def work(conn: Connection) -> None:
            guards.alone(conn, space.id)
            entry = store.lift(conn, space.id, number)
            if entry is None:
                raise NotFoundError("There is no such hold.")
            place = entries.path(conn, space.root_id, entry)
            thing = f"{name}/{'/'.join(place or [])}"
            trail.record(conn, "hold.lift", thing, now=now, why=reason, hold=number)

        self._database.run(work)

    def holds(self, who: Grant, name: str) -> list[Hold]:
        """Holds of a space, the oldest first; for its managers."""
        space = self._spaces.need(who, name, Role.MANAGER)
        found = self._database.rows(store.holds(space.id))
        placed = self._database.rows(entries.places([int(str(r["entry_id"])) for r in found]))
        where = {row["id"]: str(row["path"]) for row in placed if row["top"] == space.root_id}
        return [store.read_hold(row, where.get(row["entry_id"])) for row in found]

    def stays(self, space: Space, entry: Entry) -> str:
        """Why something may not be deleted now, a sentence; empty when it may.

        Asks nobody's role: for whoever sees it.
        """
        try:
            now = self._clock.now()
            self._database.run(lambda conn: guards.refuse(conn, space.id, entry, now=now))
        except (HeldError, KeptError) as why:
            return why.sentence
        return ""

    def _write(self, space: Space, act: str, facts: dict[str, Fact]) -> None:
        if not facts:
            return
        now = self._clock.now()

        def work(conn: Connection) -> None:
            guards.alone(conn, space.id)
            store.change(conn, space.id, facts)
            trail.record(conn, act, space.name, now=now, terms=facts)

        self._database.run(work)


def _days(days: int, what: str) -> None:
    if not 0 <= days <= MOST_DAYS:
        raise MalformedError(f"{what} for 0 to {MOST_DAYS:,} days.")


def _reason(why: str) -> str:
    found = " ".join(why.split())
    if not found or len(found) > _WHY:
        raise MalformedError("Say why, in a sentence: it is written into the audit trail.")
    return found
