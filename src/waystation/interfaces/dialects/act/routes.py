"""The calls of aCT's client, at the root of the server, where its client looks for them.

GET, POST, PUT, PATCH, DELETE  /jobs                    look, make, confirm, change, clean
PUT                            /jobs/ID/data/NAME       an input (act_client 1.0)
GET                            /jobs/ID/results/PATH    what a job left (act_client 1.0)
PUT                            /data?id=&filename=      an input (server a54fdb6)
GET                            /results?id=             what a job left, as a zip (a54fdb6)
POST, PUT, DELETE              /proxies                 delegation of a grid proxy
GET                            /info                    clusters and columns
GET                            /arex/rest/1.0/jobs/actID/session/NAME    what `act cat` asks

Pages have some of these paths too: what a browser asks is theirs.
"""

import asyncio
import contextvars
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qsl

import msgspec
import psycopg

from waystation.interfaces import problems
from waystation.interfaces.dialects.act import translate
from waystation.interfaces.dialects.act.asking import Asking, Wanted
from waystation.interfaces.dialects.act.call import RefusalError, Reply, refused, told
from waystation.interfaces.dialects.act.callers import Caller, Callers
from waystation.interfaces.dialects.act.data import Data
from waystation.interfaces.dialects.act.proxies import Proxies
from waystation.interfaces.dialects.act.terms import Terms
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import UnauthenticatedError, WaystationError

log = logging.getLogger(__name__)

Call = Callable[[Scope, Receive, Send], Awaitable[Reply | None]]
_PATHS = re.compile(
    r"/(?:(?P<plain>jobs|data|results|proxies|info)/?"
    r"|jobs/(?P<id>\d{1,18})/(?P<part>data|results)/(?P<name>.*)"
    r"|arex/rest/1\.0/jobs/act(?P<act>\d{1,18})/session/(?P<stream>.+))",
    re.DOTALL,
)
_ACTIONS = ("fetch", "cancel", "resubmit")
_MOST_FIELDS = 20


