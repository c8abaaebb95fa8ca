"""admin/…: the one store, its manifest, files that were there before, instances."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Space
from waystation.domains.transfers.door import PartnerInfo
from waystation.interfaces.dialects.librarian import refusals, shipping, translate, wire
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call, Reply, encoded, told
from waystation.interfaces.dialects.librarian.peers import KIND
from waystation.interfaces.dialects.librarian.refusals import refused
from waystation.interfaces.dialects.librarian.searching import file_told
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import files, standing
from waystation.kernel.database import Row
from waystation.kernel.errors import NotFoundError

_PAGE = 10_000
Places = Mapping[int, tuple[str, Entry]]


class Administering:
    """Looks after the library."""

    def __init__(self, shelf: Shelf, area: Area) -> None:
        self._shelf = shelf
        self._house = shelf.house
        self._area = area

    def stores(self, call: Call) -> Reply:
        """The one store; -1 of room is one that is not there."""
        space, run = call.space, self._house.database.run
        try:
            free = min(self._area.free(), _free(space))
        except OSError:
            free = -1
        one = {
            "name": space.name,
            "store_type": "local",
            "free_space": free,
            "ingestable": not space.closed,
            "available": free >= 0,
            "enabled": run(lambda conn: self._shelf.enabled(conn, space)),
        }
        return told([one])

    def switch(self, call: Call) -> Reply:
        """Take new files from now on, or none."""
        asked = translate.parsed(call.body, wire.StoreState)
        space = _named(call.space, asked.store_name)
        self._enable(space, yes=asked.enabled)
        return told({"store_name": space.name, "enabled": asked.enabled, "success": True})

    def manifest(self, call: Call) -> Reply:
        """All available instances; nothing is marked before all of it was sent.

        Those that leave on a disk for another librarian get the numbers of their transfers, which
        it says when it has them; asked for once more, it is the same numbers.
        """
        asked = translate.parsed(call.body, wire.Manifest)
        space = _named(call.space, asked.store_name)
        partner = self._destination(call.who, asked)
        if asked.disable_store:
            self._enable(space, yes=False)
        last = int(str(self._house.database.rows(files.last_instance())[0]["last"]))

        def mark() -> None:
            if asked.mark_local_instances_as_unavailable:
                self._house.database.run(lambda conn: files.make_unavailable(conn, last=last))

        return Reply(200, parts=self._listed(space, last, partner, mark))

    def add(self, call: Call) -> Reply:
        """Write down a file that is in the space already, as it is told; nothing is read."""
        asked = translate.parsed(call.body, wire.AddFile)
        space = _named(call.space, asked.store_name)
        name = translate.name_of(asked.name)
        if self._house.database.rows(files.named(name)):
            return told({"already_exists": True, "file_exists": False, "success": True})
        path = asked.path.removeprefix(f"{space.base}/")
        entry = self._entry(call.who, space, path)
        if entry is None:
            raise refused(
                400,
                f"File {asked.path} does not exist.",
                "Create the file first, or make sure that you are using a local store.",
            )
        new = files.NewFile(
            name=name,
            size=asked.size,
            checksum=translate.good_checksum(asked.checksum),
            uploader=asked.uploader,
            source=asked.source,
            create_time=translate.utc(asked.create_time),
            entry=entry.id,
            path=path,
        )
        now = self._house.clock.now()
        made = self._house.database.run(lambda conn: files.add(conn, new, now=now))
        return told({"already_exists": not made, "file_exists": made, "success": True})

    def delete_local(self, call: Call) -> Reply:
        """Forget an instance; its bytes go to the trash when that is asked for."""
        asked = translate.parsed(call.body, wire.DeleteInstance)
        number = asked.instance_id
        gone = self._house.database.run(lambda conn: files.drop_instance(conn, number))
        if gone is None:
            raise refusals.no_instance(number)
        if asked.delete_file:
            self._trash(call, gone)
        return told({"success": True, "instance_id": number})

    # ---------------------------------------------------------------------------------- within

    def _enable(self, space: Space, *, yes: bool) -> None:
        self._house.database.run(lambda conn: standing.enable(conn, space.id, yes=yes))

    def _destination(self, who: Grant, asked: wire.Manifest) -> PartnerInfo | None:
        """The librarian to which a disk goes; None when it goes nowhere.

        Raises:
            RefusedError: there is none of that name.
        """
        if not asked.create_outgoing_transfers:
            return None
        for each in self._house.transfers.known(who):
            if each.name == asked.destination_librarian and each.kind == KIND:
                return each
        raise refused(
            400,
            f"Librarian {asked.destination_librarian} does not exist.",
            "Create the librarian first in the database.",
        )

    def _leaving(
        self, space: Space, partner: PartnerInfo | None, listed: Sequence[Row], places: Places
    ) -> dict[str, int]:
        """Numbers of the transfers of files, by name; of those that the partner has, none."""
        if partner is None:
            return {}
        entries = {_number(row, "entry_id") for row in listed}
        copies = self._house.transfers.receiving.copies(sorted(entries))
        there = {
            entry
            for entry, known in copies.items()
            if any(copy.partner == partner.name for copy in known)
        }
        leave = [
            (places[_number(row, "entry_id")][1], str(row["name"]), _number(row, "size"))
            for row in listed
            if _number(row, "entry_id") not in there
        ]
        number, now = partner.id, self._house.clock.now()
        return self._house.database.run(
            lambda conn: shipping.carry(conn, number, space.name, leave, now=now)
        )

    def _listed(
        self, space: Space, last: int, partner: PartnerInfo | None, mark: Callable[[], None]
    ) -> Iterator[bytes]:
        """The document, a page of instances at a time."""
        head = encoded({"librarian_name": self._shelf.terms.name, "store_name": space.name})
        yield head[:-1] + b',"store_files":['
        after, comma = 0, b""
        while page := self._house.database.rows(
            files.manifest(after=after, last=last, limit=_PAGE)
        ):
            places = self._shelf.places(space, [int(str(row["entry_id"])) for row in page])
            there = [row for row in page if row["entry_id"] in places]
            numbers = self._leaving(space, partner, there, places)
            if there:
                listed = [_entry(space, row, places, numbers) for row in there]
                yield comma + encoded(listed)[1:-1]
                comma = b","
            after = int(str(page[-1]["instance_id"]))
        mark()
        yield b"]}"

    def _entry(self, who: Grant, space: Space, path: str) -> Entry | None:
        """What is at a path, also when it came there behind our back."""
        where = PurePosixPath(path)
        if where.is_absolute() or ".." in where.parts:
            return None
        known = self._house.database.run(lambda conn: self._shelf.there(conn, space, str(where)))
        if known is not None:
            return known
        try:
            return self._house.hosting.adopting.adopt_one(who, space.name, str(where))
        except NotFoundError:
            return None

    def _trash(self, call: Call, gone: Row) -> None:
        others = self._house.database.rows(files.instances_of([int(str(gone["file_id"]))]))
        there = self._shelf.places(call.space, [int(str(gone["entry_id"]))])
        if not others and there:
            path, _ = next(iter(there.values()))
            self._house.hosting.files.remove(call.who, call.space.name, path)


def _named(space: Space, store: str) -> Space:
    """The one store, if it is called so."""
    if store != space.name:
        raise refusals.no_store(store)
    return space


def _number(row: Row, name: str) -> int:
    return int(str(row[name]))


def _entry(
    space: Space, row: Row, places: Places, numbers: Mapping[str, int]
) -> dict[str, object]:
    path, _ = places[int(str(row["entry_id"]))]
    created = row["created_time"]
    return {
        **file_told(row),
        "instance_path": f"{space.base}/{path}",
        "deletion_policy": row["deletion_policy"],
        "instance_create_time": translate.told(created),  # type: ignore[arg-type]
        "instance_available": True,
        "outgoing_transfer_id": numbers.get(str(row["name"]), -1),
    }


def _free(space: Space) -> int:
    return shutil.disk_usage(space.base).free
