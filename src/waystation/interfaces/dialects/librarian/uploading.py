"""upload/stage and upload/commit.

    stage    earlier tries end; room is reserved; the row; the directory that the client copies to
    commit   the row is claimed for some minutes; read, proved, stored; content, file, instance
             and the end of the row in one transaction; the directory goes

Whoever dies at a commit leaves a claim that ends: a worker carries it on (`controller`), or the
next upload of that name takes its place. What a name has in the space without a file of that name
is then a remainder of such a commit, and goes to the trash.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import (
    BusyError,
    NoParentError,
    PreconditionError,
    Role,
    Space,
    Standing,
    StorageFullError,
    Ticket,
)
from waystation.domains.quotas.door import OverQuotaError
from waystation.interfaces.dialects.librarian import refusals, shipping, translate, wire
from waystation.interfaces.dialects.librarian.area import Area, OddError
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.pouring import Beat, Claimed, Note, Pouring, as_file
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import ending, incoming
from waystation.interfaces.dialects.librarian.store.incoming import New, Upload
from waystation.interfaces.dialects.librarian.translate import Category, Severity, Status
from waystation.kernel.database import Connection, rows
from waystation.kernel.errors import ConflictError, NotFoundError, WaystationError

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""Who is at a commit and was not heard of for so long is gone."""

_RENEW = timedelta(minutes=1)
REMEMBERED = timedelta(days=30)
"""Rows of uploads that are over are kept for so long."""


