"""Jobs by the SDK: commands that run on clusters beside the data."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from waystation_client.event_stream import lines, messages
from waystation_client.following import Follower
from waystation_client.transport import Transport, decoded


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs that were asked for together; `words` say why they wait."""

    id: int
    name: str
    state: str
    words: str
    created: datetime
    finished: datetime | None
    jobs: int
    waiting: int
    sent: int
    running: int
    done: int
    failed: int
    cancelled: int
    command: list[str]
    space: str
    prefix: str
    clusters: list[str]
    cpus: int
    container: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One of them; `words` say what is wrong, `blame` who can mend it."""

    n: int
    item: str | None
    state: str
    words: str
    blame: str
    cluster: str
    foreign: str
    handle: str
    node: str
    attempt: int
    exit_code: int | None
    ready: datetime | None = None
    sent: datetime | None
    began: datetime | None
    ended: datetime | None
    changed: datetime
    cpu_s: float | None
    peak: int | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a job; `stage` is the stage request that it is about."""

    at: datetime
    kind: str
    words: str
    stage: int | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a job left: where it is, or in `words` why it did not come."""

    n: int
    name: str
    space: str
    path: str
    size: int
    sha256: str
    words: str


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Where jobs run; `mine` counts our jobs there by state."""

    name: str
    kind: str
    state: str
    words: str
    slots: int | None
    free: int | None
    queued: int
    running: int
    mine: dict[str, int]
    most: int
    seen: datetime | None


class _One(msgspec.Struct, frozen=True):
    request: JobRequest
    made: bool


class _Requests(msgspec.Struct, frozen=True):
    requests: list[JobRequest]
    next_before: int | None


class _Jobs(msgspec.Struct, frozen=True):
    jobs: list[Job]
    next_after: int | None


class _Outputs(msgspec.Struct, frozen=True):
    outputs: list[Output]


class _Story(msgspec.Struct, frozen=True):
    events: list[Event]


class _Clusters(msgspec.Struct, frozen=True):
    clusters: list[Cluster]


class Log(msgspec.Struct, frozen=True):
    """A piece of what a job wrote; ask again from `next` on."""

    text: str
    next: int


