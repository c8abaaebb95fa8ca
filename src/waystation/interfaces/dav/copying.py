"""COPY within a space: each file's bytes are read, hashed and stored like an upload's."""

import asyncio
from typing import BinaryIO

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.door import ALWAYS, Hosting, PreconditionError, Space
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.mouths import Message, Receive
from waystation.kernel.errors import ConflictError, NotFoundError

CHUNK = 2**20


async def copy(
    hosting: Hosting,
    who: Grant,
    source: tuple[Space, str, Entry],
    target: str,
    *,
    overwrite: bool,
    inside: bool,
) -> bool:
    """Copy a file, or a folder with all that is in it; True when nothing was there before.

    Args:
        hosting: the subject.
        who: copies; may read the source and write in its space.
        source: space, path in it, and what is there.
        target: path in the same space.
        overwrite: what is at the target may go (to the trash).
        inside: also what is in a folder.

    Raises:
        ConflictError: a folder would be copied into itself.
        PreconditionError: something is at the target and may not go.
        NoParentError: the folder of the target is not there.
    """
    space, path, entry = source
    old, new = path.strip("/"), target.strip("/")
    if old == new or (entry.folder and new.startswith(f"{old}/")):
        raise ConflictError("It cannot be copied onto or into itself.")
    fresh = await _make_room(hosting, who, space, new, overwrite=overwrite)
    await _copy(hosting, who, (space, old, entry), new, inside=inside)
    return fresh


async def _make_room(
    hosting: Hosting, who: Grant, space: Space, target: str, *, overwrite: bool
) -> bool:
    try:
        await asyncio.to_thread(hosting.files.look, who, space.name, target)
    except NotFoundError:
        return True
    if not overwrite:
        raise PreconditionError("There is something of that name already.")
    await asyncio.to_thread(hosting.files.remove, who, space.name, target)
    return False


async def _copy(
    hosting: Hosting, who: Grant, source: tuple[Space, str, Entry], target: str, *, inside: bool
) -> None:
    space, path, entry = source
    if not entry.folder:
        made = await _copy_file(hosting, who, source, target)
        await asyncio.to_thread(hosting.files.copy_properties, entry, made)
        return
    made = await asyncio.to_thread(hosting.files.make_folder, who, space.name, target)
    await asyncio.to_thread(hosting.files.copy_properties, entry, made)
    after: tuple[EntryKind, str] | None = None
    while inside and (page := await asyncio.to_thread(hosting.files.page, entry, after=after)):
        after = (page[-1].kind, page[-1].name)
        for each in page:
            inner = (space, f"{path}/{each.name}", each)
            await _copy(hosting, who, inner, f"{target}/{each.name}", inside=True)


async def _copy_file(
    hosting: Hosting, who: Grant, source: tuple[Space, str, Entry], target: str
) -> Entry:
    space, path, entry = source
    digests = {"sha256": entry.sha256} if entry.sha256 is not None else {}
    storage = hosting.spaces.storage(space)
    with await asyncio.to_thread(storage.open, path) as file:
        ticket = await asyncio.to_thread(
            hosting.uploads.begin,
            who,
            space.name,
            target,
            bytes_=entry.size,
            mtime=entry.mtime,
        )
        told = Announced(entry.size, digests, ALWAYS)
        made, _ = await take(hosting, ticket, _reader(file), told)
        return made


def _reader(file: BinaryIO) -> Receive:
    """A file as the body of a request."""

    async def receive() -> Message:
        data = await asyncio.to_thread(file.read, CHUNK)
        return {"type": "http.request", "body": data, "more_body": bool(data)}

    return receive
