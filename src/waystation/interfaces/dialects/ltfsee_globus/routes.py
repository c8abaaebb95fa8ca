"""The calls of ltfsee_globus v0.5 as the hot lane serves them."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from waystation.domains.accounts.door import Scope as Right
from waystation.domains.catalogue.door import StoreInfo, sift
from waystation.interfaces import problems
from waystation.interfaces.dialects.ltfsee_globus import masks, swagger, validate, wording
from waystation.interfaces.dialects.ltfsee_globus.asking import Asking
from waystation.interfaces.dialects.ltfsee_globus.gathering import Call, Gatherer
from waystation.interfaces.dialects.ltfsee_globus.keys import Caller, Keys, Shared, allow
from waystation.interfaces.dialects.ltfsee_globus.recalling import Recalling
from waystation.interfaces.dialects.ltfsee_globus.translate import Reply, message
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, NotFoundError, WaystationError

log = logging.getLogger(__name__)

BASE = swagger.BASE
# A path has 2,000 bytes at most, six times that when every one is escaped; the rest is small.
_MAX_BODY = 32_768
_STORES_S = 30.0
_SLASHES = re.compile("/{2,}")
_JSON, _HTML = "application/json", "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Terms:
    """How the dialect behaves here.

    Attributes:
        store: of all its files; empty is the only one there is.
        shared: who acts for those without an account.
        libraries: what `library` may say; empty lets everything pass.
        pin_s: how long files are held after they came.
    """

    store: str
    shared: Shared = field(default_factory=Shared)
    libraries: tuple[str, ...] = ()
    pin_s: int = 172_800


class LtfseeGlobus:
    """One process' mouth for it."""

    def __init__(self, desk: Desk, terms: Terms) -> None:
        self._desk = desk
        self._terms = terms
        self._keys = Keys(desk, terms.shared)
        self._asking = Asking(desk.house, pin_s=terms.pin_s)
        self._recalling = Recalling(desk.pool, self._asking)
        self._gatherer = Gatherer(self._recalling.answer)
        self._stores: list[StoreInfo] = []
        self._stores_until = 0.0
        self._one = asyncio.Lock()
        self._calls = {
            swagger.FILE_STATE: self._file_state,
            swagger.GLOBUS_RECALL: self._globus_recall,
        }

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """Everything below our base; the old service's HTML page where there is nothing."""
        del headers
        if not f"{path}/".startswith(f"{BASE}/"):
            return None
        rest = path.removeprefix(BASE)
        if rest in self._calls:
            return _post(method, self._calls[rest])
        pages = {
            "": (308, _HTML, "", [(b"location", f"{BASE}/".encode())]),
            "/": (200, _HTML, swagger.FRONT_PAGE, []),
            "/swagger.json": (200, _JSON, _dumped(swagger.document()), []),
        }
        if rest in pages and method in {"GET", "HEAD"}:
            return _page(*pages[rest])
        return _page(404, _HTML, swagger.NOT_FOUND, [])

    async def _file_state(self, scope: Scope, receive: Receive) -> Reply:
        body, media = await _body(scope, receive)
        asked = validate.payload(body, media, required=("path",))
        caller = await self._keys.caller(scope)
        wanted = masks.wanted(_header(scope, b"x-fields"))
        where, path = await self._place(caller, asked["path"], wording.NO_FILE)
        await allow(caller, Right.READ, path, wording.NO_FILE)
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(self._recalling.tapes, self._asking.state, where, path)
        return _masked(reply, wanted)

    async def _globus_recall(self, scope: Scope, receive: Receive) -> Reply:
        body, media = await _body(scope, receive)
        asked = validate.payload(
            body, media, required=("path", "globus_taskid"), optional=("library",)
        )
        library = asked.get("library", "")
        if library and self._terms.libraries and library not in self._terms.libraries:
            known = ", ".join(self._terms.libraries)
            words = f"'{library}' is not one of the libraries {known}"
            raise validate.RefusedError(validate.invalid({"library": words}))
        caller = await self._keys.caller(scope)
        wanted = masks.wanted(_header(scope, b"x-fields"))
        where, path = await self._place(caller, asked["path"], wording.NO_ARCHIVED_FILE)
        await allow(caller, Right.STAGE, path, wording.NO_ARCHIVED_FILE)
        call = Call(caller.grant, where, path, asked["globus_taskid"], library)
        return _masked(await self._gatherer.answer(call), wanted)

    async def _place(self, caller: Caller, path: str, missing: str) -> tuple[StoreInfo, str]:
        """The store and the path in it as it is written there.

        Raises:
            ForbiddenError: the caller may not use the store.
            NotFoundError: no file of the store can have such a path.
        """
        where = await self._store()
        if where is None or not caller.grant.may_read(where.readers):
            raise ForbiddenError("This account may not use the archive.")
        # GridFTP servers put base and name together with two slashes; `eeadm` did not mind.
        good, _, _ = sift([_SLASHES.sub("/", path)], where.root)
        if not good:
            raise NotFoundError(missing)
        return where, good[0]

    async def _store(self) -> StoreInfo | None:
        """Our store, remembered for half a minute."""
        now_s = asyncio.get_running_loop().time()
        async with self._one:
            if now_s > self._stores_until:
                self._stores = await asyncio.to_thread(self._desk.house.catalogue.every_store)
                self._stores_until = now_s + _STORES_S
        name = self._terms.store
        mine = [each for each in self._stores if each.name == name or not name]
        return mine[0] if len(mine) == 1 else None