class Jobs:
    """Run commands, follow them, stop them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def run(self, command: Sequence[str], **more: object) -> JobRequest:
        """Ask for jobs; durable when this returns.

        Args:
            command: Program and arguments; words may have `{n}`, `{item}` and `{request}`.
            more: `items`, `count`, `inputs`, `outputs`, `space`, `prefix`, `resources`,
                `clusters`, `after`, `key` and so on, as in the API's description. With a `key`
                a lost answer is no danger: asked twice it is made once.
        """
        body = {"command": list(command), **more}
        return self._send("job-requests", body, idempotent=bool(more.get("key"))).request

    def request(self, number: int) -> JobRequest:
        """Return a request as it stands."""
        answer = self._transport.call("GET", f"job-requests/{number}", idempotent=True)
        return decoded(answer, _One).request

    def stream(self, number: int, *, silence_s: float = 45.0) -> Iterator[JobRequest | None]:
        """Yield a request at each change; None when the server only says "alive".

        Raises:
            UnavailableError: The stream cannot be opened, breaks off or is silent too long.
        """
        path = f"job-requests/{number}"
        with self._transport.stream(path, last_event_id=0, silence_s=silence_s) as chunks:
            for message in messages(lines(chunks)):
                yield decoded(message.data.encode(), _One).request if message.kind else None

    def follow(self, number: int, *, timeout_s: float | None = None) -> Iterator[JobRequest]:
        """Yield a request as it changes until all its jobs have ended.

        Raises:
            TimedOutError: `timeout_s` passed; the jobs go on.
        """
        return iter(Follower(_News(self, number), timeout_s=timeout_s))

    def requests(self, *, which: str = "all", limit: int = 50) -> list[JobRequest]:
        """Return requests, the newest first: `all`, `open`, `ended` or `failed`."""
        query = {"which": which, "limit": limit}
        answer = self._transport.call("GET", "job-requests", query=query, idempotent=True)
        return decoded(answer, _Requests).requests

    def jobs(self, number: int, *, state: str = "") -> Iterator[Job]:
        """Jobs of a request, by number."""
        after: int | None = 0
        while after is not None:
            query: Mapping[str, object] = {"after": after, "limit": 1_000, "state": state}
            path = f"job-requests/{number}/jobs"
            page = decoded(self._transport.call("GET", path, query=query, idempotent=True), _Jobs)
            yield from page.jobs
            after = page.next_after

    def outputs(self, number: int) -> Iterator[Output]:
        """Return files that jobs left, by number and name."""
        after: Mapping[str, object] = {}
        while True:
            query = {**after, "limit": 1_000}
            path = f"job-requests/{number}/outputs"
            answer = self._transport.call("GET", path, query=query, idempotent=True)
            found = decoded(answer, _Outputs).outputs
            yield from found
            if not found:
                return
            after = {"after_job": found[-1].n, "after_name": found[-1].name}

    def timeline(self, number: int, n: int) -> list[Event]:
        """Return what happened to a job and to its files, the oldest first."""
        path = f"job-requests/{number}/jobs/{n}/timeline"
        return decoded(self._transport.call("GET", path, idempotent=True), _Story).events

    def log(self, number: int, n: int, *, stream: str = "stdout", offset: int = 0) -> Log:
        """Return a piece of what a job wrote, also while it runs; bytes count from `offset`."""
        query = {"stream": stream, "offset": offset}
        path = f"job-requests/{number}/jobs/{n}/log"
        return decoded(self._transport.call("GET", path, query=query, idempotent=True), Log)

    def cancel(self, number: int, jobs: Sequence[int] = ()) -> JobRequest:
        """Stop all that has not ended, or these."""
        path = f"job-requests/{number}/cancel"
        return self._send(path, {"jobs": list(jobs)}, idempotent=False).request

    def retry(self, number: int, jobs: Sequence[int] = ()) -> JobRequest:
        """Run again what failed, was lost or was cancelled, or these of it."""
        path = f"job-requests/{number}/retry"
        return self._send(path, {"jobs": list(jobs)}, idempotent=False).request

    def clusters(self) -> list[Cluster]:
        """Return clusters with how full they are."""
        answer = self._transport.call("GET", "clusters", idempotent=True)
        return decoded(answer, _Clusters).clusters

    def drain(self, cluster: str, *, on: bool = True) -> None:
        """Give a cluster no new jobs, or again; for administrators."""
        raw = msgspec.json.encode({"on": on})
        path = f"clusters/{cluster}/drain"
        self._transport.call("POST", path, body=lambda: iter([raw]), idempotent=True)

    def _send(self, path: str, body: Mapping[str, object], *, idempotent: bool) -> _One:
        raw = msgspec.json.encode(body)
        answer = self._transport.call(
            "POST", path, body=lambda: iter([raw]), idempotent=idempotent
        )
        return decoded(answer, _One)


class _News:
    """How a request of jobs stands, each time that it is told."""

    def __init__(self, jobs: Jobs, number: int) -> None:
        self._jobs = jobs
        self._number = number
        self.seen: JobRequest | None = None
        self.next_step = f"way job wait {number}"

    @property
    def ended(self) -> bool:
        """Nothing of it is left to wait for."""
        return self.seen is not None and self.seen.finished is not None

    def stream(self, silence_s: float) -> Iterator[JobRequest | None]:
        """The whole at each change."""
        for news in self._jobs.stream(self._number, silence_s=silence_s):
            self.seen = news or self.seen
            yield news

    def ask(self) -> Iterator[JobRequest]:
        """The whole as it is now."""
        self.seen = self._jobs.request(self._number)
        yield self.seen
