"""clone/…: files that another librarian sends, alone or many together.

stage, batch_stage   the rows, room for each, and a directory for each that its sender fills
staged, checkin      all of it has come: a worker proves and commits it as any other upload
complete             its sender hears, see `calling`
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

from waystation.domains.accounts.door import Grant
from waystation.interfaces.dialects.librarian import (
    clone_words,
    refusals,
    shipping,
    translate,
    wire,
)
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import clones
from waystation.interfaces.dialects.librarian.store.incoming import New, Sender, Upload
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.interfaces.dialects.librarian.uploading import Uploading
from waystation.kernel.database import Connection

FIRST_CALL = timedelta(minutes=10)
"""A sender of whom nothing was heard is asked after so long."""
MOST = 10_000
_CREATED, _TAKEN = 201, 409


@dataclass
class _Sorted:
    """What can be taken and what cannot: numbers as the sender has them."""

    good: list[wire.CloneItem] = field(default_factory=list)
    again: dict[int, Upload] = field(default_factory=dict)
    ongoing: dict[int, int] = field(default_factory=dict)
    exists: dict[int, int] = field(default_factory=dict)
    dead: dict[int, Upload] = field(default_factory=dict)


class Cloning:
    """Takes files from other librarians."""

    def __init__(self, shelf: Shelf, area: Area, uploading: Uploading) -> None:
        self._shelf = shelf
        self._house = shelf.house
        self._terms = shelf.terms
        self._area = area
        self._uploading = uploading

    def stage(self, call: Call) -> Reply:
        """A place for one file, which its sender copies itself."""
        asked = translate.parsed(call.body, wire.CloneStage)
        number = asked.source_transfer_id
        try:
            found = self._taken(call, [asked], asked.source, asked.upload_size)
        except RefusedError as refusal:
            raise clone_words.in_detail(refusal, number) from refusal
        if not found.again:
            raise clone_words.one(found.ongoing, found.exists, _ids(found.dead))
        upload = found.again[number]
        return told(
            {
                **self._store(),
                **self._place(upload, asked),
                "transfer_providers": {"local": {"hostnames": list(self._terms.hostnames)}},
            },
            _CREATED,
        )

    def batch_stage(self, call: Call) -> Reply:
        """Places for many files, which an engine of their sender moves together.

        Those on their way already are left out of the answer, and the others come; only when
        none can come, or some are here, the sender is told why.
        """
        asked = translate.parsed(call.body, wire.CloneBatch)
        try:
            found = self._taken(call, asked.uploads, asked.source, asked.total_size)
        except RefusedError as refusal:
            raise clone_words.in_detail(refusal, -1) from refusal
        if not found.again:
            raise clone_words.many([*found.ongoing], [*found.exists], [*found.dead])
        places = [
            self._reached(found.again[each.source_transfer_id], each)
            for each in asked.uploads
            if each.source_transfer_id in found.again
        ]
        body = {
            **self._store(),
            "uploads": places,
            "async_transfer_providers": self._terms.providers(),
        }
        return told(body, _CREATED)

    def ongoing(self, call: Call) -> Reply:
        """Its bytes are on their way."""
        return self._moved(call, Status.ONGOING)

    def staged(self, call: Call) -> Reply:
        """All its bytes are here."""
        return self._moved(call, Status.STAGED)

    def fail(self, call: Call) -> Reply:
        """It does not come; said of one that is a file already, it changes nothing."""
        asked = translate.parsed(call.body, wire.CloneFail)
        upload = self._own(call.who, asked.destination_transfer_id)
        if upload is None:
            words = f"Could not find transfer with ID {asked.destination_transfer_id}."
            raise clone_words.lost(asked, words, refusals.AGAIN)
        gone = self.give_up(upload, Status.FAILED, asked.reason)
        return told({**clone_words.ids(asked), "success": gone})

    def give_up(self, upload: Upload, status: Status, why: str) -> bool:
        """Its sender says that it does not come; whether that is so now."""
        if upload.status in {Status.FAILED, Status.CANCELLED}:
            return True
        if upload.status is Status.COMPLETED or upload.begun:
            return False
        who = self._house.accounts.by_id(upload.user_id)
        self._uploading.fail(who, upload, why, status=status)
        # It knows that itself.
        self._house.database.run(lambda conn: clones.call_at(conn, [upload.id], None))
        return True

    # ---------------------------------------------------------------------------------- within

    def _taken(
        self, call: Call, items: Sequence[wire.CloneItem], source: str, total: int
    ) -> _Sorted:
        """Take what can be taken; nothing, if the sender has to hear of something else first."""
        if total < 0 or any(each.upload_size < 0 for each in items):
            raise refusals.negative()
        if len(items) > MOST or any(e.upload_size > self._terms.most_bytes for e in items):
            raise clone_words.no_room()
        for each in items:
            each.destination_location = translate.name_of(each.destination_location)
            translate.good_checksum(each.upload_checksum)
        found = self._house.database.run(lambda conn: self._sort(conn, call.who, items))
        if found.exists:
            # It can learn from this that they are here; told anything else, it would not.
            if found.good or found.again:
                return _Sorted(exists=found.exists)
            return found
        for upload in found.dead.values():
            self.give_up(upload, Status.FAILED, "its sender has begun anew")
        for upload in found.again.values():
            self._uploading.make_place(call.who, upload)
        self._open(call, found, source)
        return found

    def _sort(self, conn: Connection, who: Grant, items: Sequence[wire.CloneItem]) -> _Sorted:
        names = [each.destination_location for each in items]
        taken, found = clones.taken(conn, names), _Sorted()
        coming: dict[str, list[Upload]] = {}
        for upload in clones.under_way(conn, names):
            coming.setdefault(upload.name, []).append(upload)
        for each in items:
            number = each.source_transfer_id
            if each.destination_location in taken:
                found.exists[number] = -1
                continue
            mine = [
                upload
                for upload in coming.get(each.destination_location, [])
                if translate.same(upload.checksum, each.upload_checksum)
                and upload.user_id == who.user_id
            ]
            same = [u for u in mine if u.source_transfer_id == number and not u.begun]
            busy = [u for u in mine if u.status is not Status.INITIATED]
            if same and same[0].status is not Status.STAGED:
                found.again[number] = same[0]
            elif busy:
                found.ongoing[number] = busy[0].id
            elif mine:
                found.dead[number] = mine[0]
            else:
                found.good.append(each)
        return found

    def _open(self, call: Call, found: _Sorted, source: str) -> None:
        """Room, row and directory for each that can come.

        Raises:
            RefusedError: nothing more is taken here; what was opened is closed again.
        """
        space = call.space
        if not found.good:
            return
        if not self._house.database.run(lambda conn: self._shelf.takes(conn, space)):
            raise clone_words.no_room()
        opened: list[Upload] = []
        try:
            self._room(sum(each.upload_size for each in found.good))
            for each in found.good:
                self._open_one(call, each, source, found, opened)
            # Others may have opened some meanwhile: who comes last sees those of both.
            self._room(0)
            now, name = self._house.clock.now(), space.name
            self._house.database.run(lambda conn: shipping.announce(conn, name, opened, now=now))
        except RefusedError:
            for upload in opened:
                self.give_up(upload, Status.FAILED, "there is no room for all that come with it")
            raise
        found.again |= {
            u.source_transfer_id: u for u in opened if u.source_transfer_id is not None
        }

    def _room(self, more: int) -> None:
        """Whether the staging area has room for so much, beside what was promised there.

        Raises:
            RefusedError: no.
        """
        (found,) = self._house.database.rows(clones.promised())
        if self._area.free() < more + int(str(found["bytes"])):
            raise clone_words.no_room()

    def _open_one(
        self,
        call: Call,
        item: wire.CloneItem,
        source: str,
        found: _Sorted,
        opened: list[Upload],
    ) -> None:
        name, now = item.destination_location, self._house.clock.now()
        new = New(
            name,
            # Flat: some of those that move files make no directories.
            PurePosixPath(name).name,
            item.upload_size,
            item.upload_checksum,
            self._sender(call.who, item, source),
            call_due=now + FIRST_CALL,
        )
        try:
            upload = self._uploading.add(call, new)
        except RefusedError as refusal:
            if refusal.status != _TAKEN:
                raise clone_words.no_room() from refusal
            found.exists[item.source_transfer_id] = -1
            return
        self._uploading.make_place(call.who, upload)
        opened.append(upload)

    def _sender(self, who: Grant, item: wire.CloneItem, source: str) -> Sender:
        """Whose file it is: only partners, and administrators for them, are believed."""
        partner = self._house.transfers.receiving.sender(who, source)
        number = item.source_transfer_id
        if partner is not None:
            return Sender(item.uploader or who.name, partner.name, number, partner.id)
        if who.admin:
            return Sender(item.uploader or who.name, source or who.name, number, None)
        return Sender(who.name, who.name, number, None)

    def _moved(self, call: Call, status: Status) -> Reply:
        """One of the caller's has come so far; said twice, it is good."""
        asked = translate.parsed(call.body, wire.CloneIds)
        upload = self._own(call.who, asked.destination_transfer_id)
        if upload is None:
            raise clone_words.lost(asked)
        before = Status(status - 1)
        if upload.status is not before and upload.status is not status:
            raise clone_words.not_in(asked, before, status)
        now = self._house.clock.now()
        due = now if status is Status.STAGED else now + self._terms.staged_for
        if upload.status is before:
            self._house.database.run(
                lambda conn: shipping.advance(conn, [upload.id], status, now=now, due=due)
            )
        known = clone_words.ids(asked)
        return told({**known, "success": True} if status is Status.STAGED else known)

    def _own(self, who: Grant, number: int) -> Upload | None:
        found = self._house.database.run(lambda conn: clones.numbered(conn, [number])).get(number)
        return found if found is not None and owns(who, found) else None

    def _store(self) -> dict[str, object]:
        return {
            "available_bytes_on_store": self._area.free(),
            "store_name": self._terms.space,
        }

    def _reached(self, upload: Upload, item: wire.CloneItem) -> dict[str, object]:
        """A place as engines name it."""
        place = self._place(upload, item)
        return {**place, "staging_location": self._terms.reached(str(place["staging_location"]))}

    def _place(self, upload: Upload, item: wire.CloneItem) -> dict[str, object]:
        return {
            "staging_name": upload.folder,
            "staging_location": self._area.location(upload.folder, upload.upload_name),
            "upload_name": item.upload_name,
            "destination_location": item.destination_location,
            "source_transfer_id": item.source_transfer_id,
            "destination_transfer_id": upload.id,
        }


def owns(who: Grant, upload: Upload) -> bool:
    """Whether somebody may say how a transfer stands."""
    return who.admin or upload.user_id == who.user_id or upload.source == who.name


def _ids(dead: dict[int, Upload]) -> dict[int, int]:
    return {number: upload.id for number, upload in dead.items()}
