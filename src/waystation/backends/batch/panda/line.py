"""HTTP with the credentials as they are now: others renew them."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from waystation.backends.batch.panda.config import PandaConfig
from waystation.domains.jobs.errors import BatchUnavailableError

_LONGEST = 300
_DENIED = (401, 403)
_PIECE = 2**18


@dataclass(frozen=True, slots=True)
class Host:
    """Whom we speak to: its name for people, and what opens it."""

    name: str
    token_file: Path | None
    headers: Mapping[str, str]


class Line:
    """Calls to one host. Safe to use from several threads."""

    def __init__(self, config: PandaConfig, host: Host) -> None:
        self._config = config
        self._host = host
        self._client: httpx.Client | None = None
        self._made_of = 0.0

    def call(
        self,
        method: str,
        address: str,
        good: tuple[int, ...],
        **more: Any,  # noqa: ANN401 - httpx' own words
    ) -> httpx.Response:
        """One call; its answer, with one of these statuses.

        Raises:
            BatchUnavailableError: another status, or none.
        """
        with self._faults():
            headers = self._headers() | more.pop("headers", {})
            answer = self._http().request(method, address, headers=headers, **more)
        self._check(answer, good)
        return answer

    @contextmanager
    def reading(
        self, address: str, good: tuple[int, ...], headers: Mapping[str, str] | None = None
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """One of these statuses, and the bytes of a file."""
        with self._faults(), self._http().stream(
            "GET", address, headers=self._headers() | dict(headers or {})
        ) as answer:  # fmt: skip
            self._check(answer, good)
            yield answer.status_code, answer.iter_bytes(_PIECE)

    def close(self) -> None:
        """Let connections go. Can be called twice."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _check(self, answer: httpx.Response, good: tuple[int, ...]) -> None:
        if answer.status_code in good:
            return
        said = "" if not answer.is_closed else " ".join(answer.text.split())[:_LONGEST]
        words = f"{self._host.name} answers {answer.status_code}: {said or answer.reason_phrase}"
        if answer.status_code in _DENIED:
            raise BatchUnavailableError(
                words, advice="Look at the proxy or token, and its rights."
            )
        raise BatchUnavailableError(words)

    def _headers(self) -> dict[str, str]:
        place = self._host.token_file
        if place is None:
            return dict(self._host.headers)
        token = place.read_text().partition("\n")[0].strip()
        if not token.isascii() or not token:
            raise BatchUnavailableError(f"There is no token in {place}.")
        return {**self._host.headers, "authorization": f"Bearer {token}"}

    def _http(self) -> httpx.Client:
        proxy = self._config.proxy
        made_of = proxy.stat().st_mtime if proxy is not None else 0.0
        if self._client is None or made_of != self._made_of:
            config = self._config
            trust = ssl.create_default_context(cafile=config.ca_file, capath=config.ca_dir)
            if proxy is not None:
                trust.load_cert_chain(proxy)
            # The one before closes its connections when its last call is over.
            self._client = httpx.Client(verify=trust, timeout=config.timeout_s, trust_env=False)
            self._made_of = made_of
        return self._client

    @contextmanager
    def _faults(self) -> Iterator[None]:
        name = self._host.name
        try:
            yield
        except httpx.HTTPError as problem:
            words = str(problem) or type(problem).__name__
            raise BatchUnavailableError(f"{name} cannot be reached: {words}.") from problem
        except OSError as problem:
            raise BatchUnavailableError(f"A credential cannot be used: {problem}.") from problem