class Act:
    """A `Mouth`."""

    def __init__(self, desk: Desk, terms: Terms) -> None:
        self._house = desk.house
        self._asking = Asking(desk.house, terms)
        self._callers = Callers(desk, terms)
        self._data = Data(desk.house, self._asking)
        proxies = Proxies(desk.house, terms, self._callers)
        self._table: dict[str, dict[str, Call]] = {
            "jobs": {
                "GET": self._stat,
                "POST": self._make,
                "PUT": self._confirm,
                "PATCH": self._patch,
                "DELETE": self._clean,
            },
            "data": {"PUT": self._put_old},
            "results": {"GET": self._zip},
            "proxies": {"POST": proxies.begin, "PUT": proxies.finish, "DELETE": proxies.drop},
            "info": {"GET": self._info},
        }

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        found = _PATHS.fullmatch(path)
        if found is None or _browser(headers):
            return None
        if found["plain"]:
            verbs = self._table[found["plain"]]
        elif found["id"]:
            number, name = int(found["id"]), found["name"]
            put, get = partial(self._put, number, name), partial(self._get, number, name)
            verbs = {"PUT": put} if found["part"] == "data" else {"GET": get}
        else:
            verbs = {"GET": partial(self._cat, int(found["act"]), found["stream"])}
        call = verbs.get(method)
        return partial(self._answer, call) if call else _wrong_verb

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        reply = await self._replied(call, scope, receive, send)
        if reply is not None:
            await _send(send, reply)

    async def _replied(
        self, call: Call, scope: Scope, receive: Receive, send: Send
    ) -> Reply | None:
        """The answer to a call, whatever happens; None when it was sent already."""
        try:
            return await call(scope, receive, send)
        except RefusalError as refusal:
            return refused(refusal.status, refusal.words)
        except UnauthenticatedError as refusal:
            nothing = b"authorization" not in dict(scope["headers"])  # type: ignore[call-overload]
            words = "Auth token is missing" if nothing else refusal.sentence
            return refused(401, words)
        except WaystationError as trouble:
            words = f"{trouble.sentence} {trouble.advice}".strip()
            return refused(problems.status_of(trouble.code), words)
        except psycopg.DataError as problem:
            return refused(400, problems.unfit(problem).sentence)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            return refused(500, "Server error")

    # ------------------------------------------------------------------ jobs

    async def _stat(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del receive, send
        who, query = await self._who(scope), _query(scope)
        client, arc = (_list(query.get(name, "")) for name in ("client", "arc"))
        wanted = _wanted(query)
        return told(await _thread(self._asking.stat, who.grant, wanted, client, arc))

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del send
        who = await self._who(scope, writes=True)
        asked = await self.document(receive)
        return told(await _thread(self._asking.make, who, asked))

    async def _confirm(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del send
        who = await self._who(scope, writes=True)
        asked = await self.document(receive)
        return told(await _thread(self._asking.confirm, who, asked, _host(scope)))

    async def _patch(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del receive, send
        who, query = await self._who(scope, writes=True), _query(scope)
        wanted, action = _wanted(query), query.get("action")
        if action is None:
            raise RefusalError(400, "Request has no action parameter")
        if action not in _ACTIONS:
            raise RefusalError(400, f'Invalid action "{action}"')
        calls = (self._asking.fetch, self._asking.kill, self._asking.resubmit)
        call: Callable[..., object] = dict(zip(_ACTIONS, calls, strict=True))[action]
        return told(await _thread(call, who.grant, wanted))

    async def _clean(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del receive, send
        who = await self._who(scope, writes=True)
        return told(await _thread(self._asking.clean, who.grant, _wanted(_query(scope))))

    async def _info(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del receive, send
        return told(await _thread(self._asking.info, await self._who(scope)))

    # ------------------------------------------------------------------ bytes

    async def _put(
        self, number: int, name: str, scope: Scope, receive: Receive, send: Send
    ) -> Reply:
        del send
        who = await self._who(scope, writes=True)
        return await self._data.put(who.grant, number, name, scope, receive)

    async def _put_old(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        query = _query(scope)
        number, name = _one(query, "No job ID given", "More than one job ID given"), "filename"
        if name not in query:
            raise RefusalError(400, "File name not given")
        return await self._put(number, query[name], scope, receive, send)

    async def _get(
        self, number: int, name: str, scope: Scope, receive: Receive, send: Send
    ) -> Reply | None:
        del receive
        who = await self._who(scope)
        return await self._data.get(who.grant, number, name, send)

    async def _zip(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        del receive, send
        who = await self._who(scope)
        many = "Cannot fetch results of more than one job"
        number = _one(_query(scope), "No job ID given", many)
        return await self._data.zip(who.grant, number)

    async def _cat(
        self, number: int, name: str, scope: Scope, receive: Receive, send: Send
    ) -> Reply | None:
        del receive
        who = await self._who(scope)
        return await self._data.stream(who.grant, number, name, send)

    async def _who(self, scope: Scope, *, writes: bool = False) -> Caller:
        return await self._callers.caller(scope, writes=writes)

    async def document(self, receive: Receive) -> object:
        """The body as JSON."""
        return parsed(await bodies.read(receive, self._house.max_body_bytes))


def make(terms: Terms) -> MakeMouth:
    """For the lane."""
    return lambda desk: Act(desk, terms)


def parsed(body: bytes) -> object:
    """A body as JSON.

    Raises:
        RefusalError: it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise RefusalError(400, f"The body is no JSON: {problem}") from problem


async def _thread(work: Callable[..., object], *args: object) -> object:
    run = contextvars.copy_context().run
    return await asyncio.get_running_loop().run_in_executor(None, run, partial(work, *args))


def _browser(headers: Headers) -> bool:
    """Whether it is a page, or one of ours that asks: clients send neither."""
    given = dict(headers)
    if b"authorization" in given:
        return False
    return b"cookie" in given or b"text/html" in given.get(b"accept", b"")


def _query(scope: Scope) -> dict[str, str]:
    query = scope["query_string"]
    assert isinstance(query, bytes)
    try:
        return dict(parse_qsl(query.decode(), max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError as problem:
        raise RefusalError(400, "The query cannot be read") from problem


def _wanted(query: dict[str, str]) -> Wanted:
    try:
        ids = translate.numbers(query.get("id", ""))
    except ValueError as problem:
        raise RefusalError(400, str(problem)) from problem
    return Wanted(ids, query.get("name", ""), query.get("state", ""))


def _one(query: dict[str, str], none: str, many: str) -> int:
    ids = _wanted(query).ids
    if len(ids) != 1:
        raise RefusalError(400, many if ids else none)
    return ids[0]


def _list(text: str) -> list[str]:
    return text.split(",") if text else []


def _host(scope: Scope) -> str:
    """The name of this server as the client called it."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")  # type: ignore[call-overload]
    return str(host).rpartition(":")[0] if ":" in host.rpartition("]")[2] else str(host)


async def _wrong_verb(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    await _send(send, refused(405, f"{scope['method']} is not done here"))


async def _send(send: Send, reply: Reply) -> None:
    headers = [
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *reply.headers,
    ]
    if reply.parts is None:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.parts is not None or reply.body:
        headers.append((b"content-type", reply.media))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.parts is not None:
        async for part in reply.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": reply.body})
