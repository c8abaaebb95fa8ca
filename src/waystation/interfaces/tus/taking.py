"""Pieces of an upload: written behind what is there, proved, and stored when all is there.

One request writes at a time: the part is locked (`Storage.resume`) until it, or its process,
ends. Only then the offset is looked at, so that nobody's bytes are cut off by somebody late.
"""

import asyncio
import hashlib
from dataclasses import dataclass

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import (
    ChunkMismatchError,
    Hosting,
    Pending,
    Received,
    Resumed,
    Storage,
)
from waystation.interfaces.dav.digests import Hasher
from waystation.interfaces.dav.taking import gathered
from waystation.interfaces.dav.waiting import far, write
from waystation.interfaces.mouths import Receive
from waystation.interfaces.tus.asking import Checksum, Where
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError, TooLargeError

REREAD = 2**20
SILENCE_S = 20.0
"""Who sends nothing for so long has lost us, and will come back; the lock is free for that."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What a request says of the bytes that come with it.

    Attributes:
        offset: of the first byte.
        length: bytes; None when not said.
        checksum: of them.
    """

    offset: int
    length: int | None
    checksum: Checksum | None


@dataclass(slots=True)
class Held:
    """An upload that is ours alone.

    Attributes:
        pending: the upload.
        storage: that its part is in.
        sink: its part, locked, and cut to the good bytes.
        offset: how many those are.
        hasher: has seen all bytes so far; None when some came in another request.
    """

    pending: Pending
    storage: Storage
    sink: Resumed
    offset: int
    hasher: Hasher | None = None

    @property
    def whole(self) -> bool:
        """All bytes are there."""
        return self.offset == self.pending.size

    async def close(self) -> None:
        """Others may have it."""
        await write(self.storage, self.sink.close)


async def hold(hosting: Hosting, who: Grant, at: Where) -> Held | Received:
    """Take an upload for this request alone; the caller closes its sink.

    Raises:
        NotFoundError: there is none, or it is another's.
        BusyError: another request has it.
    """
    part = f"{at.name}.part"
    found = await asyncio.to_thread(hosting.resuming.find, who, at.space, part)
    if isinstance(found, Received):
        return found
    storage = hosting.spaces.storage(found.ticket.space)
    sink = await far(storage.resume, part, expected=found.size)
    try:
        # Once more, now that nobody else can change it.
        found = await asyncio.to_thread(hosting.resuming.find, who, at.space, part)
        if isinstance(found, Pending):
            doubtful = found.doubtful_from
            if doubtful is not None and doubtful < sink.written:
                await write(storage, sink.cut, doubtful)
            return Held(found, storage, sink, sink.written)
    except NotFoundError:
        await write(storage, sink.close)
        await write(storage, storage.discard, part)
        raise
    except BaseException:
        await write(storage, sink.close)
        raise
    # Another request stored it before we had the lock: what we hold is a new, empty part.
    await write(storage, sink.close)
    await write(storage, storage.discard, part)
    return found


async def pour(hosting: Hosting, held: Held, receive: Receive, piece: Piece) -> None:
    """Write a piece. Of one that ends early without a checksum, what came stays.

    Raises:
        ConflictError: the piece is not the next one.
        TooLargeError: it is longer than what is left.
        ChunkMismatchError: it is not what was announced.
        MalformedError: it ended early.
    """
    if piece.offset != held.offset:
        raise ConflictError(
            f"{held.offset:,} bytes are here, and the piece begins at {piece.offset:,}.",
            advice="Ask by HEAD how far it came, and go on from there.",
        )
    size, start = held.pending.size, held.offset
    if start + (piece.length or 0) > size:
        raise _too_long(size)
    doubtful = start if piece.checksum else None
    await asyncio.to_thread(hosting.resuming.comes, held.pending, doubtful_from=doubtful)
    if start == 0 and piece.length in {None, size}:
        held.hasher = Hasher({})
    try:
        await _write(held, receive, piece)
    except (ChunkMismatchError, TooLargeError):
        await write(held.storage, held.sink.cut, start)
        await asyncio.to_thread(hosting.resuming.comes, held.pending)
        raise
    if held.pending.ticket.space.durable:
        await far(held.sink.sync)
    if doubtful is not None:
        await asyncio.to_thread(hosting.resuming.comes, held.pending)


async def store(hosting: Hosting, held: Held) -> tuple[Entry, bool]:
    """All bytes are there: make the file, and say whether it is new.

    Raises:
        PreconditionError, NoParentError, ConflictError: it cannot be stored as things are now;
            the bytes are kept, and it is tried again when somebody asks how far it came.
    """
    ticket = held.pending.ticket
    await far(held.sink.finish, durable=ticket.space.durable)
    if held.hasher is None:
        held.hasher = await far(_digest, held)
    adler32, sha256 = held.hasher.result()
    return await asyncio.to_thread(
        hosting.uploads.commit,
        ticket,
        size=held.pending.size,
        adler32=adler32,
        sha256=sha256,
        condition=held.pending.condition,
    )


async def _write(held: Held, receive: Receive, piece: Piece) -> None:
    said, start = piece.checksum, held.offset
    proof = hashlib.new(said.algorithm, usedforsecurity=False) if said else None
    async for data in gathered(receive, silence_s=SILENCE_S):
        if held.offset + len(data) > held.pending.size:
            raise _too_long(held.pending.size)
        await write(held.storage, held.sink.write, data)
        held.offset += len(data)
        if held.hasher is not None:
            held.hasher.update(data)
        if proof is not None:
            proof.update(data)
    if piece.length is not None and held.offset - start != piece.length:
        raise MalformedError("Not as many bytes came as Content-Length said.")
    if said is not None and proof is not None and proof.digest() != said.digest:
        raise ChunkMismatchError(
            f"The {said.algorithm} of the piece is not the one that was announced.",
            advice="Send the piece again.",
        )


def _digest(held: Held) -> Hasher:
    """Read the part once more: the state of a hash cannot be kept between requests."""
    hasher = Hasher({})
    with held.storage.reread(held.pending.ticket.part) as file:
        while data := file.read(REREAD):
            hasher.update(data)
    return hasher


def _too_long(size: int) -> TooLargeError:
    return TooLargeError(f"The upload was said to have {size:,} bytes; more came.")
