"""What the reading of all files has found, for those who look after them."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.entities import Damaged, Role, Scrubbed
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.store import scrubs
from waystation.kernel.database import Database, Row
from waystation.kernel.errors import ForbiddenError

MOST = 1_000


class Caring:
    """Damage, and how far the reading is."""

    def __init__(self, database: Database, spaces: Spaces) -> None:
        self._database = database
        self._spaces = spaces

    def damaged(self, who: Grant, space_name: str) -> list[Damaged]:
        """Damaged files of a space, the newest first, at most `MOST`.

        Raises:
            NotFoundError: no such space for the caller.
        """
        space = self._spaces.need(who, space_name, Role.READER)
        return [_damaged(row) for row in self._rows(space.id)]

    def all_damaged(self, who: Grant) -> list[Damaged]:
        """The same of all spaces, for administrators.

        Raises:
            ForbiddenError: the caller is none.
        """
        if not who.admin:
            raise ForbiddenError("Only administrators see the files of all spaces.")
        return [_damaged(row) for row in self._rows(None)]

    def among(self, found: Sequence[Entry]) -> dict[int, str]:
        """Which of these entries are damaged, with words, by entry."""
        statement = scrubs.damaged_of([entry.id for entry in found])
        told = self._database.rows(statement) if found else []
        return {int(str(row["entry_id"])): str(row["words"]) for row in told}

    def scrubbed(self) -> Scrubbed | None:
        """How far the reading is; None before its first look."""
        rows = self._database.rows(scrubs.standing())
        if not rows:
            return None
        row = rows[0]
        began, ended = row["began"], row["ended"]
        return Scrubbed(
            began=began if isinstance(began, datetime) else None,
            ended=ended if isinstance(ended, datetime) else None,
            files=int(str(row["files"])),
            bytes=int(str(row["bytes"])),
            last_files=int(str(row["last_files"])),
            last_bytes=int(str(row["last_bytes"])),
        )

    def _rows(self, space: int | None) -> list[Row]:
        return self._database.rows(scrubs.damaged(space, limit=MOST))


def _damaged(row: Row) -> Damaged:
    at = row["at"]
    assert isinstance(at, datetime)
    return Damaged(str(row["space"]), str(row["path"]), at, str(row["words"]))