class Uploading:
    """Takes uploads."""

    def __init__(self, shelf: Shelf, area: Area) -> None:
        self._shelf = shelf
        self._house = shelf.house
        self._terms = shelf.terms
        self._area = area
        self._pouring = Pouring(shelf.house.database, shelf.house.hosting, area, shelf.terms.space)

    def stage(self, call: Call) -> Reply:
        """A place for an upload, with room reserved for it."""
        asked = translate.parsed(call.body, wire.StageUpload)
        if asked.upload_size < 0:
            raise refusals.negative()
        if asked.upload_size > self._terms.most_bytes:
            raise refusals.too_large()
        name = translate.name_of(asked.destination_location)
        upload_name = translate.upload_name_of(asked.upload_name)
        checksum = translate.good_checksum(asked.upload_checksum)
        free = self._area.free()
        if free < asked.upload_size:
            raise self._full("The staging area has no room.")
        self._open(call, name, checksum)
        upload = self.add(call, New(name, upload_name, asked.upload_size, checksum))
        self.make_place(call.who, upload)
        return told(self._place(upload, asked.destination_location, free), 201)

    def commit(self, call: Call) -> Reply:
        """Make an upload that was copied a file; said twice, it is done once."""
        asked = translate.parsed(call.body, wire.CommitUpload)
        policy = translate.deletion_policy(asked.deletion_policy)
        now, space = self._house.clock.now(), self._writable(call.who, call.here)

        def claim(conn: Connection) -> Claimed | None:
            who, number = call.who, asked.transfer_id
            found = incoming.claim(
                conn, number, user=who.user_id, policy=policy, now=now, until=now + LEASE
            )
            if found is None:
                self._committable(conn, who, number)
                return None
            return self._claimed(conn, who, space, *found)

        claimed = self._house.database.run(claim)
        if claimed is not None:
            with self._failing(call.who, claimed.upload):
                self._ingest(call.who, claimed)
        return Reply(200)

    def carry_on(self, who: Grant, number: int) -> None:
        """Commit an upload whose commit was cut; for a worker."""
        now = self._house.clock.now()

        def claim(conn: Connection) -> tuple[Upload, bool] | None:
            until = now + LEASE
            return incoming.claim(conn, number, user=None, policy=None, now=now, until=until)

        found = self._house.database.run(claim)
        if found is None:
            return
        upload, again = found

        def look(conn: Connection) -> Claimed:
            incoming.quickly(conn)
            return self._claimed(conn, who, space, upload, again)

        with self._failing(who, upload):
            space = self._writable(who)
            self._ingest(who, self._house.database.run(look))

    @contextmanager
    def _failing(self, who: Grant, upload: Upload) -> Iterator[None]:
        """Fail an upload that cannot be committed; when that may change, the claim ends alone."""
        try:
            yield
        except RefusedError as refusal:
            self.fail(who, upload, str(refusal.body.get("reason", "")))
            raise
        except WaystationError as trouble:
            if not trouble.retryable:
                self.fail(who, upload, trouble.sentence)
            raise

    def fail(
        self, who: Grant | None, upload: Upload, why: str, *, status: Status = Status.FAILED
    ) -> None:
        """An upload is over and did not become a file; what it had here goes."""
        now = self._house.clock.now()

        def work(conn: Connection) -> bool:
            ended = ending.end(conn, upload.id, status, forget=now + REMEMBERED)
            if ended is not None:
                shipping.ended(conn, ended, entry_id=None, words=why, now=now)
            return ended is not None

        if self._house.database.run(work):
            log.info("transfer %d of %r failed: %s", upload.id, upload.name, why)
        self._clean(who, upload)

    # ----------------------------------------------------------------------------------- stage

    def _open(self, call: Call, name: str, checksum: str) -> None:
        """Make a name free for an upload.

        The same account's earlier tries of it end, and any commit of the name that was cut.

        Raises:
            RefusedError: nothing is taken, or there is a file of that name.
        """
        who, space, now = call.who, call.space, self._house.clock.now()
        user, database = who.user_id, self._house.database
        way = incoming.way(space=space.id, user=user, name=name, checksum=checksum, now=now)
        (found,) = database.rows(way)
        if space.closed or not found["takes"]:
            raise refusals.no_room()
        if found["taken"]:
            raise refusals.exists()
        if not found["tried"]:
            return
        forget = now + REMEMBERED
        over = database.run(
            lambda conn: incoming.supersede(
                conn, user=user, name=name, checksum=checksum, now=now, forget=forget
            )
        )
        for upload, _ in over:
            self._clean(self._house.accounts.by_id(upload.user_id), upload)
        if any(begun for _, begun in over):
            self._trash_remainder(who, space, name)

    def _trash_remainder(self, who: Grant, space: Space, name: str) -> None:
        """What a commit that was cut has left at a name goes; nothing there is good."""
        with suppress(NotFoundError):
            self._house.hosting.files.remove(who, space.name, name)

    def add(self, call: Call, new: New) -> Upload:
        """Reserve the room for an upload and write it down, with the way to it.

        Raises:
            RefusedError: the name is taken, or there is no room.
        """
        try:
            return self._add(call, new)
        except NoParentError:
            self._house.hosting.files.make_way(call.who, call.space.name, new.name)
        try:
            return self._add(call, new)
        except NoParentError as gone:
            raise refusals.exists() from gone

    def _add(self, call: Call, new: New) -> Upload:
        now, made, user = self._house.clock.now(), list[Upload](), call.who.user_id
        due, folder = now + self._terms.staged_for, str(uuid.uuid4())

        def also(conn: Connection, ticket: Ticket) -> None:
            known = incoming.add(
                conn, new, user=user, folder=folder, part=ticket.part, now=now, due=due
            )
            made[:] = [known]

        try:
            self._pouring.room(call.who, new.name, new.size, here=call.here, also=also)
            return made[0]
        except NoParentError:
            raise
        except (PreconditionError, ConflictError) as taken:
            raise refusals.exists() from taken
        except (OverQuotaError, StorageFullError) as full:
            raise self._full(full.sentence) from full

    def _full(self, why: str) -> RefusedError:
        self._shelf.report(Severity.ERROR, Category.STORE_FULL, why, caller="upload/stage")
        return refusals.no_room()

    def make_place(self, who: Grant, upload: Upload) -> None:
        """Make the directory that an upload is put in.

        Raises:
            RefusedError: it cannot be made; the upload is over.
        """
        try:
            self._area.make(upload.folder)
        except OSError as problem:
            self._shelf.report(
                Severity.CRITICAL,
                Category.CONFIGURATION,
                f"The staging area cannot be written to: {problem.strerror}.",
                caller="upload/stage",
            )
            self.fail(who, upload, "no staging area")
            raise refusals.no_room() from problem

    def _place(self, upload: Upload, destination: str, free: int) -> dict[str, object]:
        return {
            "available_bytes_on_store": free,
            "store_name": self._terms.space,
            "staging_name": upload.folder,
            "staging_location": self._area.location(upload.folder, upload.upload_name),
            "upload_name": upload.upload_name,
            "destination_location": destination,
            "transfer_providers": {"local": {"hostnames": list(self._terms.hostnames)}},
            "transfer_id": upload.id,
        }

    # ---------------------------------------------------------------------------------- commit

    def _writable(self, who: Grant, here: Standing | None = None) -> Space:
        """The space; the role of an uploader may have been taken away since the upload was staged.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            RefusedError: it takes nothing any more.
        """
        try:
            return self._house.hosting.spaces.need(who, self._terms.space, Role.WRITER, here=here)
        except ConflictError as closed:
            raise refusals.unlike() from closed

    def _committable(self, conn: Connection, who: Grant, number: int) -> None:
        """Whether somebody may commit an upload now, or did already.

        Raises:
            RefusedError: no.
        """
        found = rows(conn, incoming.one(number))
        upload = incoming.read(found[0]) if found else None
        if upload is not None and upload.user_id != who.user_id:
            raise refusals.unauthorized()
        if upload is None or upload.status in {Status.FAILED, Status.CANCELLED}:
            raise refusals.not_staged()
        now = self._house.clock.now()
        if upload.status is Status.ONGOING or (
            upload.status is Status.STAGED and upload.due > now
        ):
            remedy = "Wait until that commit has ended."
            raise refusals.refused(409, "This transfer is being committed.", remedy)

    def _claimed(
        self,
        conn: Connection,
        who: Grant,
        space: Space,
        upload: Upload,
        again: bool,  # noqa: FBT001
    ) -> Claimed:
        """What there is to know of an upload that was claimed."""
        now, name = self._house.clock.now(), upload.name
        way = incoming.way(space=space.id, user=who.user_id, name=name, checksum="", now=now)
        (found,) = rows(conn, way)
        return Claimed(
            upload=upload,
            again=again,
            space=space,
            takes=bool(found["takes"]) and not space.closed,
            taken=bool(found["taken"]),
            there=again and self._shelf.there(conn, space, name) is not None,
            room=self._pouring.ending(conn, who, space, upload.part),
        )

    def _ingest(self, who: Grant, claimed: Claimed) -> None:
        upload = claimed.upload
        if not claimed.takes:
            raise refusals.unlike()
        if claimed.taken:
            raise refusals.exists_on_store()
        if claimed.there:
            self._trash_remainder(who, claimed.space, upload.name)
        self._pour(who, upload, claimed.room)
        self._unstage(upload)

    def _pour(self, who: Grant, upload: Upload, room: Ticket | None) -> None:
        """Store it; what stands in the way in the wire's words.

        Raises:
            RefusedError: it cannot be stored.
        """
        try:
            self._pouring.pour(who, upload, room, self._beat(upload), self._note(who, upload))
        except FileNotFoundError as missing:
            raise refusals.not_staged() from missing
        except OddError as odd:
            self._damaged(upload, f"{odd} is neither a file nor a directory")
            raise refusals.unlike() from odd
        except PermissionError as closed:
            self._damaged(upload, "the service may not read it; look at the group of the area")
            raise refusals.unlike() from closed
        except RefusedError:
            self._damaged(upload, f"it is not {upload.size} bytes with {upload.checksum}")
            raise
        except (PreconditionError, BusyError, NoParentError, ConflictError) as taken:
            raise refusals.exists_on_store() from taken
        except (OverQuotaError, StorageFullError) as full:
            raise self._full(full.sentence) from full

    def _note(self, who: Grant, upload: Upload) -> Note:
        """Writes the file down, and that its upload is over."""
        now = self._house.clock.now()

        def note(conn: Connection, made: Entry) -> None:
            new = as_file(upload, made, who, now=now)
            ended = ending.land(conn, upload.id, new, now=now, forget=now + REMEMBERED)
            if ended is None:
                raise refusals.exists_on_store()
            shipping.ended(conn, ended, entry_id=made.id, now=now)

        return note

    def _beat(self, upload: Upload) -> Beat:
        """Renews the claim every so often while bytes are read."""
        clock, heard = self._house.clock, [self._house.clock.now()]

        def beat() -> None:
            now: datetime = clock.now()
            if now - heard[0] >= _RENEW:
                heard[0] = now
                self._house.database.run(
                    lambda conn: incoming.renew(conn, upload.id, until=now + LEASE)
                )

        return beat

    def _damaged(self, upload: Upload, why: str) -> None:
        self._shelf.report(
            Severity.ERROR,
            Category.DATA_INTEGRITY,
            f"The upload {upload.id} of {upload.name!r} was refused: {why}.",
            caller="upload/commit",
        )

    def _clean(self, who: Grant | None, upload: Upload) -> None:
        """Room and staged bytes of an upload that is over."""
        if who is not None and upload.part:
            with suppress(WaystationError):  # whoever may not write there any more: it is swept
                self._pouring.give_up(who, upload.part)
        self._unstage(upload)

    def _unstage(self, upload: Upload) -> None:
        try:
            self._area.remove(upload.folder)
        except OSError as problem:
            log.warning("the staged upload %s stays: %s", upload.folder, problem)
