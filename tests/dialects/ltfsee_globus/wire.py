"""The whole ASGI application around the small house of the crash tests, called in-process."""

import asyncio
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crash.world import ROOT, World
from dialects.houses import services
from waystation.domains.accounts.door import ALL_SCOPES, Grant, Scope
from waystation.domains.staging.entities import FileReport, Residency
from waystation.interfaces.dialects.ltfsee_globus import peers, routes, swagger
from waystation.interfaces.dialects.ltfsee_globus.keys import Shared
from waystation.interfaces.hot.lane import Lane

FILE_STATE = swagger.BASE + swagger.FILE_STATE
GLOBUS_RECALL = swagger.BASE + swagger.GLOBUS_RECALL
SHARED = "old-shared-key"


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

    def __init__(self, world: World, **changes: object) -> None:
        self.world = world
        assert world.database is not None
        house = services(world)
        self.accounts = house.accounts
        said = {"store": "", "shared": Shared(SHARED, "ana"), "libraries": ("lib1", "lib2")}
        terms = routes.Terms(**{**said, **changes})  # type: ignore[arg-type]
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
        body: bytes = b"",
        *,
        headers: dict[str, str] | None = None,
        uid: int | None = None,
    ) -> Answer:
        """One request; `uid` is of the user at the other end of the Unix socket."""
        return self._do(self._exchange(_scope(method, path, body, headers or {}, uid), body))

    def recall(self, name: str, *, task: str = "task", **more: object) -> object:
        """Ask for a file below the root: `resident`, `archived`, or the status of a refusal."""
        return self.recalls([name], task=task, **more)[0]

    def recalls(
        self, names: Sequence[str], *, task: str = "task", key: str = "", **more: object
    ) -> list[object]:
        """Ask for files all at once, each by a call of its own."""
        headers = {"content-type": "application/json", "x-api-key": key or self.token}
        uid = more.pop("uid", None)
        bodies = [
            json.dumps({"path": f"{ROOT}/{name}", "globus_taskid": task, **more}).encode()
            for name in names
        ]
        scopes = [_scope("POST", GLOBUS_RECALL, body, headers, uid) for body in bodies]  # type: ignore[arg-type]

        async def together() -> list[Answer]:
            return await asyncio.gather(*map(self._exchange, scopes, bodies))

        return [a.json()["state"] if a.status == 201 else a.status for a in self._do(together())]  # type: ignore[attr-defined,index]

    # ------------------------------------------------------------------------------- the world

    def put(self, name: str, residency: Residency, *, size: int = 1_000) -> None:
        """A file below the root, somewhere."""
        path = f"{ROOT}/{name}"
        tape = "T1" if residency in {Residency.BOTH, Residency.NEARLINE} else None
        self.world.tape.files[path] = FileReport(path, residency, size, tape, 0 if tape else None)

    def requests(self) -> list[tuple[object, ...]]:
        """Of our own requests, oldest first: account, label, files."""
        return self.world.rows(
            "SELECT u.username, label, files FROM staging_request r"
            " JOIN accounts_user u ON u.id = r.owner_id ORDER BY r.id"
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


def _scope(
    method: str, path: str, body: bytes, headers: dict[str, str], uid: int | None
) -> dict[str, object]:
    sent = {"host": "localhost", "content-length": str(len(body)), **headers}
    scope: dict[str, object] = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
    }
    return dict(peers.put(scope, uid)) if uid is not None else scope


def _nobody(environ: object, start: object) -> Iterable[bytes]:
    """In Django's place: nothing is there."""
    del environ
    start("404 Not Found", [("Content-Type", "text/plain")])  # type: ignore[operator]
    return [b"Django"]
