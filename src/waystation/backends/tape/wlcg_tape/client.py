"""Calls to the other site: kept connections, renewed credentials, patience with an end."""

import json
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import httpx

from waystation.backends.tape.wlcg_tape import credentials, wire
from waystation.backends.tape.wlcg_tape.config import DISCOVERY, WlcgTapeConfig
from waystation.domains.staging.errors import BackendUnavailableError

WORKS = (
    "Look whether the other site announces a downtime, and whether it can be reached from here."
)
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
DISCOVERED_S = 3_600.0
"""How long a discovery document is believed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def well(self) -> bool:
        """The call was carried out."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def complaint(self) -> str:
        """Status and words of an error."""
        return wire.complaint(self.status, self.body, self.headers)


class SiteClient:
    """One site's Tape REST API. Safe to use from several threads."""

    def __init__(self, config: WlcgTapeConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        self._made_of: tuple[object, ...] = ()
        self._found: tuple[wire.Endpoint, float] | None = None
        self._questions = threading.BoundedSemaphore(max(1, config.at_once) + 2)

    def get(self, call: str) -> Reply:
        """Ask something."""
        return self._call("GET", call, None, again=True, tolerate={HTTPStatus.NOT_FOUND})

    def post(
        self, call: str, body: Mapping[str, object], *, tolerate: Collection[int] = (), again: bool
    ) -> Reply:
        """Order or ask something.

        Args:
            call: path below the API.
            body: sent as JSON.
            tolerate: statuses that the caller understands; others are errors.
            again: whether it may be sent again when no answer came.

        Raises:
            BackendUnavailableError: no answer in time, or one that the caller does not tolerate.
        """
        return self._call("POST", call, body, again=again, tolerate=tolerate)

    def exists(self, path: str) -> bool | None:
        """Whether the site's WebDAV endpoint knows a path; None where that cannot be told."""
        if not self._config.discovery:
            return None
        parts = urlsplit(self._config.discovery)
        url = f"{parts.scheme}://{parts.netloc}{quote(path)}"
        reply = self._send("PROPFIND", url, None, time.monotonic() + self._config.timeout_s)
        if reply.status == HTTPStatus.NOT_FOUND:
            return False
        return True if reply.well else None

    def endpoint(self, end: float | None = None) -> wire.Endpoint:
        """Where the API is: as set, or as the discovery document says, believed for an hour.

        Args:
            end: monotonic moment until which that may take; None = the usual time from now.

        Raises:
            BackendUnavailableError: the document cannot be had or offers no version 1.
        """
        config = self._config
        if config.endpoint:
            return wire.Endpoint(config.site, config.endpoint.rstrip("/"), ("v1",))
        found = self._found
        if found is not None and time.monotonic() < found[1]:
            return found[0]
        try:
            fresh = self._discover(end or time.monotonic() + config.timeout_s)
        except BackendUnavailableError:
            if found is None:
                raise
            return found[0]
        self._found = (fresh, time.monotonic() + DISCOVERED_S)
        return fresh

    def _discover(self, end: float) -> wire.Endpoint:
        url = self._config.discovery.rstrip("/")
        if not url:
            raise BackendUnavailableError(
                "It is not said where the other site answers.",
                advice="Set the back end's `discovery` or `endpoint`.",
            )
        url = url if url.endswith(DISCOVERY) else url + DISCOVERY
        reply = self._patiently("GET", url, None, tolerate={HTTPStatus.NOT_FOUND}, end=end)
        told = wire.discovery(reply.body) if reply.status == HTTPStatus.OK else None
        advice = "Check `discovery`: the site's WebDAV address. StoRM's is on its StoRM WebDAV."
        if told is None:
            raise BackendUnavailableError(
                f"{url} is no discovery document: {reply.complaint}.", advice=advice, status=0
            )
        if not told.uri:
            raise BackendUnavailableError(
                f"{url} offers no Tape REST API v1, only: {', '.join(told.versions)}.",
                advice="Ask the site for a v1 endpoint.",
                status=0,
            )
        if url.startswith("https:") and not told.uri.startswith("https:"):
            raise BackendUnavailableError(
                f"{url} leads to {told.uri}, which is not https.",
                advice="Ask the site to correct it, or set `endpoint`.",
                status=0,
            )
        return wire.Endpoint(self._config.site or told.site, told.uri, told.versions)

    def _call(
        self,
        method: str,
        call: str,
        body: Mapping[str, object] | None,
        *,
        again: bool,
        tolerate: Collection[int],
    ) -> Reply:
        end = time.monotonic() + self._config.timeout_s
        url = self.endpoint(end).uri + call
        with self._questions:
            return self._patiently(method, url, body, again=again, tolerate=tolerate, end=end)

    def _patiently(
        self,
        method: str,
        url: str,
        body: Mapping[str, object] | None,
        *,
        again: bool = True,
        tolerate: Collection[int],
        end: float,
    ) -> Reply:
        """One call, repeated while the site is busy and there is time."""
        pause, pause_s = threading.Event(), FIRST_PAUSE_S
        while True:
            trouble: BackendUnavailableError
            wait_s = pause_s
            try:
                reply = self._send(method, url, body, end)
            except BackendUnavailableError as error:
                if not again or not isinstance(error.__cause__, httpx.NetworkError | _CUT):
                    raise
                again = False  # a kept connection that the site had closed: once is enough
                trouble, wait_s = error, 0.0
            else:
                if reply.well or reply.status in tolerate:
                    return reply
                trouble = _trouble(reply, url)
                if reply.status not in BUSY:
                    raise trouble
                wait_s = max(pause_s, _retry_after_s(reply))
            if time.monotonic() + wait_s >= end:
                raise trouble
            pause.wait(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _send(self, method: str, url: str, body: Mapping[str, object] | None, end: float) -> Reply:
        config = self._config
        headers = {"Accept": "application/json"}
        if config.token_file is not None:
            headers["Authorization"] = f"Bearer {credentials.token(config.token_file)}"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        left = max(0.05, end - time.monotonic())
        timeout = httpx.Timeout(left, connect=min(left, config.connect_timeout_s))
        try:
            answer = self._connections().request(
                method, url, content=content, headers=headers, timeout=timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise BackendUnavailableError(
                f"The other site does not answer at {url}: {_reason(error)}.",
                advice=WORKS,
                never_sent=isinstance(error, _NEVER_SENT),
            ) from error
        return Reply(answer.status_code, answer.content, dict(answer.headers))

    def _connections(self) -> httpx.Client:
        """Kept connections, made anew when a certificate was renewed."""
        with self._lock:
            stamps = credentials.fingerprint(self._config)
            if self._http is None or stamps != self._made_of:
                most = max(1, self._config.at_once) + 2
                self._http = httpx.Client(
                    verify=credentials.tls(self._config),
                    limits=httpx.Limits(max_connections=most, max_keepalive_connections=most),
                    trust_env=False,
                )
                self._made_of = stamps
            return self._http


_CUT = httpx.RemoteProtocolError
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL)


def _trouble(reply: Reply, url: str) -> BackendUnavailableError:
    advice = WORKS
    if reply.status == HTTPStatus.UNAUTHORIZED:
        advice = "Renew the token or certificate, or have it made known to the other site."
    elif reply.status == HTTPStatus.FORBIDDEN:
        advice = (
            "Ask the other site what we may do there: storage.stage and storage.poll in the"
            " token, or the certificate's rights."
        )
    elif reply.status == HTTPStatus.NOT_FOUND:
        advice = "Check `endpoint` or `discovery`: this address has no Tape REST API v1."
    elif reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        advice = "The site has as many requests of ours as it takes; the rest will follow."
    return BackendUnavailableError(
        f"The other site answered {reply.complaint} to {url}.",
        advice=advice,
        status=reply.status,
    )


def _retry_after_s(reply: Reply) -> float:
    """Seconds of a Retry-After header; the form with a date is not waited for."""
    told = reply.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__
