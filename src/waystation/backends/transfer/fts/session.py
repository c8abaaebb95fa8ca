"""Calls of an FTS server: who we are, and what its refusals mean.

Answers and codes are those of fts-rest-flask (a8b4983, 2024-09-24): an error is
`{"status": "404 Not Found", "message": "…"}`; 419 is a delegated proxy that is missing or ends.
"""

import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from waystation.backends.transfer.fts.config import FtsConfig
from waystation.domains.transfers.errors import EngineUnavailableError

_UNAUTHENTICATED, _FORBIDDEN, _NO_PROXY, _BUSY, _SERVER = 401, 403, 419, 429, 500


class Session:
    """Safe to use from several threads. A token or proxy that was renewed is taken up."""

    def __init__(self, config: FtsConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._proxy_from = 0.0

    def ask(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        """Make a call; its status below 500, and what it tells.

        Raises:
            EngineUnavailableError: no answer, or one that says nothing about what was asked.
        """
        headers = {"Accept": "application/json", **self._shown()}
        try:
            answer = self._connected().request(
                method, path, json=body, params=query or None, headers=headers
            )
            told = answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError) as problem:
            words = str(problem) or type(problem).__name__
            raise EngineUnavailableError(
                f"FTS does not answer: {words}.",
                advice=f"Look whether this machine reaches {self._config.url}.",
            ) from problem
        status = answer.status_code
        if status in {_UNAUTHENTICATED, _FORBIDDEN}:
            raise EngineUnavailableError(
                f"FTS does not know us: {message(told)}.",
                advice="Look at the engine's token or proxy, and whether it has ended.",
            )
        if status == _NO_PROXY:
            raise EngineUnavailableError(
                f"FTS has no good proxy of ours: {message(told)}.",
                advice="Delegate one, `fts-rest-delegate` does it, before the last ends.",
            )
        if status == _BUSY or status >= _SERVER:
            raise EngineUnavailableError(f"FTS is busy or out of order: {message(told)}.")
        return status, told

    def token(self) -> str:
        """The bearer that we show now; empty when a proxy shows who we are.

        Raises:
            EngineUnavailableError: the file with it cannot be read.
        """
        said = self._config
        if said.token_file is None:
            return said.token or ""
        try:
            first, *_ = said.token_file.read_text().splitlines() or [""]
        except OSError as problem:
            raise EngineUnavailableError(
                f"The token of the engine {said.name!r} cannot be read: {problem.strerror}.",
                advice=f"Look at transfers.engines.{said.name}.token_file.",
            ) from problem
        return first.strip()

    def close(self) -> None:
        """Let the connections go; the next call makes others."""
        with self._lock:
            made, self._client = self._client, None
        if made is not None:
            made.close()

    def _shown(self) -> Mapping[str, str]:
        token = self.token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _connected(self) -> httpx.Client:
        said, old = self._config, None
        written = _written(said.proxy)
        with self._lock:
            if self._client is not None and written != self._proxy_from:
                old, self._client = self._client, None
            if self._client is None:
                self._client = httpx.Client(
                    base_url=said.url, timeout=said.timeout_s, verify=self._trusted()
                )
                self._proxy_from = written
            made = self._client
        if old is not None:
            old.close()
        return made

    def _trusted(self) -> ssl.SSLContext:
        said = self._config
        try:
            context = ssl.create_default_context(cafile=said.ca_file, capath=said.ca_dir)
            if said.proxy is not None:
                context.load_cert_chain(said.proxy)
        except OSError as problem:
            raise EngineUnavailableError(
                f"The engine {said.name!r} has no good proxy or authorities: {problem}.",
                advice=f"Look at transfers.engines.{said.name}.proxy and transfers.ca_file.",
            ) from problem
        return context


def message(told: object) -> str:
    """What an error says."""
    if isinstance(told, Mapping):
        said = told.get("message") or told.get("http_message") or told.get("status")
        return str(said or "no word").strip().rstrip(".")
    return "no word"


def _written(proxy: Path | None) -> float:
    """When a proxy was written; 0 when there is none."""
    try:
        return proxy.stat().st_mtime if proxy is not None else 0.0
    except OSError:
        return 0.0
