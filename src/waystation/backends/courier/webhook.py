"""HTTP callbacks: signed, paced, never following a redirect, every wait bounded."""

import hashlib
import hmac
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx

from waystation.backends.courier.deadline import cut_after
from waystation.domains.notify.entities import Parcel
from waystation.domains.notify.errors import DeliveryError
from waystation.kernel.clock import Clock
from waystation.kernel.hosts import AllowedHosts


@dataclass(frozen=True, slots=True)
class Credential:
    """HTTP Basic for some hosts; sent to no other."""

    name: str
    password: str = field(repr=False)
    hosts: AllowedHosts


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """How callbacks are made.

    Attributes:
        spacing_s: least time between two calls of one host.
        timeout_s: of connecting, and of the whole call.
        ca_file: authorities of the receivers; None is the system's.
    """

    hosts: AllowedHosts
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    spacing_s: float = 0.0
    timeout_s: float = 30.0
    ca_file: str | None = None


class Webhook:
    """Posts letters to URLs. Any 2xx is taken; everything else is tried again."""

    def __init__(self, config: WebhookConfig, clock: Clock, secret: Callable[[int], str]) -> None:
        self._config = config
        self._clock = clock
        self._secret = secret
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(
            timeout=httpx.Timeout(config.timeout_s, connect=min(10.0, config.timeout_s)),
            follow_redirects=False,
            verify=ssl.create_default_context(cafile=config.ca_file),
            trust_env=False,
            # Each call has a connection of its own, which is cut when the call takes too long.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def receiver(self, target: str) -> str:
        """Scheme, host and port."""
        parts = urlsplit(target)
        return f"{parts.scheme}://{parts.netloc}"[:300].lower()

    def objection(self, target: str) -> str | None:
        """By the allow-list."""
        return self._config.hosts.objection(target)

    def deliver(self, parcel: Parcel) -> None:
        """Post it to the address that was judged, with the name that it was judged by."""
        parts = urlsplit(parcel.target)
        try:
            address = self._config.hosts.address(parts)
        except PermissionError as refusal:
            raise DeliveryError(str(refusal), reached=True) from refusal
        except OSError as problem:
            words = f"{parts.hostname} cannot be looked up: {problem.strerror or problem}."
            raise DeliveryError(words, reached=False) from problem
        self._pace(self.receiver(parcel.target))
        body = parcel.letter.body.encode()
        host = f"[{address}]" if ":" in address else address
        where = urlunsplit(
            parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
        )
        with cut_after(self._config.timeout_s) as line:
            try:
                with self._client.stream(
                    "POST",
                    where,
                    content=body,
                    headers={**self._headers(parcel, body), "Host": parts.netloc},
                    auth=self._auth(parcel),
                    extensions={"sni_hostname": parts.hostname, "trace": line.trace},
                ) as answer:
                    self._judge(answer)
            except httpx.HTTPError as problem:
                why = "not in time" if line.cut else str(problem) or type(problem).__name__
                words = f"{parts.netloc} does not answer: {why}"
                raise DeliveryError(words, reached=False) from problem

    def _judge(self, answer: httpx.Response) -> None:
        """Its status decides; the body is not read."""
        if answer.is_success:
            return
        words = f"The receiver answered {answer.status_code}."
        if answer.is_redirect:
            words += " Redirects are not followed: give the final address."
        raise DeliveryError(words, reached=True)

    def _headers(self, parcel: Parcel, body: bytes) -> dict[str, str]:
        """Delivery id and signature: HMAC-SHA256 of `<unix seconds>.<body>`."""
        moment = str(int(self._clock.now().timestamp()))
        signed = hmac.new(
            self._secret(parcel.owner_id).encode(), moment.encode() + b"." + body, hashlib.sha256
        )
        return {
            "Content-Type": parcel.letter.media,
            "User-Agent": "waystation",
            "Waystation-Delivery": str(parcel.id),
            "Waystation-Signature": f"t={moment},v1={signed.hexdigest()}",
        }

    def _auth(self, parcel: Parcel) -> httpx.BasicAuth | None:
        """The letter's credential, only for hosts that the credential is for."""
        known = self._config.credentials.get(parcel.letter.credential)
        if known is None or known.hosts.objection(parcel.target):
            return None
        return httpx.BasicAuth(known.name, known.password)

    def _pace(self, receiver: str) -> None:
        """Wait until this host may be called again; each caller books its own moment."""
        if not self._config.spacing_s:
            return
        with self._lock:
            now = time.monotonic()
            at = max(now, self._last.get(receiver, 0.0) + self._config.spacing_s)
            self._last[receiver] = at
        threading.Event().wait(at - now)
