"""Calls of a WebDAV server: judged before they are made, led on by redirects, told in words.

The address that was judged is the one that is called (DNS rebinding gains nothing), and a token
goes to no other server than the one it was given for.
"""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import httpx

from waystation.backends.transfer.hands.task import MoveError
from waystation.backends.transfer.http.config import HttpConfig
from waystation.domains.transfers.entities import Endpoint

HOPS = 5
CONNECT_S = 30.0
Body = Callable[[], Iterator[bytes]]
"""Gives the bytes of a request from their beginning, as often as they are needed."""


class BrokenError(MoveError):
    """The connection broke, or the server was silent; the same call may do better."""


@dataclass(frozen=True, slots=True)
class There:
    """A file at a server.

    Attributes:
        url: of it.
        token: bearer for it; empty when there is none.
    """

    url: str
    token: str = field(default="", repr=False)

    @classmethod
    def at(cls, end: Endpoint, path: str) -> Self:
        """A path below an endpoint; names are written as URLs have them."""
        base = end.facts["url"].rstrip("/")
        return cls(f"{base}/{quote(path, safe='/')}", end.facts.get("token", ""))

    @property
    def headers(self) -> dict[str, str]:
        """What shows that we may."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class Servers:
    """Those that the settings allow; of any thread."""

    def __init__(self, config: HttpConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    @contextmanager
    def call(
        self,
        method: str,
        where: There,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> Iterator[httpx.Response]:
        """Make a call; its answer is open while the block lasts, whatever its status.

        Raises:
            BrokenError: there is no answer, or it broke off.
            MoveError: the server may not be called.
        """
        given: Mapping[str, str] = {**where.headers, **(headers or {})}
        url = where.url
        try:
            for _ in range(HOPS + 1):
                answer = self._client().send(self._request(method, url, given, body), stream=True)
                try:
                    if not answer.has_redirect_location:
                        yield answer
                        return
                finally:
                    answer.close()
                url, given = self._onward(url, answer.headers["location"], given)
        except httpx.HTTPError as problem:
            words = str(problem) or type(problem).__name__
            raise BrokenError(f"{urlsplit(url).netloc} does not answer: {words}.") from problem
        raise MoveError(f"{urlsplit(url).netloc} redirects more than {HOPS} times.")

    def status(
        self, method: str, where: There, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str]]:
        """Make a call of which only status and headers count."""
        with self.call(method, where, headers) as answer:
            return answer.status_code, dict(answer.headers)

    def close(self) -> None:
        """Let the connections go."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None
    ) -> httpx.Request:
        """To the address that was judged, with the name that it was judged by."""
        refusal = self._config.hosts.objection(url)
        if refusal:
            raise MoveError(refusal)
        parts = urlsplit(url)
        try:
            address = self._config.hosts.address(parts)
        except PermissionError as problem:
            raise MoveError(str(problem)) from problem
        except OSError as problem:
            raise BrokenError(f"{parts.hostname} cannot be looked up.") from problem
        # XRootD 5.5 reads headers only as they are usually written.
        given = {"Accept-Encoding": "identity", **headers, "Host": parts.netloc}
        return self._client().build_request(
            method,
            _addressed(parts, address),
            headers=given,
            content=body() if body is not None else None,
            extensions={"sni_hostname": parts.hostname},
        )

    def _onward(
        self, url: str, location: str, headers: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        onward = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(onward)
        if old.scheme == "https" and new.scheme != "https":
            raise MoveError(f"{old.netloc} redirects from https to http.")
        if (old.hostname, old.port) == (new.hostname, new.port):
            return onward, headers
        return onward, {name: v for name, v in headers.items() if "uthorization" not in name}

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                said = self._config
                context = ssl.create_default_context(
                    cafile=said.ca_file and str(said.ca_file),
                    capath=said.ca_dir and str(said.ca_dir),
                )
                self._made = httpx.Client(
                    verify=context,
                    timeout=httpx.Timeout(said.silence_s, connect=CONNECT_S, pool=said.silence_s),
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._made


def _addressed(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    return urlunsplit(parts._replace(netloc=netloc, fragment=""))


def good(answer: httpx.Response, who: str) -> None:
    """Go on after a status of success.

    Raises:
        MoveError: it is none, in words.
    """
    status = answer.status_code
    if status >= httpx.codes.MULTIPLE_CHOICES:
        raise MoveError(refusal(status, who))


def refusal(status: int, who: str) -> str:
    """What a status means that is not good."""
    words = {
        401: f"{who} does not know us: its token is missing or has ended.",
        403: f"{who} does not let us: its token lacks the right.",
        404: f"{who} is not there.",
        413: f"{who} takes no file of this size.",
        507: f"{who} has no room left.",
    }
    return words.get(status) or f"{who} answered {status}."
