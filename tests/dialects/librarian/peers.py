"""Our dialect's own parts, an old librarian on a real line, and accounts named as librarians are.

Of the world's people, `ben` is the account of the other librarian: the wire knows librarians by
the names of their accounts.
"""

import json
from pathlib import Path
from typing import Any

from dialects.librarian.desk import Librarian as Desk
from hosting.world import World
from waystation.backends.partner.librarian_wire import LibrarianWire, WireConfig
from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.interfaces.dialects.librarian import routes
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call
from waystation.interfaces.dialects.librarian.peers import KIND, Neighbours
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation_sim.librarian.book import Librarian
from waystation_sim.librarian.running import RunningLibrarian

PASSWORD = "of:two parts"
WIRE = WireConfig(timeout_s=5)


class Here(Desk):
    """Our side, called without HTTP; the other one is called by it."""

    def __init__(self, world: World, staging: Path, other: RunningLibrarian) -> None:
        super().__init__(world, staging)
        self.other = other
        self.neighbours = Neighbours(wire, wire)  # type: ignore[arg-type]
        world.give(world.ben, Role.WRITER)
        self.house.transfers.know(
            world.admin, "ben", url=other.url, token=f"here:{PASSWORD}", account_id=None, kind=KIND
        )

    def post(self, path: str, body: object, who: Grant | None = None) -> tuple[int, Any]:
        """A call of the other librarian, or of somebody else."""
        shelf, who = Shelf(self.house, self.terms), who or self.world.ben
        _, answer = routes._table(shelf, Area(self.staging), self.neighbours)[path]
        try:
            reply = answer(Call(who, shelf.standing(who), json.dumps(body).encode()))
        except RefusedError as refusal:
            return refusal.status, refusal.body
        return reply.status, json.loads(reply.body)

    def sent(self, *names: str) -> None:
        """The other one announces files, moves them, and says so."""
        book = self.other.book
        status, told = book.send(names, "here", self.post)
        assert status == 201, told
        book.move()
        book.tell(2, self.post)

    def statuses(self) -> list[int]:
        """Of all that came."""
        return [int(str(s)) for (s,) in self.world.rows("SELECT status FROM librarian_incoming")]


def wire(partner) -> LibrarianWire:
    """A partner as it is called."""
    return LibrarianWire(partner, WIRE)


def other(root: Path) -> RunningLibrarian:
    """The old librarian; it knows us as `here`."""
    return RunningLibrarian(Librarian(root, "ben", {"here": PASSWORD}))
