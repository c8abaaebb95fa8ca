"""Moves that disk and catalogue make together, whoever dies meanwhile."""

from collections.abc import Callable
from datetime import timedelta

from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import changes
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import ConflictError, NotFoundError, WaystationError

PATIENCE = timedelta(minutes=5)
"""A move that was not finished by then is put back."""

Place = Callable[[Connection], str]
"""Where something is on disk now, and stays until the transaction ends."""

Work = Callable[[Connection, str], str]
"""What the catalogue does of a move: given where it is now, says where it will be."""


class Moves:
    """Moves on disk that are never half made."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def carry(self, space: Space, placed: Place, target: str, work: Work) -> None:
        """Move something on disk and in the catalogue.

        What is about to be done is durable first; a process that dies between the disk and the
        commit leaves it to `controller.put_back`.

        Raises:
            NotFoundError: it is not on the disk any more.
            ConflictError: it, or where it should go, was moved meanwhile.
        """
        storage, due = self._spaces.storage(space), self._clock.now() + PATIENCE
        if storage.keys is not None:
            self._database.run(lambda conn: _decide(conn, placed(conn), target, work))
            return

        def announce(conn: Connection) -> tuple[int, str]:
            place = placed(conn)
            found = storage.find(place)
            if found is None:
                raise NotFoundError(f"{place!r} is not on the disk any more.")
            number = changes.begin(conn, space.id, place, target, inode=found.inode, due=due)
            return number, place

        number, place = self._database.run(announce)

        def carry_out(conn: Connection) -> None:
            if placed(conn) != place or not changes.end(conn, number):
                raise ConflictError("It was moved by somebody else meanwhile.")
            _decide(conn, place, target, work)
            storage.move(place, target)

        try:
            self._database.run(carry_out)
        except WaystationError:
            # Refused before the disk was touched: there is nothing to put back.
            self._database.run(lambda conn: changes.end(conn, number))
            raise


def _decide(conn: Connection, place: str, target: str, work: Work) -> None:
    """The catalogue's part, which must come to the target that was announced."""
    if work(conn, place) != target:
        raise ConflictError("A folder on the way was moved meanwhile.")
