"""PUT: bytes stream to the part and through both digests, and become the file at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Condition, Hosting, Sink, Ticket
from waystation.domains.quotas.door import OverQuotaError
from waystation.interfaces.dav.digests import Hasher
from waystation.interfaces.dav.waiting import far, write
from waystation.interfaces.mouths import Message, Receive
from waystation.kernel.errors import MalformedError

GATHER = 2**18
"""Bytes that are written and hashed together."""

AHEAD = 2**26
"""Bytes that are reserved at a time while nobody knows how many will come."""

PROOF_S = 60.0
"""How often the row of an upload is told that bytes still come."""

SILENCE_S = 120.0
"""A client that sends nothing for so long is gone."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a sender says of the file before its bytes.

    Attributes:
        size: bytes; None when not said.
        digests: by name.
        condition: when it may be stored.
    """

    size: int | None
    digests: dict[str, bytes]
    condition: Condition


async def take(
    hosting: Hosting, ticket: Ticket, receive: Receive, told: Announced
) -> tuple[Entry, bool]:
    """Receive the bytes of an upload that has begun, and commit it; whether the file is new.

    Whatever goes wrong, the upload is given up and what it reserved is free again.
    """
    try:
        storage = hosting.spaces.storage(ticket.space)
        sink = await far(storage.receive, ticket.part, expected=told.size)
        try:
            size, hasher = await _pour(hosting, ticket, receive, told, sink)
            adler32, sha256 = hasher.result()
            await far(sink.finish, durable=ticket.space.durable)
        finally:
            await write(storage, sink.close)
        return await asyncio.to_thread(
            hosting.uploads.commit,
            ticket,
            size=size,
            adler32=adler32,
            sha256=sha256,
            condition=told.condition,
        )
    except BaseException:
        # Also when the client or this process is told to go: nothing is left behind.
        await asyncio.shield(asyncio.to_thread(hosting.uploads.abort, ticket))
        raise


async def _pour(
    hosting: Hosting, ticket: Ticket, receive: Receive, told: Announced, sink: Sink
) -> tuple[int, Hasher]:
    """Write what comes, reserving and proving life on the way; how many bytes."""
    hasher, size, held, proved = Hasher(told.digests), 0, ticket.held_bytes, monotonic()
    storage = hosting.spaces.storage(ticket.space)
    async for data in gathered(receive):
        size += len(data)
        if told.size is not None and size > told.size:
            raise MalformedError("More bytes came than Content-Length said.")
        if size > held or monotonic() - proved > PROOF_S:
            more = max(0, size - held)
            held, proved = held + await _more(hosting, ticket, more), monotonic()
        await write(storage, sink.write, data)
        hasher.update(data)
    if told.size is not None and size < told.size:
        raise MalformedError(f"{told.size:,} bytes were announced and {size:,} came.")
    return size, hasher


async def _more(hosting: Hosting, ticket: Ticket, needed: int) -> int:
    """Reserve ahead; near a limit only what is here already. How many bytes were reserved.

    Raises:
        OverQuotaError: not even those may come.
    """
    ahead = -(-needed // AHEAD) * AHEAD
    try:
        await asyncio.to_thread(hosting.uploads.more, ticket, ahead)
    except OverQuotaError:
        if not needed:
            raise
        await asyncio.to_thread(hosting.uploads.more, ticket, needed)
        return needed
    return ahead


async def gathered(receive: Receive, *, silence_s: float = SILENCE_S) -> AsyncIterator[bytes]:
    """The body in pieces that are worth a system call; of one that ends early all that came.

    Raises:
        MalformedError: it ended early, or nothing came for so long.
    """
    parts: list[bytes] = []
    waiting = 0
    more = True
    while more:
        message = await _next(receive, silence_s)
        if message["type"] == "http.disconnect":
            if parts:
                yield b"".join(parts)
            raise MalformedError("The body ended early.")
        part = message.get("body", b"")
        assert isinstance(part, bytes)
        more = bool(message.get("more_body"))
        parts.append(part)
        waiting += len(part)
        if waiting >= GATHER or not more:
            yield parts[0] if len(parts) == 1 else b"".join(parts)
            parts, waiting = [], 0


async def _next(receive: Receive, silence_s: float) -> Message:
    try:
        async with asyncio.timeout(silence_s):  # `wait_for` would make a task for each piece
            return await receive()
    except TimeoutError:
        return {"type": "http.disconnect"}
