"""One call of a door: tried again while that can help, led on by redirects, told in our words."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock
from urllib.parse import urljoin, urlsplit

import httpx

from waystation.backends.storage.door.config import DoorConfig
from waystation.backends.storage.door.ourselves import Stamps, stamps, tls, token
from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

CONNECT_S = 30.0
HOPS = 3
"""Redirects that are followed: dCache's doors need one, to the pool."""
FIRST_WAIT_S = 0.25
_AGAIN = {408, 423, 425, 429, 500, 502, 503, 504}
_FULL = {413, 507}
_STRANGER = {401, 403}
_DOCTOR = "Tell the operators: `waystation doctor` says more."

MakeBody = Callable[[], Iterator[bytes]]
"""Gives the bytes of a request from their beginning, as often as they are needed."""


class Calls:
    """Those of one door; of any thread."""

    def __init__(self, config: DoorConfig) -> None:
        self.config = config
        self._lock = Lock()
        self._client: httpx.Client | None = None
        self._of: Stamps = ()

    @contextmanager
    def call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: MakeBody | None = None,
    ) -> Iterator[httpx.Response]:
        """Make a call; its answer is open while the block lasts, whatever its status.

        Headers are written `As-Usual`: XRootD 5.5 reads no others.

        Raises:
            UnavailableError: no answer, or only that it is busy, however often it was tried.
        """
        answer = self._persist(method, url, dict(headers or {}), body)
        try:
            yield answer
        finally:
            answer.close()

    def refusal(self, answer: httpx.Response) -> Exception:
        """What an answer means that is not good."""
        name, status = self.config.name, answer.status_code
        log.warning("store %s: %s %s: %d", name, answer.request.method, answer.url, status)
        if status in _FULL:
            return StorageFullError(
                f"The store {name!r} has no room.", advice="Tell the operators; try again later."
            )
        if status in _STRANGER:
            return UnavailableError(f"The store {name!r} refuses us.", advice=_DOCTOR)
        return UnavailableError(
            f"The store {name!r} answered {status} {answer.reason_phrase}.",
            advice="Try again in a moment.",
        )

    def _persist(
        self, method: str, url: str, headers: dict[str, str], body: MakeBody | None
    ) -> httpx.Response:
        for left in range(self.config.tries - 1, -1, -1):
            try:
                answer = self._led(method, url, headers, body)
                if answer.status_code not in _AGAIN or not left:
                    return answer
                answer.close()
                log.info("store %s is busy: %d", self.config.name, answer.status_code)
            except httpx.HTTPError as problem:
                log.warning("store %s: %s %s: %r", self.config.name, method, url, problem)
                if not left:
                    raise UnavailableError(
                        f"The store {self.config.name!r} does not answer.",
                        advice="Try again in a moment.",
                    ) from problem
            Event().wait(FIRST_WAIT_S * 2 ** (self.config.tries - 1 - left))
        raise AssertionError("unreachable")

    def _led(
        self, method: str, url: str, headers: dict[str, str], body: MakeBody | None
    ) -> httpx.Response:
        """Follow redirects; what proves who we are goes to no other host."""
        where, given = url, headers
        if self.config.token_file is not None:
            given = {**headers, "Authorization": f"Bearer {token(self.config.token_file)}"}
        for _ in range(HOPS + 1):
            request = self._http().build_request(
                method, where, headers=given, content=body() if body is not None else None
            )
            answer = self._http().send(request, stream=True)
            if not answer.has_redirect_location:
                return answer
            answer.close()
            onward = urljoin(where, answer.headers["location"])
            old, new = urlsplit(where), urlsplit(onward)
            if old.scheme == "https" and new.scheme != "https":
                raise UnavailableError(
                    f"The store {self.config.name!r} redirects from https to http.",
                    advice="Set redirects to encrypted pools at that site.",
                )
            if (old.hostname, old.port) != (new.hostname, new.port):
                given = {n: v for n, v in given.items() if n != "Authorization"}
            where = onward
        raise UnavailableError(f"The store {self.config.name!r} redirects in a circle.")

    def _http(self) -> httpx.Client:
        """The connections; new ones when a certificate was renewed."""
        with self._lock:
            now = stamps(self.config)
            if self._client is None or now != self._of:
                self._of = now
                self._client = httpx.Client(
                    verify=tls(self.config),
                    timeout=httpx.Timeout(self.config.timeout_s, connect=CONNECT_S),
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
                    headers={"Accept-Encoding": "identity"},
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._client
