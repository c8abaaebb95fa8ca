"""PROPFIND: what is there, a page at a time however large the folder is."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.door import Hosting, Locality, Space
from waystation.interfaces.dav import xml
from waystation.interfaces.dav.asking import PREFIX
from waystation.interfaces.hot.reply import Send

Names = list[tuple[str, str]] | None

# SRM 2.2 section 2.3.10 (TFileLocality), as dCache answers it by WebDAV.
_SRM = {
    Locality.DISK: "ONLINE",
    Locality.BOTH: "ONLINE_AND_NEARLINE",
    Locality.TAPE: "NEARLINE",
    Locality.LOST: "LOST",
    Locality.UNKNOWN: "UNAVAILABLE",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a PROPFIND is about: a file or folder at a path of a space."""

    space: Space
    path: str
    entry: Entry


async def entry(send: Send, hosting: Hosting, found: Found, names: Names, *, inside: bool) -> None:
    """Tell of a file or folder, and of what is in the folder."""
    at, top = f"{PREFIX}/{found.space.name}/{found.path}".rstrip("/"), found.entry
    above = "/".join(found.path.strip("/").split("/")[:-1])
    kept = await asyncio.to_thread(_beside, hosting, found.space, above, [top], names)
    first = xml.response(f"{at}/" if top.folder else at, top, names, kept.get(top.id, {}))
    await _begin(send)
    await _more(send, [xml.HEAD, first])
    after: tuple[EntryKind, str] | None = None
    while inside and top.folder:
        page = await asyncio.to_thread(hosting.files.page, top, after=after)
        if not page:
            break
        after = (page[-1].kind, page[-1].name)
        kept = await asyncio.to_thread(_beside, hosting, found.space, found.path, page, names)
        parts = [xml.response(_below(at, e), e, names, kept.get(e.id, {})) for e in page]
        await _more(send, parts)
    await send({"type": "http.response.body", "body": xml.TAIL})


async def spaces(send: Send, hosting: Hosting, who: Grant, names: Names, *, inside: bool) -> None:
    """Tell of the caller's spaces as if they were folders of one."""
    standings = await asyncio.to_thread(hosting.spaces.mine, who) if inside else []
    top = _folder("", 0)
    answers = [xml.response(f"{PREFIX}/", top, names, {})]
    answers += [
        xml.response(f"{PREFIX}/{each.space.name}/", _space(each.space), names, {})
        for each in standings
    ]
    await _begin(send)
    await _more(send, [xml.HEAD, *answers])
    await send({"type": "http.response.body", "body": xml.TAIL})


async def whole(send: Send, answer: bytes) -> None:
    """A short answer in one piece."""
    await _begin(send)
    await send({"type": "http.response.body", "body": answer})


def _beside(
    hosting: Hosting, space: Space, folder: str, page: list[Entry], names: Names
) -> dict[int, dict[str, str]]:
    """What is told of entries beside their rows; where they are only to who asks for that."""
    kept = hosting.files.properties(page)
    if names is not None and xml.LOCALITY in names:
        for entry_id, where in hosting.files.localities(space, folder, page).items():
            kept.setdefault(entry_id, {})[xml.joined(xml.LOCALITY)] = _SRM[where]
    return kept


def _below(at: str, each: Entry) -> str:
    return f"{at}/{each.name}/" if each.folder else f"{at}/{each.name}"


def _space(space: Space) -> Entry:
    return _folder(space.name, space.root_id)


def _folder(name: str, number: int) -> Entry:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return Entry(number, 0, name, EntryKind.FOLDER, 0, None, None, start, start, 1, 0, 0, 0)


async def _begin(send: Send) -> None:
    headers = [(b"content-type", b'application/xml; charset="utf-8"'), (b"dav", b"1")]
    await send({"type": "http.response.start", "status": 207, "headers": headers})


async def _more(send: Send, parts: Iterable[bytes]) -> None:
    await send({"type": "http.response.body", "body": b"".join(parts), "more_body": True})
