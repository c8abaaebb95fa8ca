"""The ASGI application: the hot lane answers what it knows, everything else goes to Django.

Django is mounted synchronously, in a thread pool; under its own ASGI handler the same pages cost
twelve times the CPU.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import re
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import psycopg
from a2wsgi import WSGIMiddleware

from waystation.interfaces import problems
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.callers import Callers
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import Ordinary, in_problems
from waystation.interfaces.hot.news import News
from waystation.interfaces.hot.patience import Patient
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.hot.reply import (
    Message,
    Receive,
    Scope,
    Send,
    send_json,
    send_problem,
)
from waystation.interfaces.hot.routes import Routes
from waystation.interfaces.hot.streams import stream
from waystation.interfaces.mouths import Handler, Headers
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.errors import UnavailableError, WaystationError

log = logging.getLogger(__name__)

API = "/api/v1"
_SUBMIT = re.compile(API + r"/stage-requests")
_FILE = re.compile(API + r"/files/status")
_LIBRARY = re.compile(API + r"/library")
_REQUEST = re.compile(API + r"/stage-requests/(\d{1,100})")
_EVENTS = re.compile(API + r"/stage-requests/(\d{1,18})/events")
_JOBS = re.compile(API + r"/job-requests/(\d{1,18})")
_BODY = {b"content-length", b"transfer-encoding"}
_PR_SET_PDEATHSIG = 1
_DJANGO_THREADS = 8


class Lane:
    """One process' application."""

    def __init__(
        self,
        house: Services,
        dsn: str,
        django: Callable[..., object],
        dialects: Sequence[MakeMouth] = (),
    ) -> None:
        self._house = house
        # Its types are narrower than ASGI's; the wire is the same.
        self._django: Any = WSGIMiddleware(django, workers=_DJANGO_THREADS)  # type: ignore[arg-type]
        self._ordinary = Ordinary()
        self._pool = HotPool(dsn)
        self._callers = Callers(self._pool, house)
        self._mouths = [make(Desk(house, self._pool, self._callers)) for make in dialects]
        self._dsn = dsn
        self._news: News | None = None
        self._routes: Routes | None = None
        self._listening: asyncio.Task[None] | None = None
        self._cutting: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        offered = next((v for k, v in headers if k == b"x-request-id"), b"").decode("latin-1")
        client = scope.get("client")
        address = str(client[0]) if isinstance(client, tuple | list) and client else ""
        tracing.begin(offered, client=address)
        handler = self._match(str(scope["method"]), str(scope["path"]), headers)
        if handler is None:
            handler = self._to_django
        body = Patient(receive, self._house.patience_s)
        try:
            await self._answer(handler, scope, body.receive, send)
            if not _BODY.isdisjoint(name for name, _ in headers):
                await body.linger()
        finally:
            body.close()

    async def _answer(self, handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await handler(scope, receive, send)
        except asyncio.CancelledError:
            if asyncio.current_task() not in self._callers.cut:
                raise
            log.info("cut %s: its account is suspended", scope["path"])
        except WaystationError as refusal:
            await send_problem(send, refusal)
        except psycopg.DataError as problem:
            await send_problem(send, problems.unfit(problem))
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            sorry = WaystationError(
                "Something went wrong here.", advice="Tell the operators the request id."
            )
            await send_problem(send, sorry)

    def _match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """The hot handler of a request, None when it is Django's."""
        for mouth in self._mouths:
            if (theirs := mouth.match(method, path, headers)) is not None:
                return theirs
        live = (b"accept", b"text/event-stream") in headers
        table = (
            ("POST", _SUBMIT, True, self._submit),
            ("GET", _FILE, True, self._file_status),
            ("GET", _REQUEST, True, self._request),
            ("GET", _EVENTS, live, self._events),
            ("GET", _LIBRARY, live, self._library),
            ("GET", _JOBS, live, self._jobs),
        )
        for verb, form, wanted, handler in table:
            if verb == method and wanted and form.fullmatch(path):
                return handler
        return None

    async def _file_status(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        who = await self._callers.of(scope, writes=False)
        query = scope["query_string"]
        assert isinstance(query, bytes)
        await send_json(send, await self._ready().file_status(who, query))

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        who = await self._callers.of(scope, writes=False)
        number = int(str(scope["path"]).rsplit("/", 1)[1])
        await send_json(send, await self._ready().request(who, number))

    async def _submit(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = await self._callers.of(scope, writes=True)
        announced = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")  # type: ignore[attr-defined]
        body = await bodies.gather(receive, self._house.max_body_bytes, announced=int(announced))
        status, answer = await self._ready().submit(who, body)
        await send_json(send, answer, status)

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        who = await self._callers.of(scope, writes=False)
        found = _EVENTS.fullmatch(str(scope["path"]))
        assert found is not None
        last = next((v for k, v in headers if k == b"last-event-id"), b"0")
        after = int(last) if last.isdigit() else 0
        messages = await self._ready().follow_request(who, int(found[1]), after)
        await stream(receive, send, messages, self._following().closing)

    async def _library(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = await self._callers.of(scope, writes=False)
        messages = await self._ready().follow_library(who)
        await stream(receive, send, messages, self._following().closing)

    async def _jobs(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = await self._callers.of(scope, writes=False)
        number = int(str(scope["path"]).rsplit("/", 1)[1])
        messages = await self._ready().follow_jobs(who, number)
        await stream(receive, send, messages, self._following().closing)

    async def _to_django(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A thread of Django's is taken once the whole body is here, so that nobody holds it."""
        async with self._ordinary.whole(scope, receive) as (known, once):
            await self._called(known, once, send)

    async def _called(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django answer; granian's receive and send are awaitables but no coroutines."""
        if str(scope["path"]).startswith(f"{API}/"):
            send = in_problems(send)

        async def receive_(*_: object) -> Message:
            return await receive()

        async def send_(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                assert isinstance(headers, list)
                headers.append((b"x-request-id", tracing.request_id.get().encode()))
            await send(message)

        await self._django(scope, receive_, send_)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        self._news = News(self._dsn, self._rights_changed)
        self._routes = Routes(self._house, self._pool, self._news)
        _die_with_parent()
        _close_streams_on_term(self._news.closing)
        await self._pool.open()
        self._listening = asyncio.create_task(self._news.listen())

    async def _stop(self) -> None:
        self._following().closing.set()
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        await self._pool.close()

    def _rights_changed(self) -> None:
        """Of somebody, or of anybody after the listening connection was lost."""
        self._callers.forget()
        cutting = asyncio.create_task(self._callers.cut_closed())
        self._cutting.add(cutting)
        cutting.add_done_callback(self._cutting.discard)

    def _ready(self) -> Routes:
        if self._routes is None:
            raise UnavailableError("The server is starting.", advice="Try again in a moment.")
        return self._routes

    def _following(self) -> News:
        assert self._news is not None
        return self._news


def _die_with_parent() -> None:
    """A killed main process must not leave workers behind that hold the port."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed just now
        os.kill(os.getpid(), signal.SIGKILL)


def _close_streams_on_term(closing: asyncio.Event) -> None:
    """The server waits for open streams before it shuts down: they must end by themselves."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)

    def on_term(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(closing.set)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, on_term)
