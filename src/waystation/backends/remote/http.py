"""Files of other HTTP servers: fetched, stored, asked about. Redirects are judged hop by hop."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpx

from waystation.domains.hosting.errors import RemoteError, RemoteRefusedError
from waystation.domains.hosting.ports import Incoming
from waystation.kernel.hosts import AllowedHosts

CHUNK = 2**18
HOPS = 5
"""Redirects that are followed: dCache's doors need one, to the pool."""
CONNECT_S = 15.0
_LATER = {408, 423, 425, 429}
"""Refusals of this moment: timeout, locked, too early, too many (RFC 9110, 4918, 8470, 6585)."""


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """How other servers are reached.

    Attributes:
        hosts: those that may be.
        silence_s: longest wait for the next bytes.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
    """

    hosts: AllowedHosts
    silence_s: float = 120.0
    ca_file: str | None = None
    ca_dir: str | None = None


class HttpRemotes:
    """`Remotes` by HTTP/1.1. For the one event loop of a process."""

    def __init__(self, config: RemoteConfig) -> None:
        self._config = config
        self._made: httpx.AsyncClient | None = None

    def objection(self, url: str) -> str | None:
        """As the port promises."""
        return self._config.hosts.objection(url)

    @asynccontextmanager
    async def fetch(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[Incoming]:
        """As the port promises."""
        async with self._call("GET", url, headers, None) as answer:
            _good(answer, "The source")
            length = answer.headers.get("content-length", "")
            size = int(length) if length.isdigit() else None
            yield Incoming(size, _told(answer), _chunks(answer))

    async def store(
        self, url: str, headers: Mapping[str, str], *, size: int, chunks: AsyncIterator[bytes]
    ) -> None:
        """As the port promises.

        The bytes go to where the last redirect leads, so the way there is found without them:
        `Expect: 100-continue` is not known to httpx.
        """
        length = {"content-length": str(size)}
        async with self._call("PUT", url, {**headers, **length}, chunks) as answer:
            _good(answer, "The destination")

    async def describe(self, url: str, headers: Mapping[str, str]) -> Mapping[str, str] | None:
        """As the port promises."""
        async with self._call("HEAD", url, headers, None) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            _good(answer, "The other server")
            return _told(answer)

    @asynccontextmanager
    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], body: AsyncIterator[bytes] | None
    ) -> AsyncIterator[httpx.Response]:
        where, given = url, dict(headers)
        for _ in range(HOPS + 1):
            request = await self._request(method, where, given, body)
            answer = await self._send(request, where)
            try:
                if not answer.has_redirect_location:
                    yield answer
                    return
            finally:
                await answer.aclose()
            if body is not None:
                raise RemoteError(
                    "The destination redirects to another server.",
                    advice="Give the address that it redirects to, or let it fetch (pull).",
                )
            where, given = self._onward(where, answer.headers["location"], given)
        raise RemoteError(f"{url} redirects more than {HOPS} times.")

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: AsyncIterator[bytes] | None
    ) -> httpx.Request:
        """To the address that was judged, with the name that it was judged by."""
        parts = urlsplit(url)
        try:
            address = await asyncio.to_thread(self._config.hosts.address, parts)
        except PermissionError as refusal:
            raise RemoteError(str(refusal)) from refusal
        except OSError as problem:
            raise RemoteError(f"{parts.hostname} cannot be looked up.") from problem
        given = {"accept-encoding": "identity", **headers, "host": parts.netloc}
        return self._client().build_request(
            method,
            _at(parts, address),
            content=body,
            # As usual on the wire: XRootD 5.5 does not read `want-digest` or `range`.
            headers={name.title(): value for name, value in given.items()},
            extensions={"sni_hostname": parts.hostname},
        )

    async def _send(self, request: httpx.Request, url: str) -> httpx.Response:
        try:
            return await self._client().send(request, stream=True)
        except httpx.HTTPError as problem:
            words = str(problem) or type(problem).__name__
            raise RemoteError(f"{urlsplit(url).netloc} does not answer: {words}.") from problem

    def _onward(
        self, url: str, location: str, headers: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        """The next hop; a credential goes to no other host than the one it was given for."""
        where = urljoin(url, location)
        refusal = self._config.hosts.objection(where)
        if refusal:
            raise RemoteError(f"It redirects to another server. {refusal}")
        old, new = urlsplit(url), urlsplit(where)
        if old.scheme == "https" and new.scheme != "https":
            raise RemoteError("It redirects from https to http.")
        same = (old.hostname, old.port) == (new.hostname, new.port)
        kept = {name: value for name, value in headers.items() if same or name != "authorization"}
        return where, kept

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            config = self._config
            context = ssl.create_default_context(cafile=config.ca_file, capath=config.ca_dir)
            self._made = httpx.AsyncClient(
                timeout=httpx.Timeout(config.silence_s, connect=CONNECT_S, pool=CONNECT_S),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
                follow_redirects=False,
                verify=context,
                trust_env=False,
            )
        return self._made


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for data in answer.aiter_raw(CHUNK):
            yield data
    except httpx.HTTPError as problem:
        words = str(problem) or type(problem).__name__
        raise RemoteError(f"The source stopped: {words}.") from problem


def _at(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    return urlunsplit(parts._replace(netloc=netloc, fragment=""))


def _good(answer: httpx.Response, who: str) -> None:
    if answer.status_code >= httpx.codes.MULTIPLE_CHOICES:
        reason = f"{answer.status_code} {answer.reason_phrase}".strip()
        final = answer.is_client_error and answer.status_code not in _LATER
        kind = RemoteRefusedError if final else RemoteError
        raise kind(f"{who} answered {reason}.")


def _told(answer: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
