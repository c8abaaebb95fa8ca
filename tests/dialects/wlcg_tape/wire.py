"""The whole ASGI application around the small house of the crash tests, called in-process."""

import asyncio
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from crash.world import BACKEND, ROOT, STORE, World
from dialects.houses import services
from waystation.domains.accounts.door import ALL_SCOPES, Grant, Scope
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.notify.door import Notify, Pace
from waystation.domains.staging.entities import FileReport, Residency
from waystation.interfaces import credentials
from waystation.interfaces.credentials import Credential
from waystation.interfaces.dialects.wlcg_tape import routes
from waystation.interfaces.dialects.wlcg_tape.asking import Terms
from waystation.interfaces.dialects.wlcg_tape.paths import Prefix
from waystation.interfaces.hot.lane import Lane
from waystation.interfaces.jwt.bearers import Bearers

HOST = "tape.example.org"
BASE = f"http://{HOST}{routes.BASE}"
PREFIX = f"/{STORE}"


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


class Wire:
    """One process of ours; a loop of its own in a thread."""

    def __init__(self, world: World, *, bearers: Bearers | None = None, **changes: object) -> None:
        self.world = world
        assert world.database is not None
        notify = Notify(world.database, world.clock, {}, key="test", pace=Pace())
        more = {"bearers": bearers} if bearers is not None else {}
        house = services(world, notify=notify, **more)
        self.accounts = house.accounts
        said = {
            "sitename": "test-site",
            "url": None,
            "prefixes": (),
            "max_files": 10_000,
            "lifetime": timedelta(days=7),
        }
        terms = Terms(**{**said, **changes})  # type: ignore[arg-type]
        self.lane = Lane(house, world.dsn, _nobody, [routes.make(terms)])
        self.token = self.token_of(world.ana)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self.lane._pool.open())

    def close(self) -> None:
        self._do(self.lane._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def token_of(self, who: Grant, *scopes: Scope) -> str:
        return self.accounts.new_token(
            who, name="t", scopes=frozenset(scopes) or ALL_SCOPES, lifetime=None
        )

    # ---------------------------------------------------------------------------------- calls

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        shown: Credential | None = None,
        token: str | None = "",
    ) -> Answer:
        """One request; `token` None sends none, empty is ana's."""
        data = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        sent = {"host": HOST, "content-length": str(len(data)), **(headers or {})}
        if token is not None and "authorization" not in sent:
            sent["authorization"] = f"Bearer {token or self.token}"
        scope: dict[str, object] = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "scheme": "http",
            "http_version": "1.1",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
        }
        return self._do(self._exchange(credentials.put(scope, shown) if shown else scope, data))  # type: ignore[arg-type]

    def stage(self, *paths: str, **more: object) -> str:
        """Ask for files; the id."""
        files = [{"path": path, **more} for path in paths]
        answer = self.call("POST", f"{routes.BASE}/stage", {"files": files})
        assert answer.status == 201, answer.body
        return str(answer.json()["requestId"])  # type: ignore[index]

    def poll(self, number: str) -> dict[str, object]:
        """A request as it stands."""
        answer = self.call("GET", f"{routes.BASE}/stage/{number}")
        assert answer.status == 200, answer.body
        return dict(answer.json())  # type: ignore[call-overload]

    def files(self, number: str) -> dict[str, dict[str, object]]:
        """Its files by path."""
        return {str(f["path"]): f for f in self.poll(number)["files"]}  # type: ignore[attr-defined]

    def states(self, number: str) -> list[str]:
        """Their states, in the order of the answer."""
        return [str(f["state"]) for f in self.files(number).values()]

    def post(self, call: str, *paths: str) -> Answer:
        """Cancel, release or archiveinfo."""
        return self.call("POST", f"{routes.BASE}/{call}", {"paths": list(paths)})

    def localities(self, *paths: str) -> list[object]:
        """Of archiveinfo; an error in its place."""
        told = self.post("archiveinfo", *paths).json()
        return [each.get("locality", each.get("error")) for each in told]  # type: ignore[attr-defined]

    # ------------------------------------------------------------------------------- the world

    def on_disk(self, *names: str, size: int = 1_000) -> None:
        """Files that were never written to tape."""
        for name in names:
            path = f"{ROOT}/{name}"
            self.world.tape.files[path] = FileReport(path, Residency.ONLINE, size)

    def lost(self, name: str) -> None:
        """A file whose cartridge is gone."""
        path = f"{ROOT}/{name}"
        self.world.tape.files[path] = FileReport(path, Residency.LOST, 1_000)

    def stores(self, *names: str) -> None:
        """These stores beside the usual one, below `/NAME` each."""
        known = [StoreInfo(0, STORE, ROOT, BACKEND, ("*",), 50_000, 0)]
        more = [StoreInfo(0, n, f"/{n}", BACKEND, ("*",), 50_000, 0) for n in names]
        self.world.catalogue.sync_stores(known + more)

    def pins(self) -> list[tuple[object, ...]]:
        """Of our own requests, oldest first: lifetime, label, priority, files."""
        sql = "SELECT pin_lifetime_s, label, priority, files FROM staging_request ORDER BY id"
        return self.world.rows(sql)

    def bind(self, name: str, subject: str) -> None:
        """Let a certificate's subject be an account."""
        self.accounts.bind(name, subject)

    def kill_connections(self) -> None:
        """As a database that is restarted does."""
        with psycopg.connect(self.world.dsn, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    # -------------------------------------------------------------------------------- within

    def _do(self, work: object) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)  # type: ignore[arg-type]

    async def _exchange(self, scope: dict[str, object], body: bytes) -> Answer:
        sent: list[dict[str, object]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, object]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await self.lane(scope, receive, send)  # type: ignore[arg-type]
        start, *rest = sent
        headers = {k.decode(): v.decode() for k, v in start["headers"]}  # type: ignore[attr-defined]
        return Answer(int(str(start["status"])), headers, b"".join(m["body"] for m in rest))  # type: ignore[misc]


def prefixed(url: str, root: str, store: str = STORE) -> Prefix:
    """A row of the settings."""
    return Prefix(url, store, root)


def _nobody(environ: object, start: object) -> Iterable[bytes]:
    """In Django's place: nothing is there."""
    del environ
    start("404 Not Found", [("Content-Type", "text/plain")])  # type: ignore[operator]
    return [b"Django"]
