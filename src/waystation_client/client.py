"""The Python SDK: one method for each thing the API can do."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from waystation_client import entities as e
from waystation_client import moments
from waystation_client.access import Access
from waystation_client.event_stream import lines, messages
from waystation_client.following import Follower
from waystation_client.jobs import Jobs
from waystation_client.news import StageNews
from waystation_client.path_lists import ListedPaths, PathSource
from waystation_client.replication import Replication
from waystation_client.retrying import Backoff
from waystation_client.stage_body import encoded, options
from waystation_client.transport import Transport, decoded

T = TypeVar("T")
_SUBMIT_SILENCE_S = 300.0  # a million paths take the server some seconds; a busy one longer
_STATUS_BATCH = 10_000  # paths asked about in one call


class Client:
    """A signed-in user of one Waystation. Not shared between threads.

    Every method raises errors of `waystation_client.errors.WaystationError`'s family, each with
    a `code`. Calls that are safe to repeat are tried again when the server is busy or away.

        with Client("https://waystation.example.org", token) as way:
            request = way.stage(["/archive/run7/a.fits"], pin_lifetime_s=86_400)
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 30.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._transport = Transport(url, token, timeout_s=timeout_s, backoff=backoff)
        self.access = Access(self._transport)
        self.replication = Replication(self._transport)
        self.jobs = Jobs(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    def stage(
        self,
        paths: PathSource | Iterable[str] | None = None,
        *,
        dataset: str | None = None,
        store: str | None = None,
        priority: int | None = None,
        deadline: datetime | None = None,
        pin_lifetime_s: int | None = None,
        label: str | None = None,
        external_id: str | None = None,
        callback: str | None = None,
        confirm: bool = False,
    ) -> e.Submitted:
        """Ask for files to be brought up from tape and held.

        Without an `external_id` one is made, so that a retry after a lost answer finds the
        first request and never makes a second.

        Args:
            paths: Absolute paths in the store; or give `dataset`.
            dataset: Name of a dataset instead of paths.
            store: Needed only where there are several.
            priority: 0 to 9, higher first; the server's default is 4.
            deadline: Wanted by then; orders the queue, promises nothing.
            pin_lifetime_s: How long the files are held on disk once there, seconds.
            label: A name for people.
            external_id: Your own id; the same one again gives the same request.
            callback: URL told when the request ends.
            confirm: Say yes in advance to a large recall.

        Raises:
            ConfirmNeededError: The recall is large and `confirm` is not set.
        """
        members = options(
            dataset=dataset,
            store=store,
            priority=priority,
            deadline=moments.wire(deadline) if deadline else None,
            pin_lifetime_s=pin_lifetime_s,
            label=label,
            external_id=external_id or f"way-{uuid.uuid4()}",
            callback=callback,
            confirm=confirm or None,
        )
        source = _source(paths)
        raw = self._transport.call(
            "POST",
            "stage-requests",
            body=lambda: encoded(members, source),
            idempotent=True,
            read_timeout_s=_SUBMIT_SILENCE_S,
        )
        return decoded(raw, e.Submitted)

    def estimate(
        self,
        paths: PathSource | Iterable[str] | None = None,
        *,
        dataset: str | None = None,
        store: str | None = None,
    ) -> e.Estimate:
        """Return what a request would take, without making it."""
        members, source = options(dataset=dataset, store=store), _source(paths)
        raw = self._transport.call(
            "POST",
            "estimate",
            body=lambda: encoded(members, source),
            idempotent=True,
            read_timeout_s=_SUBMIT_SILENCE_S,
        )
        return decoded(raw, e.Estimate)

    def requests(
        self, *, state: str = "all", limit: int = 50, before: int | None = None
    ) -> e.RequestPage:
        """Return a page of requests, newest first; `state` is active, ended or all."""
        return self._get("stage-requests", e.RequestPage, state=state, limit=limit, before=before)

    def request(self, request_id: int) -> e.Request:
        """Return one request as it is now."""
        return self._get(f"stage-requests/{request_id}", e.Request)

    def files(
        self, request_id: int, *, state: str | None = None, page_size: int = 500
    ) -> Iterator[e.File]:
        """Yield the files of a request in order, page by page."""
        after: int | None = None
        while True:
            page = self._get(
                f"stage-requests/{request_id}/files",
                e.FilePage,
                state=state,
                limit=page_size,
                after=after,
            )
            yield from page.files
            after = page.next_after
            if after is None:
                return

    def tapes(self, request_id: int) -> list[e.RequestTape]:
        """Return a request's files grouped by tape."""
        return self._get(f"stage-requests/{request_id}/tapes", e.RequestTapes).tapes

    def events(self, request_id: int, *, after: int = 0, limit: int = 200) -> e.EventPage:
        """Return what happened after event number `after`."""
        return self._get(
            f"stage-requests/{request_id}/events", e.EventPage, after=after, limit=limit
        )

    def stream(
        self, request_id: int, *, after: int = 0, silence_s: float = 45.0
    ) -> Iterator[e.Event | e.Request | None]:
        """Yield events and new states as they happen; None when the server only says "alive".

        Ends when the server closes the stream.

        Raises:
            UnavailableError: The stream cannot be opened, breaks off or is silent too long.
        """
        path = f"stage-requests/{request_id}/events"
        with self._transport.stream(path, last_event_id=after, silence_s=silence_s) as chunks:
            for message in messages(lines(chunks)):
                if not message.kind:
                    yield None
                elif message.kind == "status":
                    yield decoded(message.data.encode(), e.Request)
                else:
                    yield decoded(message.data.encode(), e.Event)

    def follow(
        self, request_id: int, *, after: int = 0, timeout_s: float | None = None
    ) -> Iterator[e.Event | e.Request]:
        """Yield events and states until the request has ended; streams that break are resumed.

        Raises:
            TimedOutError: `timeout_s` passed; the request goes on.
        """
        return iter(Follower(StageNews(self, request_id, after=after), timeout_s=timeout_s))

    def cancel(self, request_id: int, paths: Sequence[str] | None = None) -> e.Request:
        """Stop bringing up these files, or all that are not there yet."""
        return self._act(request_id, "cancel", {"paths": list(paths)} if paths else {})

    def retry(self, request_id: int) -> e.Request:
        """Ask again for the files that failed."""
        return self._act(request_id, "retry", {}, idempotent=False)

    def release(self, request_id: int, paths: Sequence[str] | None = None) -> e.Request:
        """Say that these files, or all, need not be held on disk for us any more."""
        return self._act(request_id, "release", {"paths": list(paths)} if paths else {})

    def extend(self, request_id: int, lifetime_s: int) -> e.Request:
        """Hold the files for `lifetime_s` seconds from now."""
        return self._act(request_id, "extend", {"lifetime_s": lifetime_s})

    def file_status(self, paths: Sequence[str], *, store: str | None = None) -> list[e.FileStatus]:
        """Return where each file is now, in the order of `paths`."""
        answers: list[e.FileStatus] = []
        for start in range(0, len(paths), _STATUS_BATCH):
            asked = options(store=store, paths=list(paths[start : start + _STATUS_BATCH]))
            answers += self._post("files/status", asked, e.FileStatuses, idempotent=True).files
        return answers

    def library(self) -> e.Library:
        """Return the drives and the queue of tapes."""
        return self._get("library", e.Library)

    def stores(self) -> list[e.Store]:
        """Return the stores we may use."""
        return self._get("stores", e.Stores).stores

    def datasets(self, *, store: str | None = None) -> list[e.Dataset]:
        """Return the datasets we may use."""
        return self._get("datasets", e.Datasets, store=store).datasets

    def whoami(self) -> e.Identity:
        """Return who the token speaks for."""
        return self._get("whoami", e.Identity)

    def messages(self) -> list[e.Message]:
        """Return what the operators tell you now, the loudest first."""
        return self._get("messages", e.Messages).messages

    def health(self) -> e.Health:
        """Return the server's version; needs no token."""
        return self._get("health", e.Health)

    def _act(
        self, request_id: int, verb: str, body: dict[str, Any], *, idempotent: bool = True
    ) -> e.Request:
        path = f"stage-requests/{request_id}/{verb}"
        return self._post(path, body, e.Request, idempotent=idempotent)

    def _get(self, path: str, kind: type[T], **query: object) -> T:
        return decoded(self._transport.call("GET", path, query=query, idempotent=True), kind)

    def _post(self, path: str, body: dict[str, Any], kind: type[T], *, idempotent: bool) -> T:
        raw = msgspec.json.encode(body)
        answer = self._transport.call(
            "POST", path, body=lambda: iter([raw]), idempotent=idempotent
        )
        return decoded(answer, kind)


def _source(paths: PathSource | Iterable[str] | None) -> PathSource | None:
    if paths is None or isinstance(paths, PathSource):
        return paths
    return ListedPaths(paths)
