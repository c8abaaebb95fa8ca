"""This dialect's own application around the small house of the crash tests, called in-process."""

import asyncio
import ipaddress
import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from controllers.receivers import Party
from crash.world import STORE, World
from dialects.houses import services
from waystation.backends.courier.webhook import Credential, Webhook, WebhookConfig
from waystation.domains.notify.door import Desk, Kind, Notify, Pace, own
from waystation.domains.notify.door import steps as notify_steps
from waystation.interfaces.dialects.mwa_staging import controller
from waystation.interfaces.dialects.mwa_staging.letters import letter
from waystation.interfaces.dialects.mwa_staging.listener import Listener
from waystation.interfaces.dialects.mwa_staging.standing import Standing
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT, Terms
from waystation.kernel.errors import UnavailableError
from waystation.kernel.hosts import AllowedHosts

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
USER, PASSWORD = "asvo", "a callback secret"
HOSTS = AllowedHosts(("127.0.0.1:*", "localhost:*"), LOOPBACK, ("127.0.0.1:*", "localhost:*"))
# Of the two names of this machine only one gets the password.
TRUSTED = AllowedHosts(("127.0.0.1:*",), LOOPBACK, ("127.0.0.1:*",))
NOBODY = "http://127.0.0.1:1/told"


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Observations:
    """What the resolver says by observation; None is that it cannot be reached."""

    known: dict[int | None, list[str] | None] = field(default_factory=dict)
    asked: list[tuple[int | None, int, int]] = field(default_factory=list)

    def __call__(self, job) -> list[str]:
        self.asked.append((job.obs_id, job.start_time, job.duration))
        found = self.known.get(job.obs_id, [])
        if found is None:
            raise UnavailableError("The catalogue of observations is away.")
        return found


class Wire:
    """One process of ours; a loop of its own in a thread."""

    def __init__(self, world: World, **changes: object) -> None:
        self.world = world
        self.client = "127.0.0.1"
        self.observations = Observations()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        said = {
            "networks": LOOPBACK,
            "account": "ana",
            "store": STORE,
            "prefix": "",
            "lifetime": timedelta(days=2),
            "hold": timedelta(days=7),
            "fresh": timedelta(minutes=1),
            "report": timedelta(days=30),
        }
        self.terms = Terms(**{**said, **changes})  # type: ignore[arg-type]
        self.build()

    def build(self) -> None:
        """Everything that a process has in memory, anew."""
        world, database = self.world, self.world.database
        assert database is not None
        config = WebhookConfig(
            HOSTS, {DIALECT: Credential(USER, PASSWORD, TRUSTED)}, timeout_s=1.0
        )
        couriers = {Kind.WEBHOOK: Webhook(config, world.clock, lambda _: "secret")}
        pace = Pace(lifetime=timedelta(hours=1))
        notify = Notify(database, world.clock, couriers, key="key", pace=pace)
        house = services(world, notify=notify)
        words = {"": own, DIALECT: letter}
        self.notify = Desk(database, world.clock, couriers, words, pace)
        self.desk = controller.Desk(
            house, self.terms, Standing(house, self.terms), self.observations
        )
        self.listener = Listener(house, world.dsn, self.terms)
        self._do(self.listener._pool.open())

    def close(self) -> None:
        self._do(self.listener._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # ---------------------------------------------------------------------------------- calls

    def call(self, method: str, path: str, body: object = None, headers=()) -> Answer:
        """One request."""
        data = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        where, _, query = path.partition("?")
        sent = [(b"content-length", str(len(data)).encode()), *headers]
        scope: dict[str, object] = {
            "type": "http",
            "method": method,
            "path": where,
            "query_string": query.encode(),
            "client": (self.client, 40_000),
            "headers": sent,
        }
        return self._do(self._exchange(scope, data))

    def new(self, job_id: int, *names: str, url: str = NOBODY, **more: object) -> Answer:
        """Begin a job."""
        files = {"files": list(names)} if names else {}
        return self.call(
            "POST", "/staging", {"job_id": job_id, "notify_url": url, **files, **more}
        )

    def status(self, job_id: int, *, files: bool = False) -> dict:
        """A job as it stands."""
        more = "&include_files=true" if files else ""
        answer = self.call("GET", f"/staging?job_id={job_id}{more}")
        assert answer.status == 200, answer.body
        return answer.json()

    # ------------------------------------------------------------------------------- the world

    def put(self, *names: str) -> list[str]:
        """Files on a tape."""
        self.world.put("T1", *names)
        return list(names)

    def turn(self, rounds: int = 2) -> None:
        """Run all steps of staging, of the dialect and of notify until nothing moves."""
        for _ in range(rounds):
            while sum(run() for _, run, _ in controller.steps(self.desk)):
                pass
            self.world.turn()
            self.tell()

    def tell(self) -> None:
        """Run the steps of notify until nothing moves, two seconds later."""
        self.world.clock.forward(seconds=3)
        while sum(run() for name, run, _ in notify_steps(self.notify) if name != "forget"):
            pass

    # -------------------------------------------------------------------------------- within

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _exchange(self, scope: dict[str, object], body: bytes) -> Answer:
        sent: list[dict[str, object]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, object]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message) -> None:
            sent.append(message)

        await self.listener(scope, receive, send)  # type: ignore[arg-type]
        start, *rest = sent
        headers = {k.decode(): v.decode() for k, v in start["headers"]}  # type: ignore[attr-defined]
        return Answer(int(str(start["status"])), headers, b"".join(m["body"] for m in rest))  # type: ignore[misc]


def told(party: Party) -> list[dict]:
    """What a receiver heard."""
    return [json.loads(each.body) for each in party.heard]
