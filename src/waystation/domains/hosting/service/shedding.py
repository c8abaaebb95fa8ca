"""Files that leave a space because others have them."""

from collections.abc import Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, entries
from waystation.domains.hosting.entities import Role
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store.retiring import Leave, Still, retire
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database

MOST = 200
"""Files in one transaction."""


class Shedding:
    """Takes files away for somebody who may, in sets."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def shed(self, who: Grant, space_name: str, ids: Sequence[int], still: Still) -> list[Entry]:
        """Move files of a space to its trash; which of them went.

        Args:
            who: may write there.
            space_name: of the space.
            ids: entries; those that are elsewhere, held or kept stay.
            still: which of them may go, asked in the transaction in which they do.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        space = self._spaces.need(who, space_name, Role.WRITER)
        gone: list[Entry] = []
        for start in range(0, len(ids), MOST):
            places = self._database.rows(entries.places(ids[start : start + MOST]))
            found = [
                (entries.read(row), str(row["path"]))
                for row in places
                if row["top"] == space.root_id
            ]
            storage = self._spaces.storage(space)
            leave = Leave(space, storage, "file.shed", self._clock.now(), still)
            gone += retire(self._database, leave, found)
        return gone
