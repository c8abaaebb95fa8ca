"""The calls of the WLCG Tape REST API v1 as the hot lane serves them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import partial
from uuid import UUID

from waystation.domains.accounts.door import Scope as Right
from waystation.domains.accounts.door import Verb
from waystation.domains.staging.door import items
from waystation.interfaces import credentials
from waystation.interfaces.dialects.wlcg_tape import store, translate
from waystation.interfaces.dialects.wlcg_tape.asking import Asking, Terms, owned
from waystation.interfaces.dialects.wlcg_tape.held import Held
from waystation.interfaces.dialects.wlcg_tape.patience import patient
from waystation.interfaces.dialects.wlcg_tape.translate import Items
from waystation.interfaces.dialects.wlcg_tape.wire import (
    Discovery,
    Endpoint,
    PathsAsked,
    StageAsked,
    Staged,
)
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import Receive, Scope, Send, send_empty, send_json
from waystation.interfaces.mouths import Handler, Headers
from waystation.kernel.database import Row
from waystation.kernel.errors import MalformedError, NotFoundError

BASE = "/api/tape/v1"
DISCOVERY = "/.well-known/wlcg-tape-rest-api"
_DESCRIPTION = "Waystation: files on tape, brought online on request"
# A path may have 2,000 bytes, three times that when every one is escaped, and its metadata.
_BYTES_A_FILE = 8_000
_LOOKS = 4
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")

Call = Callable[[Held, str, Receive, Send, Scope], Awaitable[None]]


class WlcgTape:
    """One process' mouth for it."""

    def __init__(self, desk: Desk, terms: Terms) -> None:
        self._desk = desk
        self._terms = terms
        self._asking = Asking(desk.house, terms)
        # A tape system that hangs holds up who asks about its files, not who stages some.
        self._tapes = ThreadPoolExecutor(_LOOKS, "archiveinfo")
        self._calls: tuple[tuple[re.Pattern[str], Mapping[str, tuple[Right, Call]]], ...] = (
            (re.compile("/stage"), {"POST": (Right.STAGE, self._stage)}),
            (
                re.compile("/stage/([^/]+)"),
                {"GET": (Right.READ, self._poll), "DELETE": (Right.STAGE, self._delete)},
            ),
            (re.compile("/stage/([^/]+)/cancel"), {"POST": (Right.STAGE, self._cancel)}),
            (re.compile("/release/([^/]+)"), {"POST": (Right.STAGE, self._release)}),
            (re.compile("/archiveinfo"), {"POST": (Right.READ, self._archive_info)}),
        )

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """Everything below our base, with or without a slash at its end, and the discovery."""
        del headers
        if path == DISCOVERY and method == "GET":
            return self._discovery
        if not f"{path}/".startswith(f"{BASE}/"):
            return None
        rest = path.removeprefix(BASE).removesuffix("/")
        for form, verbs in self._calls:
            found = form.fullmatch(rest)
            if found is None:
                continue
            if method not in verbs:
                return _wrong_verb(method, sorted(verbs))
            right, call = verbs[method]
            return self._handler(right, call, found[1] if form.groups else "")
        return _nothing

    def _handler(self, right: Right, call: Call, name: str) -> Handler:
        """The order of refusals is the reference's: who (401), may (403), then what (400, 404)."""

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            writes = right != Right.READ
            who = await patient(lambda: self._desk.callers.of(scope, writes=writes, limited=True))
            await call(Held.of(who, right), name, receive, send, scope)

        return handle

    async def _discovery(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open to everybody: clients ask before they choose a credential."""
        del receive
        here = Endpoint(self._uri(scope), "v1", {})
        await send_json(send, Discovery(self._terms.sitename, _DESCRIPTION, [here]))

    async def _stage(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        del name
        uri = self._uri(scope)
        asked = bodies.parse(await self._body(receive, scope), StageAsked)
        made = await asyncio.to_thread(self._asking.stage, held, asked)
        where = f"{uri}/stage/{made}".encode()
        await send_json(send, Staged(str(made)), 201, [(b"location", where)])

    async def _poll(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        """One row of this dialect and one page of items: a few milliseconds for 200 files."""
        del receive, scope
        request_id = _id(name)

        async def look() -> tuple[Row, dict[int, Items]]:
            pool = self._desk.pool
            found = await pool.rows(store.one(request_id))
            row = owned(found[0] if found else None, held.who, request_id)
            held.need((entry.path for entry in store.entries(row)), Verb.LIST)
            mine = row["requests"]
            assert isinstance(mine, list)
            seen: dict[int, Items] = {}
            for each in dict.fromkeys(number for number in mine if number):
                page = items.page(each, after=0, limit=len(mine), state=None)
                seen[each] = {view.n: view for view in map(items.item, await pool.rows(page))}
            return row, seen

        row, seen = await patient(look)
        created = row["created"]
        assert isinstance(created, datetime)
        answer = translate.status(str(request_id), created, store.entries(row), seen)
        await send_json(send, answer)

    async def _delete(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        del receive, scope
        await asyncio.to_thread(self._asking.delete, held, _id(name))
        await send_empty(send)

    async def _cancel(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        paths = await self._paths(receive, scope)
        await asyncio.to_thread(self._asking.cancel, held, _id(name), paths)
        await send_empty(send)

    async def _release(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        paths = await self._paths(receive, scope)
        await asyncio.to_thread(self._asking.release, held, _maybe_id(name), paths)
        await send_empty(send)

    async def _archive_info(
        self, held: Held, name: str, receive: Receive, send: Send, scope: Scope
    ) -> None:
        del name
        paths = await self._paths(receive, scope)
        look = partial(copy_context().run, self._asking.archive_info, held, paths)
        told = await asyncio.get_running_loop().run_in_executor(self._tapes, look)
        await send_json(send, told)

    async def _paths(self, receive: Receive, scope: Scope) -> list[str]:
        asked = bodies.parse(await self._body(receive, scope), PathsAsked)
        if asked.paths is not None:
            return asked.paths
        if asked.files is None:
            raise MalformedError("The body names no paths.", advice='Send {"paths": [...]}.')
        return [file.path for file in asked.files]

    async def _body(self, receive: Receive, scope: Scope) -> bytes:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        announced = next((v for k, v in headers if k == b"content-length"), b"0")
        limit = min(self._desk.house.max_body_bytes, self._terms.max_files * _BYTES_A_FILE)
        return await bodies.read(receive, limit, announced=int(announced))

    def _uri(self, scope: Scope) -> str:
        """Our base as this client reaches it: clients go on at the address that they are told."""
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        host = next((v for k, v in headers if k == b"host"), b"").decode("latin-1")
        direct = credentials.of(scope) is not None or scope.get("scheme") == "https"
        if self._terms.url is not None and not direct:
            return self._terms.url.rstrip("/") + BASE
        if not _HOST.fullmatch(host):
            raise MalformedError("The Host header is missing or no host.")
        secure = direct or self._desk.house.secure
        return f"{'https' if secure else 'http'}://{host}{BASE}"


def make(terms: Terms) -> MakeMouth:
    """What the lane makes its mouth with."""
    return lambda desk: WlcgTape(desk, terms)


def _id(name: str) -> UUID:
    found = _maybe_id(name)
    if found is None:
        raise NotFoundError(f"There is no stage request {name[:100]!r}.")
    return found


def _maybe_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _wrong_verb(method: str, verbs: list[str]) -> Handler:
    async def refuse(*_: object) -> None:
        raise WrongVerbError(f"{method} does nothing here.", advice=f"Use {' or '.join(verbs)}.")

    return refuse


async def _nothing(*_: object) -> None:
    raise NotFoundError("There is no such call.", advice=f"Ask {DISCOVERY} where they are.")
