"""HTTP to a Data Host: TLS with what the user shows, a proxy in between, refusals in words."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waystation_client.datahost.address import Address
from waystation_client.datahost.credentials import Certificate
from waystation_client.datahost.proxies import Proxy
from waystation_client.errors import (
    MalformedError,
    NotConfiguredError,
    UnavailableError,
    WaystationError,
    from_problem,
)

TIMEOUT_S = 120.0
_MOST_BYTES = 2**22
_GOOD = 200


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the server is trusted.

    Attributes:
        directory: authorities beside the system's; None is none.
        file: the same in one file.
        insecure: whoever answers.
    """

    directory: Path | None = None
    file: Path | None = None
    insecure: bool = False


@dataclass(slots=True)
class Connection:
    """One connection; made by the first call, closed by `close`."""

    address: Address
    trust: Trust
    proxy: Proxy | None = None
    certificate: Certificate | None = None
    headers: dict[str, str] = field(default_factory=dict)
    _http: http.client.HTTPConnection | None = None

    def open(self) -> http.client.HTTPConnection:
        """The connection itself.

        Raises:
            NotConfiguredError: certificate, key or authorities are of no use.
        """
        if self._http is None:
            at, via = self.address, self.proxy
            host, port = (via.host, via.port) if via else (at.host, at.port)
            if at.scheme == "https":
                context = self._context()
                made = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
                if via:
                    made.set_tunnel(at.host, at.port, via.headers)
                self._http = made
            else:
                self._http = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        return self._http

    def begin(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Send the head of a request."""
        made = self.open()
        through = self.proxy is not None and self.address.scheme == "http"
        target = f"{self.address.scheme}://{self.address.netloc}{path}" if through else path
        made.putrequest(method, target, skip_accept_encoding=True)
        more = self.proxy.headers if self.proxy is not None and through else {}
        for name, value in {"User-Agent": "datahost", **self.headers, **more, **headers}.items():
            made.putheader(name, value)
        made.endheaders()

    def answer(self) -> http.client.HTTPResponse:
        """The answer to what was sent.

        Raises:
            WaystationError: it is a refusal, by the server's own words.
        """
        got = self.open().getresponse()
        if got.status != _GOOD:
            raise _refusal(got)
        return got

    def call(
        self, method: str, path: str, *, body: bytes = b"", media: str = ""
    ) -> dict[str, object]:
        """Send a small request; its JSON answer.

        Raises:
            WaystationError: refused, or no answer.
        """
        headers = {"Content-Type": media} if media else {}
        try:
            self.begin(method, path, {"Content-Length": str(len(body)), **headers})
            self.open().send(body)
            return document(self.answer().read(_MOST_BYTES))
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.address, error) from error

    def close(self) -> None:
        """Let go of it."""
        if self._http is not None:
            self._http.close()

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.trust.file)
            context.load_default_certs()
            if self.trust.directory is not None:
                context.load_verify_locations(capath=self.trust.directory)
            if self.trust.insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.certificate is not None:
                shown = self.certificate
                context.load_cert_chain(shown.certificate, shown.key)
        except (OSError, ssl.SSLError) as error:
            raise NotConfiguredError(
                f"The certificate, its key or the authorities are of no use: {error}."
            ) from error
        return context


def document(raw: bytes) -> dict[str, object]:
    """A JSON object.

    Raises:
        MalformedError: it is none.
    """
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise MalformedError(
            "The answer cannot be read.",
            code="unavailable",
            next_step="The address may be another service.",
        )
    return found


def unreachable(address: Address, error: Exception) -> UnavailableError:
    """Why there was no answer, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnavailableError(
            f"{address} does not prove that it is itself: {error.verify_message}.",
            next_step="Set X509_CERT_DIR or --cacert to its authority.",
        )
    reason = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
    return UnavailableError(
        f"Cannot reach {address}: {reason or type(error).__name__}.",
        next_step="Check the address, the network and your certificate, then try again.",
    )


def _refusal(got: http.client.HTTPResponse) -> WaystationError:
    raw = got.read(_MOST_BYTES)
    try:
        problem = document(raw)
    except MalformedError:
        problem = {}
    return from_problem(got.status, problem)
