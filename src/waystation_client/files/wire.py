"""HTTP to the spaces of one server, from many threads: what can be repeated is repeated."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from waystation_client.configuration import Connection
from waystation_client.errors import UnavailableError
from waystation_client.files.places import Place
from waystation_client.retrying import RETRIED_STATUSES, Backoff
from waystation_client.transport import raise_for, unreachable

Body = Callable[[], bytes | Iterator[bytes]]
"""Makes the body anew for each attempt."""

_SILENCE_S = 300.0
"""A server that stores some thousand files, or a disk that syncs, may say nothing for so long."""


class Wire:
    """One server, as one caller. May be shared between threads.

    Args:
        connection: address and token.
        context: TLS with the certificate that is shown in place of a token.
        backoff: when to try again.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        context: ssl.SSLContext | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.url = connection.url.rstrip("/")
        self._backoff = backoff or Backoff()
        headers = {"User-Agent": "way"}
        if connection.token:
            headers["Authorization"] = f"Bearer {connection.token}"
        how: dict[str, Any] = {
            "timeout": httpx.Timeout(_SILENCE_S, connect=10.0),
            "limits": httpx.Limits(max_connections=64, max_keepalive_connections=64),
            "follow_redirects": False,  # a redirect could carry the token to another host
            "verify": context or True,
        }
        self._http = httpx.Client(base_url=self.url, headers=headers, **how)
        self._bare = httpx.Client(headers={"User-Agent": "way"}, **how)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()
        self._bare.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        good: frozenset[int] = frozenset(),
        again: bool = True,
    ) -> httpx.Response:
        """Send a request; its whole answer.

        Args:
            method: of HTTP.
            path: with the query.
            body: makes the body.
            headers: beside the usual ones.
            good: statuses that are no error beside 2xx.
            again: whether trying again after a lost answer is safe.

        Raises:
            WaystationError: refused, or no answer after all attempts.
        """
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self._backoff.attempts or not again
            more: dict[str, Any] = {} if body is None else {"content": body()}
            try:
                answer = self._http.request(method, path, headers=headers, **more)
            except httpx.TransportError as error:
                if last:
                    raise unreachable(self.url, error) from error
                self.pause(attempt)
                continue
            if answer.status_code in RETRIED_STATUSES and not last:
                self.pause(attempt, answer.headers.get("Retry-After"))
                continue
            if answer.status_code not in good:
                raise_for(answer)
            return answer

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request and read its answer piece by piece; one attempt.

        A file may be given at another port of the server: it is fetched there, without the token.

        Raises:
            WaystationError: refused, or it breaks off.
        """
        wishes = dict(headers or {}) | ({"Prefer": "redirect"} if method == "GET" else {})
        try:
            with ExitStack() as open_:
                sent = self._http.stream(method, path, headers=wishes, content=body)
                answer = open_.enter_context(sent)
                if answer.has_redirect_location and self._may_follow(answer):
                    led = self._bare.stream("GET", answer.headers["Location"], headers=wishes)
                    answer = open_.enter_context(led)
                if not answer.is_success:
                    answer.read()
                    raise_for(answer)
                yield answer
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error

    def persist(self, step: Callable[[], None]) -> None:
        """Do something that can be done again, until it goes through.

        Raises:
            UnavailableError: of the last attempt; any other error at once.
        """
        for attempt in range(1, self.attempts):
            try:
                return step()
            except UnavailableError:
                self.pause(attempt)
        return step()

    def _may_follow(self, answer: httpx.Response) -> bool:
        """Whether an answer leads to another port of the same server, no less private."""
        asked, led = answer.request.url, answer.request.url.join(answer.headers["Location"])
        same = (asked.scheme, asked.host) == (led.scheme, led.host)
        return same and answer.request.method == "GET"

    def pause(self, attempt: int, retry_after: str | None = None) -> None:
        """Wait before the next attempt."""
        time.sleep(self._backoff.pause_s(attempt, retry_after))

    @property
    def attempts(self) -> int:
        """How often something is tried in all."""
        return self._backoff.attempts


def dav(place: Place) -> str:
    """The address of a file or folder for single requests."""
    return f"/dav/{quote(place.space)}/{quote(place.path)}"


def tree(place: Place) -> str:
    """The address of a folder as one thing."""
    return f"/tree/{quote(place.space)}/{quote(place.path)}"
