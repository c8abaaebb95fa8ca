"""Files of the caller's own space: taken, given back, listed, deleted."""

import asyncio
import logging
from urllib.parse import parse_qsl

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import ALWAYS, Space
from waystation.interfaces import credentials
from waystation.interfaces.dav import asking, giving
from waystation.interfaces.dav.digests import Sums
from waystation.interfaces.dav.taking import SILENCE_S, Announced, take
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.dialects.datahost import multipart, translate
from waystation.interfaces.dialects.datahost.callers import caller
from waystation.interfaces.dialects.datahost.form import FILE, MOST_BESIDE, Form
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.hot.reply import send_json
from waystation.interfaces.mouths import Headers, Receive, Scope, Send
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError

log = logging.getLogger(__name__)

MOST_FORM = 65_536
"""Bytes of a form without a file."""

MOST_FIELDS = 16
PAGE = 500


class Files:
    """The calls that move files; `space` is the template of the settings."""

    def __init__(self, desk: Desk, space: str) -> None:
        self._desk = desk
        self._hosting = desk.house.hosting
        self._space = space

    async def transmit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST transmit: a form with `file2xmit` and `username`, in any order."""
        who = await caller(self._desk, scope, writes=True)
        headers: Headers = scope["headers"]  # type: ignore[assignment]

        def look(name: str, value: str) -> None:
            if name == "username":
                translate.own_name(value, who.name)

        mark = multipart.boundary(dict(headers).get(b"content-type", b"").decode("latin-1"))
        form = Form(receive, mark, look)
        name = translate.stored_name(await _begun(form))
        # So many bytes the file has at least: who has no room for them hears it before they come.
        least = max(0, (asking.length(headers) or 0) - MOST_BESIDE)
        ticket = await asyncio.to_thread(
            self._hosting.uploads.begin, who, self._name(who), name, bytes_=least
        )
        made, _ = await take(self._hosting, ticket, form.receive, Announced(None, {}, ALWAYS))
        self._note(scope, who, "stored", made)
        sums = Sums(made.adler32, made.sha256)
        more = [
            (b"etag", made.etag.encode()),
            (b"repr-digest", sums.rfc9530().encode()),
            (b"digest", sums.rfc3230().encode()),
        ]
        told = {"filename": made.name, "bytes": made.size, "sha256": _hex(made)}
        await send_json(send, told, more=more)

    async def receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET, HEAD or POST receive: the file that `filename` names, in query or form."""
        who = await caller(self._desk, scope, writes=False)
        fields = await self._fields(scope, receive, who)
        path = _needed(fields)
        space, entry = await self._look(who, path)
        storage = self._hosting.spaces.storage(space)
        try:
            file = await far(storage.open, path, entry)
        except FileNotFoundError as problem:
            raise NotFoundError(
                "The file is not on the disk any more.", advice="Tell the operators."
            ) from problem
        with file:
            headers: Headers = scope["headers"]  # type: ignore[assignment]
            self._note(scope, who, "fetched", entry)
            shown = giving.face(entry, file, nearline=storage.nearline)
            # Ranges and conditions are of GET; an old client's form gets the whole file.
            asked = [] if scope["method"] == "POST" else headers
            await giving.give(send, asked, file, shown, body=scope["method"] != "HEAD")

    async def list(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET list: a page of a folder, folders first; `next` says where the next page begins."""
        who = await caller(self._desk, scope, writes=False)
        fields = await self._fields(scope, receive, who)
        files, name = self._hosting.files, self._name(who)
        _, folder = await asyncio.to_thread(files.look, who, name, fields.get("folder", ""))
        if not folder.folder:
            raise MalformedError("That is a file.", advice="datahost-get fetches it.")
        after = translate.marked(fields.get("after", ""))
        found = await asyncio.to_thread(files.page, folder, after=after, limit=PAGE)
        next_ = translate.mark(found[-1]) if len(found) == PAGE else None
        told = {"files": [translate.listed(e) for e in found], "next": next_, "space": name}
        await send_json(send, told)

    async def delete(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST delete: the file that `filename` names goes to the space's trash."""
        who = await caller(self._desk, scope, writes=True)
        path = _needed(await self._fields(scope, receive, who))
        _, entry = await self._look(who, path)
        await asyncio.to_thread(self._hosting.files.remove, who, self._name(who), path)
        self._note(scope, who, "deleted", entry)
        await send_json(send, {"filename": path})

    async def _look(self, who: Grant, path: str) -> tuple[Space, Entry]:
        """A file of the caller's space.

        Raises:
            ConflictError: it is a folder.
        """
        files = self._hosting.files
        space, entry = await asyncio.to_thread(files.look, who, self._name(who), path)
        if entry.folder:
            raise ConflictError(f"{path!r} is a folder.", advice="Name a file in it.")
        return space, entry

    async def _fields(self, scope: Scope, receive: Receive, who: Grant) -> dict[str, str]:
        """Query and form as one; the form counts. Whoever they name must be the caller."""
        query = scope["query_string"]
        assert isinstance(query, bytes)
        found = _decoded(query)
        if scope["method"] == "POST":
            found |= await self._form(scope, receive)
        if "username" in found:
            translate.own_name(found["username"], who.name)
        return found

    async def _form(self, scope: Scope, receive: Receive) -> dict[str, str]:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        media = dict(headers).get(b"content-type", b"").decode("latin-1")
        if not media.lower().startswith("multipart/"):
            return _decoded(await bodies.read(receive, MOST_FORM))
        found: dict[str, str] = {}
        form = Form(receive, multipart.boundary(media), found.__setitem__)
        if await form.file() is not None:
            raise MalformedError("No file is taken here.", advice="Send it to transmit/.")
        return found

    def _name(self, who: Grant) -> str:
        return translate.space_of(self._space, who.name)

    def _note(self, scope: Scope, who: Grant, did: str, entry: Entry) -> None:
        """Who did what, by which credential and from where: for whoever has to trace it."""
        shown, client = credentials.of(scope), scope.get("client")
        source = client[0] if isinstance(client, tuple | list) and client else "nowhere"
        by = (
            " with ".join(filter(None, [shown.subject if shown else "", who.token])) or "a session"
        )
        words = "datahost: %s (%s) %s %s, %d bytes, from %s"
        log.info(words, who.name, by, did, entry.name, entry.size, source)


async def _begun(form: Form) -> str:
    """Read a form up to its file; the name that it came with.

    Raises:
        MalformedError: there is none, or nothing comes.
    """
    try:
        part = await asyncio.wait_for(form.file(), SILENCE_S)
    except TimeoutError as silent:
        raise MalformedError(f"Nothing came for {SILENCE_S:.0f} seconds.") from silent
    if part is None or part.filename is None:
        raise MalformedError(f"The form has no file in the field {FILE}.")
    return part.filename


def _decoded(text: bytes) -> dict[str, str]:
    """Fields of a query or of a form without parts.

    Raises:
        MalformedError: too many, or no text.
    """
    try:
        found = parse_qsl(
            text.decode(),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError as problem:
        raise MalformedError(
            "The fields cannot be read.", advice="Encode them as UTF-8."
        ) from problem
    return dict(found)


def _needed(fields: dict[str, str]) -> str:
    """The file that is meant.

    Raises:
        MalformedError: none is named.
    """
    path = fields.get("filename", "")
    if not path.strip("/"):
        raise MalformedError("Which file? Send `filename`.")
    return path


def _hex(entry: Entry) -> str | None:
    return entry.sha256.hex() if entry.sha256 is not None else None