def make(terms: Terms) -> MakeMouth:
    """What the lane makes its mouth with."""
    return lambda desk: LtfseeGlobus(desk, terms)


def _post(method: str, call: Callable[[Scope, Receive], Awaitable[Reply]]) -> Handler:
    """The handler of a call that knows POST only; every error in the old service's shape."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        more = []
        if method == "OPTIONS":
            await _send(send, 200, _HTML, "", [(b"allow", b"POST, OPTIONS")])
            return
        if method != "POST":
            more = [(b"allow", b"POST, OPTIONS")]
            reply = message(405, wording.WRONG_VERB)
        else:
            reply = await _answered(call, scope, receive)
        await _send(send, reply.status, _JSON, _dumped(reply.body), more, head=method == "HEAD")

    return handle


async def _answered(
    call: Callable[[Scope, Receive], Awaitable[Reply]], scope: Scope, receive: Receive
) -> Reply:
    try:
        return await call(scope, receive)
    except validate.RefusedError as refusal:
        return Reply(400, refusal.body)
    except WaystationError as refusal:
        return message(problems.status_of(refusal.code), refusal.sentence)
    except Exception:
        log.exception("%s", scope["path"])
        return message(500, wording.BROKEN)


def _masked(reply: Reply, names: frozenset[str] | None) -> Reply:
    """Masks are for answers, not for refusals."""
    return Reply(reply.status, masks.cut(reply.body, names)) if reply.status == 201 else reply  # noqa: PLR2004 - their status of every answer


def _page(status: int, media: str, text: str, more: Sequence[tuple[bytes, bytes]]) -> Handler:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await _send(send, status, media, text, more, head=scope["method"] == "HEAD")

    return answer


async def _body(scope: Scope, receive: Receive) -> tuple[bytes, str]:
    announced = _header(scope, b"content-length")
    size = int(announced) if announced.isdecimal() else 0
    body = await bodies.read(receive, _MAX_BODY, announced=size)
    return body, _header(scope, b"content-type")


def _header(scope: Scope, name: bytes) -> str:
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    return next((value for key, value in headers if key == name), b"").decode("latin-1")


def _dumped(body: object) -> str:
    """As Python's json writes it, with a line end: what the old service sent, byte for byte."""
    return json.dumps(body) + "\n"


async def _send(
    send: Send,
    status: int,
    media: str,
    text: str,
    more: Sequence[tuple[bytes, bytes]] = (),
    *,
    head: bool = False,
) -> None:
    body = text.encode()
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", tracing.request_id.get().encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
