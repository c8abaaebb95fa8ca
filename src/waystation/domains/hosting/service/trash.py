"""What was deleted: seen, and brought back."""

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import entries
from waystation.domains.hosting.entities import Deleted, Role, Space
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.service.moving import Moves, Work
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import changes
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row, rows
from waystation.kernel.errors import NotFoundError

SHOWN = 200
_TRIES = 100


class Trash:
    """What can be brought back."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces
        self._moves = Moves(database, clock, spaces)

    def list(self, who: Grant, space_name: str, *, limit: int = SHOWN) -> list[Deleted]:
        """What is in a space's trash, newest first; for those who may write there."""
        space = self._spaces.need(who, space_name, Role.WRITER)
        found = self._database.rows(changes.trashed(space.id, limit=limit))
        return [changes.read_trashed(row) for row in found]

    def bring_back(self, who: Grant, space_name: str, entry_id: int) -> str:
        """Put something deleted where it was, and say where that is: its path.

        Where its folder is gone it comes to the top of the space; where its name is taken it gets
        another one.

        Raises:
            NotFoundError: it is not in the trash (any more).
            ConflictError: the folder was moved meanwhile.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        target, work = self._database.run(lambda conn: self._plan(conn, space, entry_id))

        def placed(conn: Connection) -> str:
            _held(conn, space, entry_id)
            return f"{HIDDEN}/trash/{entry_id}"

        self._moves.carry(space, placed, target, work)
        return target

    def _plan(self, conn: Connection, space: Space, entry_id: int) -> tuple[str, Work]:
        """Where it will go, and what the catalogue does for it."""
        held = _held(conn, space, entry_id)
        parent, name = int(str(held["parent_id"])), str(held["name"])
        folder = entries.path(conn, space.root_id, parent)
        if folder is None:
            folder, parent = [], space.root_id
        name = _free(conn, parent, name)

        def work(conn: Connection, _: str) -> str:
            above = entries.path(conn, space.root_id, parent)
            entries.lock(conn, parent, name)
            if above is None or entries.child(conn, parent, name) is not None:
                return ""
            now, target = self._clock.now(), "/".join([*above, name])
            entries.move(conn, entry_id, parent=parent, name=name, now=now)
            changes.forget(conn, entry_id)
            trail.record(conn, "file.bring-back", f"{space.name}/{target}", now=now)
            return target

        return "/".join([*folder, name]), work


def _held(conn: Connection, space: Space, entry_id: int) -> Row:
    """The trash's row of it, locked until the transaction ends."""
    found = rows(conn, changes.held(space.id, entry_id))
    if not found:
        raise NotFoundError("It is not in the trash any more.")
    return found[0]


def _free(conn: Connection, parent: int, name: str) -> str:
    """The name, or one like it that nobody has in that folder."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(1, _TRIES):
        again = f"{stem} (back {number}){dot}{ending}" if number > 1 else name
        if entries.child(conn, parent, again) is None:
            return again
    raise NotFoundError("Its name is taken, and so are all like it.")
