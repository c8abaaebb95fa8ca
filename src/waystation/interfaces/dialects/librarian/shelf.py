"""The library's space: what the wire calls its one store."""

from datetime import datetime

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.catalogue.door import Entry, entries
from waystation.domains.hosting.door import Role, Space, Standing
from waystation.interfaces.dialects.librarian.levels import Level, level_of
from waystation.interfaces.dialects.librarian.store import errors, standing
from waystation.interfaces.dialects.librarian.terms import Terms
from waystation.interfaces.dialects.librarian.translate import Category, Severity
from waystation.interfaces.services import Services
from waystation.kernel.database import Connection, rows
from waystation.kernel.errors import NotFoundError


class Shelf:
    """Asks about the space."""

    def __init__(self, house: Services, terms: Terms) -> None:
        self.house = house
        self.terms = terms

    def standing(self, who: Grant) -> Standing:
        """The space, with the role of a caller.

        Raises:
            NotFoundError: the operator named one that is not there.
        """
        here = self.house.hosting.spaces.standing(who, self.terms.space)
        if here is None:
            raise NotFoundError(
                f"There is no space {self.terms.space!r}.", advice="waystation space add"
            )
        return here

    def level(self, who: Grant, here: Standing, *, asked: Level = Level.ADMIN) -> Level:
        """The level of a caller, with what was shown; exact as far as it is asked."""
        if who.admin and Scope.WRITE in who.scopes:
            return Level.ADMIN
        if Scope.READ not in who.scopes:
            return Level.NONE
        role = here.role if Scope.WRITE in who.scopes else min(here.role, Role.READER)
        sure = level_of(admin=False, role=role, said=None)
        if sure >= asked:
            return sure
        found = self.house.database.rows(standing.level(who.user_id))
        said = Level(int(str(found[0]["level"]))) if found else None
        return level_of(admin=False, role=role, said=said)

    def takes(self, conn: Connection, space: Space) -> bool:
        """Whether new files are taken."""
        return not space.closed and self.enabled(conn, space)

    def enabled(self, conn: Connection, space: Space) -> bool:
        """Whether an operator has not said that nothing more is taken."""
        found = rows(conn, standing.enabled(space.id))
        return not found or bool(found[0]["enabled"])

    def there(self, conn: Connection, space: Space, name: str) -> Entry | None:
        """What is at a path of the space."""
        names = name.split("/")
        way = rows(conn, entries.walk(space.root_id, names))
        return entries.read(way[-1]) if len(way) == len(names) + 1 else None

    def places(self, space: Space, found: list[int]) -> dict[int, tuple[str, Entry]]:
        """Where entries are in the space now; those that are not in it any more are left out."""
        ids = sorted(set(found))
        there = self.house.database.rows(entries.places(ids)) if ids else []
        return {
            int(str(row["id"])): (str(row["path"]), entries.read(row))
            for row in there
            if row["top"] == space.root_id
        }

    def report(self, severity: Severity, category: Category, message: str, *, caller: str) -> None:
        """Let operators know."""
        now: datetime = self.house.clock.now()
        self.house.database.run(
            lambda conn: errors.report(conn, severity, category, message, caller=caller, now=now)
        )
