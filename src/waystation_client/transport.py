"""HTTP with time limits, retries where they are safe, and errors of our own family."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from waystation_client.errors import (
    MalformedError,
    NotConfiguredError,
    UnavailableError,
    from_problem,
)
from waystation_client.retrying import RETRIED_STATUSES, Backoff

T = TypeVar("T")
Body = Callable[[], Iterator[bytes]]
"""Makes the body anew for each attempt."""


class Transport:
    """One server and one token. Not shared between threads."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        timeout_s: float = 30.0,
        backoff: Backoff | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise NotConfiguredError(
                f"{url!r} is not a server address.",
                next_step="Write it with its scheme, for instance https://waystation.example.org",
            )
        self.url = url.rstrip("/")
        self._backoff = backoff or Backoff()
        self._pause = pause
        headers = {"Accept": "application/json", "User-Agent": "way"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=10.0),
            follow_redirects=False,  # a redirect could carry the token to another host
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Body | None = None,
        idempotent: bool,
        read_timeout_s: float | None = None,
    ) -> bytes:
        """Return the body of a good answer.

        Args:
            method: HTTP method.
            path: Below `/api/v1/`.
            query: Query members; None values are left out.
            body: Makes the JSON body.
            idempotent: Whether trying again after a lost answer is safe.
            read_timeout_s: Longest silence while the server thinks; default the usual one.

        Raises:
            WaystationError: Of the kind the server's problem code names, or
                `UnavailableError` when there is no answer after all attempts.
        """
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self._backoff.attempts or not idempotent
            try:
                answer = self._send(method, path, query, body, read_timeout_s)
            except httpx.TransportError as error:
                if last:
                    raise unreachable(self.url, error) from error
                self._pause(self._backoff.pause_s(attempt))
                continue
            if answer.status_code in RETRIED_STATUSES and not last:
                self._pause(self._backoff.pause_s(attempt, answer.headers.get("Retry-After")))
                continue
            raise_for(answer)
            return answer.content

    @contextmanager
    def stream(
        self, path: str, *, last_event_id: int, silence_s: float
    ) -> Iterator[Iterator[bytes]]:
        """Open an event stream and give its bytes; one attempt, the caller decides on more.

        Raises:
            UnavailableError: It cannot be opened, breaks off, or is silent for `silence_s`.
            WaystationError: The server refuses.
        """
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last_event_id)}
        limits = httpx.Timeout(silence_s, connect=10.0)
        try:
            with self._http.stream("GET", path, headers=headers, timeout=limits) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise_for(answer)
                if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                    raise UnavailableError("The server gave no event stream.")
                yield answer.iter_bytes()
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Body | None,
        read_timeout_s: float | None,
    ) -> httpx.Response:
        extra: dict[str, Any] = {}
        if query:
            extra["params"] = {name: value for name, value in query.items() if value is not None}
        if body is not None:
            # The length is counted beforehand rather than left open ("chunked"): WSGI servers and
            # some proxies take a body without length for an empty one.
            length = sum(len(part) for part in body())
            extra["content"] = body()
            extra["headers"] = {
                "Content-Type": "application/json",
                "Content-Length": str(length),
            }
        if read_timeout_s is not None:
            extra["timeout"] = httpx.Timeout(read_timeout_s, connect=10.0)
        return self._http.request(method, path, **extra)


def raise_for(answer: httpx.Response) -> None:
    """Turn a refusal, whose body was read, into the error that it says.

    Raises:
        WaystationError: It is one.
    """
    if answer.is_success:
        return
    if answer.is_redirect:
        raise NotConfiguredError(
            f"The server sends us elsewhere: {answer.headers.get('Location', 'nowhere')}.",
            next_step="If that is the right address, sign in there: way login ADDRESS",
        )
    try:
        problem = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.MsgspecError:
        problem = {}
    raise from_problem(answer.status_code, problem)


def unreachable(url: str, error: httpx.TransportError) -> UnavailableError:
    """Why there was no answer, and what to do about it."""
    reason = (
        "it did not answer in time" if isinstance(error, httpx.TimeoutException) else str(error)
    )
    return UnavailableError(
        f"Cannot reach {url}: {reason or type(error).__name__}.",
        next_step="Check the address and the network, then run the command again.",
    )


def decoded(raw: bytes, kind: type[T]) -> T:
    """Decode an answer.

    Raises:
        MalformedError: The answer is not what this version of the client understands.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedError(
            f"The server's answer cannot be read ({error}).",
            code="unavailable",
            next_step="The address may be another service, or this `way` too old for the server.",
        ) from error
