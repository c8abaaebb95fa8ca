"""An old Data Host's tree, a folder a user: its users get accounts and spaces, its files stay.

    rename   what is in the user's folder, into the space's (or it is the same folder already)
    adopt    what is in the space's folder, by COPY, some thousand at a time

Both are done again without harm: after a kill, running it once more goes on. Digests are unknown
until the files are read for the first time.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.models import AbstractUser

from waystation.bootstrap.old_passwords import taken_over
from waystation.bootstrap.old_users import OldUser
from waystation.domains.accounts.entities import ALL_SCOPES, Grant
from waystation.domains.accounts.models import User
from waystation.domains.catalogue.entities import StoreInfo
from waystation.domains.catalogue.store import many
from waystation.domains.catalogue.store.many import Seen
from waystation.domains.hosting.entities import Role, Space
from waystation.domains.hosting.paths import HIDDEN, objection
from waystation.domains.quotas.entities import Amount, subjects
from waystation.domains.quotas.store import reserve, settle
from waystation.interfaces.services import Services
from waystation.kernel.database import Connection
from waystation.kernel.errors import NotFoundError, WaystationError

AT_ONCE = 5_000
_MOST_TOLD = 100
OPERATOR = Grant(0, "the import", admin=True, groups=frozenset(), scopes=ALL_SCOPES)


@dataclass(slots=True)
class Tally:
    """What was taken over.

    Attributes:
        users, spaces: new ones.
        files, bytes: new ones.
        left: what was not taken, and why; the first of them.
        left_count: how many that were.
    """

    users: int = 0
    spaces: int = 0
    files: int = 0
    bytes: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)
    left_count: int = 0

    def leaves(self, what: str, why: str) -> None:
        """Something is not taken."""
        self.left_count += 1
        if len(self.left) < _MOST_TOLD:
            self.left.append((what.encode(errors="replace").decode(), why))


class Taker:
    """Takes over one tree into one store."""

    def __init__(self, house: Services, where: StoreInfo, top: Path, tally: Tally) -> None:
        self._house = house
        self._where = where
        self._top = top
        self._tally = tally

    def take(self, users: Sequence[OldUser]) -> None:
        """Take over all users and their folders; whatever cannot be is told to the tally."""
        for user in users:
            try:
                account = self._account(user)
                self._take(user.username, account)
            except (WaystationError, OSError) as problem:
                self._tally.leaves(user.username, str(problem))
        known = {user.username for user in users}
        for path in sorted(self._top.iterdir()):
            if path.name not in known and path.is_dir() and not (path / HIDDEN).is_dir():
                self._tally.leaves(path.name, "it is the folder of no user in the list")

    def _account(self, user: OldUser) -> AbstractUser:
        """The account; one that is there already is not changed."""
        made, new = User.objects.get_or_create(
            username=user.username,
            defaults={
                "password": taken_over(user.password),
                "first_name": user.first_name,
                "last_name": user.last_name,
                "email": user.email,
                "is_active": user.active,
            },
        )
        self._tally.users += new
        return made

    def _take(self, name: str, account: AbstractUser) -> None:
        folder = self._top / name
        if os.sep in name or name.startswith(".") or folder.is_symlink():
            self._tally.leaves(name, "its folder cannot be named so")
            return
        if not folder.is_dir() and not self._is_there(name):
            return
        space = self._space(name, account)
        if space.owner_id != account.pk:
            self._tally.leaves(name, f"there is a space {space.name} of somebody else")
            return
        if folder.is_dir() and not _same(folder, Path(space.base)):
            self._move(folder, Path(space.base))
        self._adopt(space)

    def _is_there(self, name: str) -> bool:
        try:
            self._house.hosting.spaces.need(OPERATOR, name.lower(), Role.OWNER)
        except NotFoundError:
            return False
        return True

    def _space(self, name: str, account: AbstractUser) -> Space:
        spaces = self._house.hosting.spaces
        try:
            return spaces.need(OPERATOR, name.lower(), Role.OWNER)
        except NotFoundError:
            self._tally.spaces += 1
            return spaces.new(
                OPERATOR,
                name=name.lower(),
                where=self._where,
                kind="user",
                title=name,
                owner=account.pk,
            )

    def _move(self, folder: Path, base: Path) -> None:
        """Rename what is in a folder into the space's, unless that is taken."""
        for path in list(folder.iterdir()):
            if os.path.lexists(base / path.name):
                self._tally.leaves(str(path), "something of that name is in the space")
                continue
            path.rename(base / path.name)
        if not any(folder.iterdir()):
            folder.rmdir()

    def _adopt(self, space: Space) -> None:
        """Write down what is in the space's folder, a few thousand at a time."""
        open_ = [(space.root_id, Path(space.base))]
        waiting: list[Seen] = []
        places: dict[many.Place, Path] = {}
        while open_:
            number, path = open_.pop()
            for seen in self._seen(number, path, top=number == space.root_id):
                waiting.append(seen)
                if seen.folder:
                    places[number, seen.name] = path / seen.name
                if len(waiting) >= 2 * AT_ONCE:
                    # A folder of a million files is not held whole.
                    open_ += self._write(space, waiting, places)
            if len(waiting) >= AT_ONCE or not open_:
                open_ += self._write(space, waiting, places)

    def _seen(self, number: int, path: Path, *, top: bool) -> Iterator[Seen]:
        with os.scandir(path) as entries:
            for entry in entries:
                if top and entry.name == HIDDEN:
                    continue
                found = entry.stat(follow_symlinks=False)
                folder = stat.S_ISDIR(found.st_mode)
                why = _objection(entry.name, found.st_mode)
                if why:
                    self._tally.leaves(entry.path, why)
                    continue
                mtime = datetime.fromtimestamp(found.st_mtime, UTC)
                size = 0 if folder else found.st_size
                yield Seen(
                    number, entry.name, folder, size, mtime, found.st_ino, found.st_mtime_ns
                )

    def _write(
        self, space: Space, seen: list[Seen], places: dict[many.Place, Path]
    ) -> list[tuple[int, Path]]:
        """Write down what waits, which is nothing then; the folders in it with their ids."""
        now = self._house.clock.now()
        charged = subjects(space=space.id, user=space.owner_id)

        def work(conn: Connection) -> tuple[int, int, dict[many.Place, int]]:
            files, size, folders = many.adopt(
                conn, seen, store=space.store_id, owner=space.owner_id, now=now
            )
            # Makes the rows of who never had anything; what was there before is over no limit.
            reserve(conn, charged, Amount(), now=now)
            settle(conn, charged, held=Amount(), used=Amount(size, files), now=now)
            return files, size, folders

        files, size, folders = self._house.database.run(work)
        self._tally.files += files
        self._tally.bytes += size
        known = [(folders[place], path) for place, path in places.items() if place in folders]
        seen.clear()
        places.clear()
        return known


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _objection(name: str, mode: int) -> str:
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        return "it is a link, a pipe or a device"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if unicodedata.normalize("NFC", name) != name:
        return "its name is not in composed form (NFC): rename it, and import again"
    return objection(name)
