"""A live Librarian becomes ours: accounts, peers, files as they lie, and who has copies of them.

    adopt     what is in the space's folder, by the ordinary adoption; no byte is read
    files     names, checksums, uploaders, times and policies, a thousand at a time
    copies    what other librarians have, as replicas of our entries

Each part is done again without harm: after a kill, running it once more goes on. What cannot come
over is counted with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cryptography.fernet import Fernet, InvalidToken
from django.contrib.auth.hashers import make_password

from waystation.bootstrap.librarian_db import OldBase, Row, moment
from waystation.bootstrap.librarian_settings import OldSettings
from waystation.domains.accounts.entities import ALL_SCOPES, Grant
from waystation.domains.accounts.models import User
from waystation.domains.hosting.entities import Role
from waystation.domains.transfers.entities import CopyThere
from waystation.interfaces.dialects.librarian.levels import Level, role_of
from waystation.interfaces.dialects.librarian.peers import KIND
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.store import files, standing
from waystation.interfaces.dialects.librarian.store.files import NewFile
from waystation.interfaces.dialects.librarian.translate import deletion_policy, good_checksum
from waystation.interfaces.services import Services
from waystation.kernel.errors import WaystationError

OPERATOR = Grant(0, "the import", admin=True, groups=frozenset(), scopes=ALL_SCOPES)
_MOST_TOLD = 100


@dataclass(slots=True)
class Tally:
    """What came over.

    Attributes:
        done: how many new ones, by what they are.
        left: what did not, and why; the first of them.
        why: how many that were, by reason.
    """

    done: dict[str, int] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    why: dict[str, int] = field(default_factory=dict)

    def came(self, what: str, count: int = 1) -> None:
        """New ones."""
        self.done[what] = self.done.get(what, 0) + count

    def leaves(self, what: str, why: str, count: int = 1) -> None:
        """Something does not come."""
        self.why[why] = self.why.get(why, 0) + count
        if len(self.left) < _MOST_TOLD:
            self.left.append((what, why))


class Taker:
    """Takes over one Librarian into one space.

    Args:
        house: ours.
        space: that the library is.
        settings: of the old one.
        tally: is told.
        dry: nothing is changed; what is not in our catalogue yet is looked for on disk.
    """

    def __init__(
        self, house: Services, space: str, settings: OldSettings, tally: Tally, *, dry: bool
    ) -> None:
        self._house = house
        self._space = house.hosting.spaces.need(OPERATOR, space, Role.OWNER)
        self._settings = settings
        self._tally = tally
        self._dry = dry

    def take(self, old: OldBase) -> None:
        """All of it."""
        for row in old.users():
            self._user(row)
        for row in old.librarians():
            self._librarian(row)
        if not self._dry:
            for sums in self._house.hosting.adopting.adopt(OPERATOR, self._space.name):
                self._tally.done["files on disk"] = sums.files
        for found in old.files():
            self._files(found)
        for found in old.remote_instances():
            self._copies(found)
        for what, count in old.under_way().items():
            if count:
                why = "is not over: let it end there, and import again"
                self._tally.leaves(f"{count:,} {what}", why, count)

    def _user(self, row: Row) -> None:
        name, stored = str(row["username"]), str(row["auth_token"])
        level = Level[str(row["auth_level"])]
        if level is Level.ADMIN:
            self._tally.leaves(name, "administrators are made by `waystation user add --admin`")
            return
        if self._dry:
            self._tally.came("accounts", int(self._house.accounts.by_name(name) is None))
            return
        password = f"argon2{stored}" if stored.startswith("$argon2") else make_password(None)
        account, new = User.objects.get_or_create(username=name, defaults={"password": password})
        self._tally.came("accounts", int(new))
        if new:
            principal, number = f"user:{account.pk}", int(account.pk)
            spaces = self._house.hosting.spaces
            spaces.give(OPERATOR, self._space.name, principal, role_of(level))
            self._house.database.run(lambda conn: standing.give(conn, number, level))

    def _librarian(self, row: Row) -> None:
        name = str(row["name"])
        known = {each.name for each in self._house.transfers.known(OPERATOR)}
        if name in known:
            return
        try:
            key = self._settings.encryption_key()
            shown = Fernet(key).decrypt(str(row["authenticator"]).encode()).decode()
        except (InvalidToken, ValueError, OSError):
            self._tally.leaves(name, "its authenticator cannot be opened: see encryption_key")
            return
        self._tally.came("librarians")
        if self._dry:
            return
        account = self._house.accounts.by_name(name)
        self._house.transfers.know(
            OPERATOR,
            name,
            url=f"{str(row['url']).rstrip('/')}:{row['port']}",
            token=shown,
            account_id=account.user_id if account is not None else None,
            kind=KIND,
        )
        self._house.transfers.switch(OPERATOR, name, on=bool(row["transfers_enabled"]))

    def _files(self, found: Sequence[Row]) -> None:
        """Instances with their files; a file that has several here comes with the first."""
        inside = {id(row): self._inside(row) for row in found}
        rows = [row for row in found if inside[id(row)]]
        paths = [inside[id(row)] for row in rows]
        entries = self._entries(paths)
        made = []
        for row, path, entry in zip(rows, paths, entries, strict=True):
            if entry is None:
                self._tally.leaves(str(row["path"]), "there is nothing at its path")
            elif not entry.folder and entry.size != row["size"]:
                self._tally.leaves(str(row["path"]), "it has another size on disk")
            elif (new := self._new(row, path, entry)) is not None:
                made.append(new)
        if self._dry:
            self._tally.came("files", len(made))
            return
        now = self._house.clock.now()
        self._tally.came(
            "files", self._house.database.run(lambda conn: files.add_many(conn, made, now=now))
        )

    def _new(self, row: Row, path: str, entry: "_There") -> NewFile | None:
        try:
            checksum = good_checksum(str(row["checksum"]))
        except RefusedError:
            self._tally.leaves(str(row["name"]), "its checksum is none that we know")
            return None
        return NewFile(
            name=str(row["name"]),
            size=int(str(row["size"])),
            checksum=checksum,
            uploader=str(row["uploader"]),
            source=str(row["source"]),
            create_time=moment(row["create_time"]),
            entry=entry.id,
            path=path,
            deletion_policy=deletion_policy(str(row["deletion_policy"])),
        )

    def _inside(self, row: Row) -> str:
        """The path of an instance in our space; empty when it is not in it, which is told."""
        top = self._settings.stores.get(str(row["store"]))
        path = PurePosixPath(str(row["path"]))
        if not row["available"]:
            self._tally.leaves(str(path), "it was not available there")
        elif top is None:
            self._tally.leaves(str(path), f"the settings have no store_path of {row['store']}")
        elif not path.is_relative_to(top) or ".." in path.parts:
            self._tally.leaves(str(path), f"it is not below {top}")
        else:
            return str(path.relative_to(top))
        return ""

    def _entries(self, paths: Sequence[str]) -> list["_There | None"]:
        """What our catalogue has there; in a dry run, what the disk has."""
        if self._dry:
            storage = self._house.hosting.spaces.storage(self._space)
            looks = [storage.find(path) for path in paths]
            return [_There(0, each.bytes, each.folder) if each else None for each in looks]
        found = self._house.hosting.batches.find(OPERATOR, self._space.name, paths)
        return [_There(each.id, each.size, each.folder) if each else None for each in found]

    def _copies(self, found: Sequence[Row]) -> None:
        if self._dry:
            self._tally.came("copies at other librarians", len(found))
            return
        names = [str(row["file_name"]) for row in found]
        ours = self._house.database.rows(files.entries_of(names))
        entries = {str(row["name"]): int(str(row["entry_id"])) for row in ours}
        by_peer: dict[str, list[CopyThere]] = {}
        for row in found:
            name = str(row["file_name"])
            if name not in entries:
                self._tally.leaves(name, "a copy is elsewhere, and no file of it here")
                continue
            copy = CopyThere(entries[name], name, int(str(row["size"])), moment(row["copy_time"]))
            by_peer.setdefault(str(row["librarian"]), []).append(copy)
        for peer, copies in by_peer.items():
            try:
                count = self._house.transfers.know_copies(OPERATOR, peer, copies)
            except WaystationError as problem:
                self._tally.leaves(peer, problem.sentence, len(copies))
                continue
            self._tally.came("copies at other librarians", count)


@dataclass(frozen=True, slots=True)
class _There:
    """What is at a path; in a dry run it has no number."""

    id: int
    size: int
    folder: bool


def told(tally: Tally) -> Mapping[str, int]:
    """Reasons why something did not come, the most frequent first."""
    return dict(sorted(tally.why.items(), key=lambda item: -item[1]))
