"""From the staging area into the space: read once, proved, stored as any other upload.

Bytes are copied, not renamed: whoever uploaded them owns the staged files and may still write to
them, and a space may be on another disk or none. What is stored is what was proved.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import (
    MOST,
    Condition,
    Hosting,
    Pending,
    Small,
    Space,
    Standing,
    Ticket,
)
from waystation.interfaces.dialects.librarian.area import Area, Piece
from waystation.interfaces.dialects.librarian.hashing import Both, hasher, of_directory
from waystation.interfaces.dialects.librarian.refusals import unlike
from waystation.interfaces.dialects.librarian.store.files import NewFile
from waystation.interfaces.dialects.librarian.store.incoming import Upload
from waystation.interfaces.dialects.librarian.translate import algorithm, digits
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import ConflictError, NotFoundError

ABSENT = Condition(absent=True)
_SMALL = 1_048_576
_TOGETHER = 16 * _SMALL

Beat = Callable[[], None]
"""Called all along: says that the work goes on."""

Note = Callable[[Connection, Entry], None]
"""Writes down what was stored, in the transaction that makes it so."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An upload that is poured now.

    Attributes:
        upload: it.
        again: somebody had begun to, and died.
        space: where it goes.
        takes: whether new files are taken there.
        taken: whether there is a file of its name.
        there: something that such a one has left is at its name.
        room: what was reserved for it, if it was not given up.
    """

    upload: Upload
    again: bool
    space: Space
    takes: bool
    taken: bool
    there: bool
    room: Ticket | None


class Pouring:
    """Moves uploads into a space."""

    def __init__(self, database: Database, hosting: Hosting, area: Area, space: str) -> None:
        self._database = database
        self._hosting = hosting
        self._area = area
        self._space = space

    def room(
        self,
        who: Grant,
        name: str,
        size: int,
        *,
        here: Standing | None = None,
        also: Callable[[Connection, Ticket], None] | None = None,
    ) -> Ticket:
        """Reserve the room for an upload, as for one that comes over days.

        Neither this nor what is written down with it is waited for on disk: nothing came yet.
        """
        return self._hosting.uploads.begin(
            who,
            self._space,
            name,
            bytes_=size,
            condition=ABSENT,
            resumable=True,
            promised=False,
            here=here,
            also=also,
        )

    def give_up(self, who: Grant, part: str) -> None:
        """What was reserved for a part is free again."""
        with suppress(NotFoundError):
            found = self._hosting.resuming.find(who, self._space, part)
            if isinstance(found, Pending):
                self._hosting.uploads.abort(found.ticket)

    def ending(self, conn: Connection, who: Grant, space: Space, part: str) -> Ticket | None:
        """The room of an upload that is poured next, by somebody who may write there."""
        return self._hosting.resuming.ending(conn, who, space, part)

    def pour(
        self, who: Grant, upload: Upload, held: Ticket | None, beat: Beat, note: Note
    ) -> None:
        """Store an upload; nothing is at its name.

        A file and its note are there at once or not at all; a directory is there before its note.

        Args:
            who: uploads it.
            upload: is poured.
            held: its room; None when it was given up, then there is room for it or not.
            beat: is called all along.
            note: writes it down.

        Raises:
            FileNotFoundError: nothing was staged.
            OddError: it has more in it than files and directories.
            RefusedError: it is not what was announced; nothing is stored.
        """
        if self._area.is_directory(upload.folder, upload.upload_name):
            made = self._directory(who, upload, beat)
            self._database.run(lambda conn: note(conn, made))
            return
        ticket = held or self.room(who, upload.name, upload.size)
        self._file(ticket, upload, beat, note, watched=held is not None)

    # ---------------------------------------------------------------------------------- within

    def _pieces(self, upload: Upload, beat: Beat) -> Iterator[Piece]:
        for piece in self._area.pieces(upload.folder, upload.upload_name):
            beat()
            yield piece

    def _file(
        self, ticket: Ticket, upload: Upload, beat: Beat, note: Note, *, watched: bool
    ) -> None:
        both = Both(algorithm(upload.checksum))
        for piece in self._pieces(upload, beat):
            self._write(ticket, piece, both, beat)
            _compare(upload, both.size, both.theirs)
            self._commit(replace(ticket, mtime=piece.mtime), both, note, watched=watched)

    def _write(self, ticket: Ticket, piece: Piece, both: Both, beat: Beat) -> None:
        """Fill and finish a part from a piece of any size."""
        sink = self._hosting.spaces.storage(ticket.space).resume(ticket.part, expected=piece.size)
        try:
            if sink.written:
                sink.cut(0)  # of a commit that was cut
            for data in piece.chunks():
                both.update(data)
                if both.size > (ticket.size or 0):
                    raise unlike()
                sink.write(data)
                beat()
            sink.finish(durable=ticket.space.durable)
        finally:
            sink.close()

    def _commit(
        self, ticket: Ticket, both: Both, note: Note | None = None, *, watched: bool = False
    ) -> None:
        self._hosting.uploads.commit(
            ticket,
            size=both.size,
            adler32=both.adler32,
            sha256=both.sha256,
            condition=ABSENT,
            also=note,
            watched=watched,
        )

    def _directory(self, who: Grant, upload: Upload, beat: Beat) -> Entry:
        """Prove all of it, then store it file by file, proving it again."""
        kind, total, digests = algorithm(upload.checksum), 0, []
        for piece in self._pieces(upload, beat):
            if piece.handle is None:
                continue
            found = hasher(kind)
            for data in piece.chunks():
                found.update(data)
                total += len(data)
                beat()
            digests.append(found.hexdigest())
        _compare(upload, total, of_directory(kind, digests))
        self.give_up(who, upload.part)
        made = self._hosting.files.make_folder(who, self._space, upload.name)
        try:
            total, digests = self._copied(who, upload, beat)
            _compare(upload, total, of_directory(kind, digests))
        except BaseException:
            self._hosting.files.remove(who, self._space, upload.name)
            raise
        return made

    def _copied(self, who: Grant, upload: Upload, beat: Beat) -> tuple[int, list[str]]:
        kind, total, digests = algorithm(upload.checksum), 0, []
        waiting: list[Small] = []
        weight = 0
        for piece in self._pieces(upload, beat):
            path, both = f"{upload.name}/{piece.path}", Both(kind)
            if piece.handle is None:
                self._hosting.files.make_folder(who, self._space, path)
                continue
            if piece.size <= _SMALL:
                small = _small(piece, path, both)
                waiting.append(small)
                weight += len(small.data)
            else:
                self._large(who, piece, path, both, beat)
            total += both.size
            digests.append(both.theirs)
            if len(waiting) == MOST or weight > _TOGETHER:
                self._put(who, waiting)
                waiting, weight = [], 0
        self._put(who, waiting)
        return total, digests

    def _put(self, who: Grant, files: list[Small]) -> None:
        outcomes = self._hosting.batches.put(who, self._space, files, condition=ABSENT)
        problem = next((each.problem for each in outcomes if each.problem is not None), None)
        if problem is not None:
            raise problem

    def _large(self, who: Grant, piece: Piece, path: str, both: Both, beat: Beat) -> None:
        """One that is too large to be held in memory."""
        ticket = self.room(who, path, piece.size)
        try:
            # One that grew or shrank is told by the digest of the whole.
            self._write(ticket, piece, both, beat)
            self._commit(replace(ticket, mtime=piece.mtime), both)
        except BaseException:
            self._hosting.uploads.abort(ticket)
            raise


def as_file(upload: Upload, made: Entry, who: Grant, *, now: datetime) -> NewFile:
    """What is written down of an upload that was stored."""
    return NewFile(
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


def _small(piece: Piece, path: str, both: Both) -> Small:
    data = b"".join(piece.chunks())
    if len(data) > 2 * _SMALL:
        raise ConflictError(f"{piece.path!r} grows while it is read.")
    both.update(data)
    return Small(path, data, both.adler32, both.sha256, piece.mtime)


def _compare(upload: Upload, size: int, digest: str) -> None:
    """Whether what came is what was announced.

    Raises:
        RefusedError: no.
    """
    if size != upload.size or digest != digits(upload.checksum).lower():
        raise unlike()
