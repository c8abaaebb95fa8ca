"""Taking in files that are on disk already: an archive that was there before us, a copied tree.

A folder at a time, in batches; what is known stays as it is. Killed anywhere it is run again.
Digests come later, when the files are read (`scrubbing`).
"""

import functools
import itertools
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Content, Entry, EntryKind, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import Adopted, Role, Space
from waystation.domains.hosting.ports import Found
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.quotas.door import Amount, count, subjects
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import MalformedError, NotFoundError

BATCH = 1_000
YOUNG = timedelta(minutes=1)
"""A file that changed since is perhaps an upload that is not written down yet."""
TOLD = 20

_Item = tuple[str, EntryKind, Content]


class Adopting:
    """Makes the catalogue know what is on disk."""

    def __init__(self, database: Database, clock: Clock, spaces: Spaces) -> None:
        self._database = database
        self._clock = clock
        self._spaces = spaces

    def adopt(self, who: Grant, space_name: str) -> Iterator[Adopted]:
        """Take in all that is below a space's folder; gives the sums after each batch.

        Raises:
            NotFoundError, ForbiddenError: the caller does not own the space.
            MalformedError: its storage keeps no names.
        """
        space = self._spaces.need(who, space_name, Role.OWNER)
        if self._spaces.storage(space).keys is not None:
            raise MalformedError(
                f"Files of the space {space.name!r} have no names where their bytes are.",
                advice="Copy them in: way put, rclone, or COPY from another server.",
            )
        yield from self._below(space, [(space.root_id, "")])

    def _below(self, space: Space, waiting: list[tuple[int, str]]) -> Iterator[Adopted]:
        """Take in what is in these folders and below them; gives the sums after each batch."""
        storage, sums = self._spaces.storage(space), Adopted()
        while waiting:
            folder, path = waiting.pop()
            there = storage.children(path)
            while batch := list(itertools.islice(there, BATCH)):
                good, sums = self._sift(batch, path, sums)
                work = functools.partial(_write, space=space, folder=folder, found=good)
                files, size, folders = self._database.run(functools.partial(self._now, work))
                sums = replace(
                    sums,
                    files=sums.files + files,
                    bytes=sums.bytes + size,
                    folders=sums.folders + folders,
                )
                yield sums
            waiting += [(number, f"{path}/{name}") for number, name in self._folders(folder)]

    def adopt_one(self, who: Grant, space_name: str, path: str) -> Entry:
        """Take in one file, or a folder with all that is in it, and the folders on the way.

        Raises:
            NotFoundError, ForbiddenError: the caller does not own the space; nothing is there.
            MalformedError: the storage keeps no names, or a name cannot be.
        """
        names = paths.names(path)
        space = self._spaces.need(who, space_name, Role.OWNER)
        storage, above = self._spaces.storage(space), space.root_id
        for depth, name in enumerate(names, 1):
            found = storage.find("/".join(names[:depth]))
            if found is None:
                raise NotFoundError(f"There is no {path!r} on the disk of {space_name}.")
            mtime = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
            kind = EntryKind.FOLDER if found.folder else EntryKind.FILE
            content = Content(found.bytes, None, None, mtime, found.inode, found.mtime_ns)
            item = (name, kind, content)
            work = functools.partial(_write, space=space, folder=above, found=[item])
            self._database.run(functools.partial(self._now, work))
            above = self._id(above, name)
        if not names:
            raise MalformedError("That is the space itself.", advice="waystation space adopt")
        top = self._database.rows(entries.walk(space.root_id, names))
        entry = entries.read(top[-1])
        if entry.folder:
            for _ in self._below(space, [(entry.id, "/".join(names))]):
                pass
        return entry

    def _id(self, folder: int, name: str) -> int:
        found = self._database.run(lambda conn: entries.child(conn, folder, name))
        assert found is not None, "it was written just now"
        return found.id

    def _now(
        self, work: "functools.partial[tuple[int, int, int]]", conn: Connection
    ) -> tuple[int, int, int]:
        return work(conn, now=self._clock.now())

    def _folders(self, folder: int) -> Iterator[tuple[int, str]]:
        """Folders of a folder, as the catalogue has them now."""
        after = ""
        while page := self._database.rows(
            entries.page(folder, EntryKind.FOLDER, after=after, limit=BATCH)
        ):
            for row in page:
                yield int(str(row["id"])), (after := str(row["name"]))

    def _sift(
        self, batch: list[tuple[str, Found]], path: str, sums: Adopted
    ) -> tuple[list[_Item], Adopted]:
        good: list[_Item] = []
        young, wrong = 0, []
        for name, found in batch:
            words = objection(name)
            if words:
                wrong.append(f"{path}/{name!a}: {words}")
                continue
            mtime = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
            if not found.folder and mtime > self._clock.now() - YOUNG:
                young += 1
                continue
            kind = EntryKind.FOLDER if found.folder else EntryKind.FILE
            content = Content(found.bytes, None, None, mtime, found.inode, found.mtime_ns)
            good.append((name, kind, content))
        return good, replace(
            sums,
            young=sums.young + young,
            refusals=sums.refusals + len(wrong),
            refused=(*sums.refused, *wrong)[:TOLD],
        )


def objection(name: str) -> str:
    """Why a name on disk cannot be an entry's; empty when it can."""
    words = paths.objection(name)
    if not words and unicodedata.normalize("NFC", name) != name:
        words = "it is not in composed form (NFC); rename it."
    return words


def _write(
    conn: Connection, *, space: Space, folder: int, found: list[_Item], now: datetime
) -> tuple[int, int, int]:
    files, size, folders = entries.adopt(
        conn, found, store=space.store_id, parent=folder, owner=space.owner_id, now=now
    )
    if files:
        charged = subjects(space=space.id, user=space.owner_id)
        count(conn, charged, Amount(size, files), now=now)
    return files, size, folders
