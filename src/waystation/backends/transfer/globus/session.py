"""Speaking with Globus: who we are, one token until it ends, and what its refusals mean.

Trouble with credentials, limits and the service itself says nothing about any task: it is
`EngineUnavailableError`, and a task that was accepted goes on.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

import globus_sdk
from globus_sdk.transport import RequestsTransport, RetryConfig

from waystation.backends.transfer.globus.config import GlobusConfig
from waystation.domains.transfers.errors import (
    EngineError,
    EngineFullError,
    EngineRefusedError,
    EngineUnavailableError,
)

_RETRY = RetryConfig(max_retries=2, max_sleep=5)
_UNAUTHENTICATED, _CONFLICT, _BUSY, _SERVER = 401, 409, 429, 500
Answer = TypeVar("Answer")
Client = globus_sdk.TransferClient
Call = Callable[[Client], Answer]


class Session:
    """Safe to use from several threads: a connection for each, one token for all."""

    def __init__(self, config: GlobusConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._scopes: frozenset[str] = frozenset({str(globus_sdk.TransferClient.scopes.all)})
        self._authorizer: globus_sdk.authorizers.GlobusAuthorizer | None = None
        self._idle: list[Client] = []
        self._auth: globus_sdk.AuthLoginClient | None = None

    def ask(self, call: Call[Answer], *, begins: bool = False) -> Answer:
        """Make one call.

        Args:
            call: with a client.
            begins: a refusal means that nothing was begun.

        Raises:
            EngineUnavailableError: ask again later.
            EngineFullError: no more tasks now.
            EngineRefusedError: never; only when it `begins`.
        """
        try:
            try:
                return self._once(call)
            except globus_sdk.GlobusAPIError as refusal:
                if not self._may_consent(refusal):
                    raise
            return self._once(call)
        except globus_sdk.GlobusAPIError as refusal:
            raise _meaning(refusal, begins=begins) from refusal
        except globus_sdk.GlobusError as problem:
            raise EngineUnavailableError(
                f"Globus does not answer: {type(problem).__name__}.",
                advice="Look whether this machine reaches auth.globus.org and "
                "transfer.api.globus.org by https.",
            ) from problem

    def close(self) -> None:
        """Let the connections and the token go; the next call makes others."""
        with self._lock:
            idle, self._idle = self._idle, []
            auth, self._auth, self._authorizer = self._auth, None, None
        for client in idle:
            client.close()
        if auth is not None:
            auth.close()

    def _once(self, call: Call[Answer]) -> Answer:
        """Make a call by a connection that nobody uses now."""
        with self._lock:
            if self._authorizer is None:
                self._authorizer = self._authorized()
            used = self._authorizer
            client = self._idle.pop() if self._idle else self._connected(used)
        try:
            return call(client)
        finally:
            with self._lock:
                stays = used is self._authorizer
                if stays:
                    self._idle.append(client)
            if not stays:
                client.close()

    def _connected(self, who: globus_sdk.authorizers.GlobusAuthorizer) -> Client:
        transport = RequestsTransport(http_timeout=self._config.timeout_s)
        return globus_sdk.TransferClient(authorizer=who, transport=transport, retry_config=_RETRY)

    def _authorized(self) -> globus_sdk.authorizers.GlobusAuthorizer:
        """One that gets a token when there is none, keeps it, and renews it when it ends."""
        said, transport = self._config, RequestsTransport(http_timeout=self._config.timeout_s)
        if said.refresh_token is not None:
            native = globus_sdk.NativeAppAuthClient(
                said.client, transport=transport, retry_config=_RETRY
            )
            self._auth = native
            return globus_sdk.RefreshTokenAuthorizer(said.refresh_token, native)
        confidential = globus_sdk.ConfidentialAppAuthClient(
            said.client, said.secret or "", transport=transport, retry_config=_RETRY
        )
        self._auth = confidential
        return globus_sdk.ClientCredentialsAuthorizer(confidential, sorted(self._scopes))

    def _may_consent(self, refusal: globus_sdk.GlobusAPIError) -> bool:
        """Some collections want a token for them: an application may take it by itself."""
        wanted = refusal.info.consent_required
        if not wanted or self._config.refresh_token is not None:
            return False
        more = frozenset(str(each) for each in wanted.required_scopes or ()) - self._scopes
        if more:
            scopes = self._scopes | more
            self.close()
            self._scopes = scopes
        return bool(more)


def _meaning(refusal: globus_sdk.GlobusAPIError, *, begins: bool) -> EngineError:
    said = refusal.message or f"{refusal.http_status}"
    if refusal.info.consent_required:
        return EngineUnavailableError(
            "Globus wants the consent of the person whose refresh token this is.",
            advice="Give the consent for the collection's data and put the new refresh token "
            "into the settings; see docs/how-to/globus.md.",
        )
    if isinstance(refusal, globus_sdk.AuthAPIError) or refusal.http_status == _UNAUTHENTICATED:
        return EngineUnavailableError(
            f"Globus does not know us: {said}.",
            advice="Look at the engine's client and its secret or refresh token; a refresh token "
            "ends when it is not used for six months.",
        )
    if refusal.http_status == _CONFLICT and "TooManyPending" in (refusal.code or ""):
        return EngineFullError(
            f"Globus takes no more tasks of this identity now: {said}",
            advice="It takes the next when one of them has ended.",
        )
    if begins and refusal.http_status < _SERVER and refusal.http_status != _BUSY:
        return EngineRefusedError(
            f"Globus refuses: {said}",
            advice="Look whether both collections are there and our identity may use them.",
        )
    return EngineUnavailableError(f"Globus is busy or out of order: {said}.")
