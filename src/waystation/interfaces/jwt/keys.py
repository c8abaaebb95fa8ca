"""The public keys of an issuer: fetched with a deadline, kept over restarts, rotated."""

import hashlib
import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from waystation.interfaces.jwt.documents import DEADLINE_S, discovered, fetch
from waystation.kernel import durable
from waystation.kernel.clock import Clock
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

_AGAIN_S = 30.0
"""An issuer is asked so often at most, whatever tokens come."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where keys are, and how long they are good.

    Attributes:
        issuer: its address, as in `iss`.
        jwks_url: of its keys; None is what its discovery document says.
        refresh_s: after so long they are asked for again.
        keep_s: so long they are good while it does not answer.
        plain: http is taken too.
    """

    issuer: str
    jwks_url: str | None
    refresh_s: float
    keep_s: float
    plain: bool


class Keys:
    """Keys of one issuer. Used by many threads; one of them fetches."""

    def __init__(self, where: Where, clock: Clock, folder: Path) -> None:
        self._where = where
        self._clock = clock
        digest = hashlib.sha256(where.issuer.encode()).hexdigest()[:32]
        self._place = folder / f"{digest}.json"
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._asked = 0.0
        self._read()

    def current(self, kid: str | None) -> KeySet:
        """Keys among which the one of that name should be.

        Raises:
            UnavailableError: there are none, and the issuer does not answer.
        """
        now = self._now()
        known = self._keys is not None and (kid is None or self._has(kid))
        if not known or now - self._fetched > self._where.refresh_s:
            with self._lock:
                if self._now() - self._asked > _AGAIN_S:
                    self._asked = self._now()
                    self._fetch()
        if self._keys is None or self._now() - self._fetched > self._where.keep_s:
            raise UnavailableError(
                f"The keys of {self._where.issuer} are not to be had.",
                advice="Try again in a minute, or use a token of ours.",
            )
        return self._keys

    def _has(self, kid: str) -> bool:
        return self._keys is not None and any(key.kid == kid for key in self._keys.keys)

    def _fetch(self) -> None:
        """Ask for them; what does not come leaves those that we have."""
        try:
            with httpx.Client(timeout=DEADLINE_S, follow_redirects=False) as http:
                url = self._where.jwks_url or self._discovered(http)
                document = fetch(http, url, plain=self._where.plain)
            self._keys = KeySet.import_key_set(document)  # type: ignore[arg-type]
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as problem:
            log.warning("keys of %s: %s", self._where.issuer, problem)
            return
        self._fetched = self._now()
        kept = {"fetched": self._fetched, "keys": document}
        try:
            self._place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            durable.write(self._place, json.dumps(kept).encode())
        except OSError as problem:
            log.warning("keys of %s cannot be kept: %s", self._where.issuer, problem)

    def _discovered(self, http: httpx.Client) -> str:
        found = discovered(http, self._where.issuer, plain=self._where.plain)
        return str(found["jwks_uri"])

    def _read(self) -> None:
        """What an earlier process fetched."""
        try:
            kept = json.loads(self._place.read_bytes())
            self._keys = KeySet.import_key_set(kept["keys"])
            self._fetched = float(kept["fetched"])
        except FileNotFoundError:
            return
        except (OSError, JoseError, ValueError, KeyError, TypeError) as problem:
            log.warning("keys of %s: what was kept is of no use: %s", self._where.issuer, problem)

    def _now(self) -> float:
        return self._clock.now().timestamp()
