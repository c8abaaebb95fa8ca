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
from contextlib import suppress
from datetime import datetime, timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import (
    BusyError,
    NoParentError,
    PreconditionError,
    Space,
    StorageFullError,
)
from waystation.domains.quotas.door import OverQuotaError
from waystation.interfaces.dialects.librarian import refusals, translate, wire
from waystation.interfaces.dialects.librarian.area import Area, OddError
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.pouring import Beat, Note, Pouring
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import files, incoming
from waystation.interfaces.dialects.librarian.store.incoming import Upload
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
        part = self.reserved(call.who, name, asked.upload_size)
        now = self._house.clock.now()
        upload = self._house.database.run(
            lambda conn: incoming.add(
                conn,
                user=call.who.user_id,
                name=name,
                upload_name=upload_name,
                folder=str(uuid.uuid4()),
                size=asked.upload_size,
                checksum=checksum,
                part=part,
                now=now,
                due=now + self._terms.staged_for,
            )
        )
        self.make_place(call.who, upload)
        return told(self._place(upload, asked.destination_location, free), 201)

    def commit(self, call: Call) -> Reply:
        """Make an upload that was copied a file; said twice, it is done once."""
        asked = translate.parsed(call.body, wire.CommitUpload)
        policy = translate.deletion_policy(asked.deletion_policy)
        now = self._house.clock.now()

        def claim(conn: Connection) -> tuple[Upload, bool] | None:
            self._committable(conn, call.who, asked.transfer_id)
            until = now + LEASE
            return incoming.claim(conn, asked.transfer_id, policy=policy, now=now, until=until)

        claimed = self._house.database.run(claim)
        if claimed is not None:
            self.ingest(call.who, call.space, *claimed)
        return Reply(200)

    def carry_on(self, who: Grant, number: int) -> None:
        """Commit an upload whose commit was cut; for a worker."""
        now = self._house.clock.now()
        claimed = self._house.database.run(
            lambda conn: incoming.claim(conn, number, policy=None, now=now, until=now + LEASE)
        )
        if claimed is not None:
            self.ingest(who, self._shelf.standing(who).space, *claimed)

    def ingest(self, who: Grant, space: Space, upload: Upload, again: bool) -> None:  # noqa: FBT001
        """Commit an upload that was claimed.

        Raises:
            RefusedError: it cannot be committed, and never will.
            WaystationError: as it says; when trying again may help, the claim ends and it is.
        """
        try:
            self._ingest(who, space, upload, again=again)
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
        ended = self._house.database.run(
            lambda conn: incoming.end(conn, upload.id, status, forget=now + REMEMBERED)
        )
        if ended:
            log.info("transfer %d of %r failed: %s", upload.id, upload.name, why)
        self._clean(who, upload)

    # ----------------------------------------------------------------------------------- stage

    def _open(self, call: Call, name: str, checksum: str) -> None:
        """Make a name free for an upload, and the way to it.

        The same account's earlier tries of it end, and any commit of the name that was cut.

        Raises:
            RefusedError: nothing is taken, or there is a file of that name.
        """
        who, space, now = call.who, call.space, self._house.clock.now()
        above = name.rpartition("/")[0]

        def work(conn: Connection) -> tuple[list[tuple[Upload, bool]], bool]:
            if not self._shelf.takes(conn, space):
                raise refusals.no_room()
            if rows(conn, files.named(name)):
                raise refusals.exists()
            user, forget = who.user_id, now + REMEMBERED
            over = incoming.supersede(
                conn, user=user, name=name, checksum=checksum, now=now, forget=forget
            )
            return over, not above or self._shelf.there(conn, space, above) is not None

        over, has_way = self._house.database.run(work)
        for upload, _ in over:
            self._clean(self._house.accounts.by_id(upload.user_id), upload)
        if any(begun for _, begun in over):
            self._trash_remainder(who, space, name)
        if not has_way:
            self._house.hosting.files.make_way(who, space.name, name)

    def _trash_remainder(self, who: Grant, space: Space, name: str) -> None:
        """What a commit that was cut has left at a name goes; nothing there is good."""
        with suppress(NotFoundError):
            self._house.hosting.files.remove(who, space.name, name)

    def reserved(self, who: Grant, name: str, size: int) -> str:
        """Reserve the room for an upload; the part that holds it.

        Raises:
            RefusedError: the name is taken, or there is no room.
        """
        try:
            return self._pouring.room(who, name, size).part
        except (PreconditionError, NoParentError, ConflictError) as taken:
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

    def _ingest(self, who: Grant, space: Space, upload: Upload, *, again: bool) -> None:
        def look(conn: Connection) -> bool:
            if not self._shelf.takes(conn, space):
                raise refusals.unlike()
            if rows(conn, files.named(upload.name)):
                raise refusals.exists_on_store()
            return self._shelf.there(conn, space, upload.name) is not None

        if self._house.database.run(look):
            if not again:  # somebody put it there by another way
                raise refusals.exists_on_store()
            self._trash_remainder(who, space, upload.name)
        self._pour(who, upload)
        self._unstage(upload)

    def _pour(self, who: Grant, upload: Upload) -> None:
        """Store it; what stands in the way in the wire's words.

        Raises:
            RefusedError: it cannot be stored.
        """
        try:
            self._pouring.pour(who, upload, self._beat(upload), self._note(who, upload))
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
            new = files.NewFile(
                name=upload.name,
                size=upload.size,
                checksum=upload.checksum,
                uploader=upload.uploader or who.name,
                source=upload.source or who.name,
                create_time=now,
                entry=made.id,
                path=upload.name,
                deletion_policy=upload.deletion_policy,
            )
            if not files.add(conn, new, now=now):
                raise refusals.exists_on_store()
            incoming.end(conn, upload.id, Status.COMPLETED, forget=now + REMEMBERED)

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
