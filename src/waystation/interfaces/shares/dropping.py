"""Files that visitors put into a drop box: never in place of another, never listed."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import ALWAYS, names
from waystation.domains.sharing.door import Visit
from waystation.interfaces.dav import asking as dav
from waystation.interfaces.dav.digests import Sums, announced
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.hot import capabilities
from waystation.interfaces.hot.reply import send_json
from waystation.interfaces.mouths import Headers, Message, Receive, Scope, Send
from waystation.interfaces.services import Services
from waystation.interfaces.shares import asking
from waystation.interfaces.tus.multipart import Form
from waystation.kernel.errors import ForbiddenError, MalformedError, WaystationError

log = logging.getLogger(__name__)
MOST_FILES = 1_000
"""In one form."""


@dataclass(frozen=True, slots=True)
class Box:
    """A drop box at one request.

    Attributes:
        house: the services.
        visit: the link.
        scope: of the request.
    """

    house: Services
    visit: Visit
    scope: Scope

    async def put(self, path: str, receive: Receive, send: Send) -> None:
        """PUT: one file, streamed; the answer says under which name it is kept."""
        headers: Headers = self.scope["headers"]  # type: ignore[assignment]
        if b"content-range" in dict(headers):
            raise MalformedError("A part of a file cannot be put.", advice="Send it whole.")
        told = Announced(dav.length(headers), announced(headers), ALWAYS)
        made = await self._store(path, receive, told)
        sums = Sums(made.adler32, made.sha256)
        answer = {"name": made.name, "bytes": made.size, "sha256": (made.sha256 or b"").hex()}
        await send_json(send, answer, 201, [(b"repr-digest", sums.rfc9530().encode())])

    async def form(self, secret: str, receive: Receive, send: Send) -> None:
        """POST by a browser's form: its files, then back to the page, which says what came."""
        headers: Headers = self.scope["headers"]  # type: ignore[assignment]
        told: dict[str, str] = {}
        stored = 0
        try:
            fields = Form(dict(headers).get(b"content-type", b""), receive)
            while (field := await fields.next()) is not None:
                if not field.filename:
                    continue
                if stored >= MOST_FILES:
                    raise MalformedError(f"At most {MOST_FILES} files come in one form.")
                name = field.filename.replace("\\", "/").rpartition("/")[2]
                await self._store(name, _as_body(fields), Announced(None, {}, ALWAYS))
                stored += 1
            if not stored:
                raise MalformedError("The form has no file.")
        except WaystationError as refusal:
            told["problem"] = refusal.code
        if stored:
            told["stored"] = str(stored)
        await lead(send, secret, told)

    async def _store(self, path: str, receive: Receive, told: Announced) -> Entry:
        """Receive one file into the box.

        Raises:
            ForbiddenError: the link is no drop box.
            MalformedError: the path is no name.
        """
        visit, house = self.visit, self.house
        if not visit.share.drop_box:
            raise ForbiddenError("Nothing is put in by this link.")
        given = names(path)
        if len(given) != 1:
            raise MalformedError(
                "A file needs a name, and no folders.", advice="curl -T FILE URL/"
            )
        where = "/".join([*names(visit.path), *given])
        ticket = await asyncio.to_thread(
            house.hosting.uploads.begin,
            visit.who,
            visit.space.name,
            where,
            bytes_=told.size,
            aside=True,
        )
        made, _ = await take(house.hosting, ticket, receive, told)
        client = asking.client(house.capability_key, self.scope)
        # A link that was revoked while the file came is not counted; the file stays.
        with suppress(ForbiddenError):
            await asyncio.to_thread(house.sharing.use, visit, made.id, client)
        words = "link %d: %s stored in %s, %d bytes, from %s"
        source = capabilities.address(self.scope)
        log.info(words, visit.share.id, made.name, visit.space.name, made.size, source)
        return made


async def lead(send: Send, secret: str, told: dict[str, str]) -> None:
    """Lead a browser back to the page of the link."""
    query = f"?{urlencode(told)}" if told else ""
    headers = [
        (b"location", f"{asking.PREFIX}{quote(secret, safe='')}{query}".encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _as_body(fields: Form) -> Receive:
    """The file of a form as if it were a body of its own."""
    pieces = fields.data()

    async def receive() -> Message:
        data = await anext(pieces, None)
        return {"type": "http.request", "body": data or b"", "more_body": data is not None}

    return receive
