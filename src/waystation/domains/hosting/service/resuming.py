"""Uploads that come in pieces, over days and crashes: found again, proved, stored.

How much came is asked of the disk (`Storage.written`), never of a row: whoever was killed where,
that is the truth.
"""

from waystation.domains.accounts.door import Grant, Verb
from waystation.domains.catalogue.door import entries
from waystation.domains.hosting.entities import Pending, Received, Role, Space, Ticket
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.service.uploads import KEPT, PATIENCE
from waystation.domains.hosting.store import resumable as store
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import ConflictError, NotFoundError


class Resuming:
    """Uploads that can be resumed."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def find(self, who: Grant, space_name: str, part: str) -> Pending | Received:
        """The caller's own upload with that part.

        Raises:
            NotFoundError: there is none, it is another's, or it was waited for too long.
            ForbiddenError: the caller may not write there any more.
        """
        top: list[str] | None = None
        if who.limits is not None:
            # Where it goes is known only from the row: first whether it is for this space at all.
            top = next((list(p.path) for p in who.limits.places if p.space == space_name), None)
        puts = (Verb.CREATE, Verb.MODIFY)
        space = self._spaces.need(who, space_name, Role.WRITER, at=top, verbs=puts)
        now = self._clock.now()
        found = self._database.rows(store.pending(space.id, part, who.user_id, now=now))
        if found:
            pending = store.read(found[0], space)
            if who.limits is not None:
                self._spaces.need(
                    who, space_name, Role.WRITER, at=self._names(pending), verbs=puts
                )
            return pending
        found = self._database.rows(store.received(space.id, part, who.user_id, now=now))
        if found:
            return store.read_received(found[0])
        raise NotFoundError(
            "There is no such upload of yours, or it was given up.", advice="Begin it again."
        )

    def _names(self, pending: Pending) -> list[str] | None:
        """The path that it will have; None when its folder is gone."""
        ticket = pending.ticket
        with self._database.transaction() as conn:
            folder = entries.path(conn, ticket.space.root_id, ticket.parent_id)
        return None if folder is None else [*folder, ticket.name]

    def ending(self, conn: Connection, who: Grant, space: Space, part: str) -> Ticket | None:
        """The caller's own upload with that part, which is stored next; None when there is none.

        Who says so has asked `Spaces.need` for a writer's role in this very request; should the
        caller die now, the sweep sees that soon.
        """
        now = self._clock.now()
        due, owner = now + PATIENCE, who.user_id
        found = store.ending(conn, space, part, owner, now=now, due=due)
        return found.ticket if found is not None else None

    def came(self, pending: Pending) -> int:
        """How many of its bytes are good, and need not be sent again."""
        there = self._spaces.storage(pending.ticket.space).written(pending.ticket.part) or 0
        doubtful = pending.doubtful_from
        return there if doubtful is None else min(there, doubtful)

    def comes(self, pending: Pending, *, doubtful_from: int | None = None) -> None:
        """Bytes are about to come, or were proved: it is waited for anew.

        Args:
            pending: that they belong to.
            doubtful_from: what is written from here on counts only when it has been proved.

        Raises:
            NotFoundError: it was given up meanwhile.
            ConflictError: another request has stored it meanwhile.
        """
        now, ticket = self._clock.now(), pending.ticket
        due, number = now + KEPT, ticket.id
        if not self._database.run(lambda conn: store.doubt(conn, number, doubtful_from, due=due)):
            stored = store.received(ticket.space.id, ticket.part, ticket.owner_id, now=now)
            if self._database.rows(stored):
                raise ConflictError("Another request has stored this upload meanwhile.")
            raise NotFoundError("This upload was given up meanwhile.", advice="Begin it again.")
