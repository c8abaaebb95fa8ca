"""COPY within this server: each file's bytes are read, hashed and stored like an upload's."""

import asyncio

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.door import (
    ALWAYS,
    Hosting,
    PreconditionError,
    Reader,
    Space,
)
from waystation.interfaces.dav.asking import Where
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.mouths import Message, Receive
from waystation.kernel.errors import ConflictError, NotFoundError

CHUNK = 2**20


async def copy(
    hosting: Hosting,
    who: Grant,
    source: tuple[Space, str, Entry],
    target: Where,
    *,
    overwrite: bool,
    inside: bool,
) -> bool:
    """Copy a file, or a folder with all that is in it; True when nothing was there before.

    Args:
        hosting: the subject.
        who: copies; may read the source and write in the space of the target.
        source: space, path in it, and what is there.
        target: space and path.
        overwrite: what is at the target may go (to the trash).
        inside: also what is in a folder.

    Raises:
        ConflictError: a folder would be copied into itself.
        PreconditionError: something is at the target and may not go.
        NoParentError: the folder of the target is not there.
    """
    space, path, entry = source
    old, new = path.strip("/"), Where(target.space, target.path.strip("/"))
    inner = entry.folder and new.path.startswith(f"{old}/")
    if space.name == new.space and (old == new.path or inner):
        raise ConflictError("It cannot be copied onto or into itself.")
    fresh = await _make_room(hosting, who, new, overwrite=overwrite)
    await _copy(hosting, who, (space, old, entry), new, inside=inside)
    return fresh


async def _make_room(hosting: Hosting, who: Grant, target: Where, *, overwrite: bool) -> bool:
    try:
        await asyncio.to_thread(hosting.files.look, who, target.space, target.path, content=False)
    except NotFoundError:
        return True
    if not overwrite:
        raise PreconditionError("There is something of that name already.")
    await asyncio.to_thread(hosting.files.remove, who, target.space, target.path)
    return False


async def _copy(
    hosting: Hosting, who: Grant, source: tuple[Space, str, Entry], target: Where, *, inside: bool
) -> None:
    space, path, entry = source
    if not entry.folder:
        made = await _copy_file(hosting, who, source, target)
        await asyncio.to_thread(hosting.files.copy_properties, entry, made)
        return
    made = await asyncio.to_thread(hosting.files.make_folder, who, target.space, target.path)
    await asyncio.to_thread(hosting.files.copy_properties, entry, made)
    after: tuple[EntryKind, str] | None = None
    while inside and (page := await asyncio.to_thread(hosting.files.page, entry, after=after)):
        after = (page[-1].kind, page[-1].name)
        for each in page:
            inner = (space, f"{path}/{each.name}", each)
            below = Where(target.space, f"{target.path}/{each.name}")
            await _copy(hosting, who, inner, below, inside=True)


async def _copy_file(
    hosting: Hosting, who: Grant, source: tuple[Space, str, Entry], target: Where
) -> Entry:
    space, path, entry = source
    digests = {"sha256": entry.sha256} if entry.sha256 is not None else {}
    storage = hosting.spaces.storage(space)
    with await far(storage.open, path, entry) as file:
        ticket = await asyncio.to_thread(
            hosting.uploads.begin,
            who,
            target.space,
            target.path,
            bytes_=entry.size,
            mtime=entry.mtime,
        )
        told = Announced(entry.size, digests, ALWAYS)
        made, _ = await take(hosting, ticket, _body(file), told)
        return made


def _body(file: Reader) -> Receive:
    """A file as the body of a request."""

    async def receive() -> Message:
        data = await far(file.read, CHUNK)
        return {"type": "http.request", "body": data, "more_body": bool(data)}

    return receive
