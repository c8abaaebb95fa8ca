"""The listener itself: uvicorn, with our TLS context and who the client is in every scope."""

import asyncio
import logging
import ssl
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from waystation.interfaces import credentials
from waystation.interfaces.credentials import Credential
from waystation.interfaces.grid.identity import of_connection
from waystation.interfaces.grid.tls import Fresh, GridTls
from waystation.interfaces.mouths import Handler, Receive, Scope, Send

log = logging.getLogger(__name__)

_DRAIN_S = 10


class GridProtocol(HttpToolsProtocol):
    """HTTP/1.1 of one connection; its client is known once, at the end of the handshake.

    uvicorn has no limit for how long a head may take; this has.
    """

    patience_s = 60.0
    _awaited: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake is over: read the verified chain, or close the connection."""
        super().connection_made(transport)
        self._await_head()
        connection = transport.get_extra_info("ssl_object")
        assert isinstance(connection, ssl.SSLObject)
        try:
            credential = of_connection(connection)
        except ssl.SSLError as problem:
            log.warning("grid port: a connection is closed: %s", problem)
            transport.abort()
            return
        if credential is not None:
            app: Any = _Introduced(self.app, credential)
            self.app = app

    def on_message_begin(self) -> None:
        """The first letter of a head; the rest must follow."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_is_here()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._head_is_here()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_is_here()
        self._awaited = self.loop.call_later(self.patience_s, self.transport.close)

    def _head_is_here(self) -> None:
        if self._awaited is not None:
            self._awaited.cancel()


class _Introduced:
    """The application for one connection: its scopes say who the client is."""

    def __init__(self, app: Any, credential: Credential) -> None:  # noqa: ANN401 - uvicorn's own
        self._app: Handler = app
        self._credential = credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(credentials.put(scope, self._credential), receive, send)


def serve(
    app: Handler,
    files: GridTls,
    *,
    host: str,
    port: int,
    patience_s: float = GridProtocol.patience_s,
) -> None:
    """Serve until SIGTERM.

    Args:
        app: the application.
        files: what TLS is made of.
        host: address to listen on.
        port: to listen on.
        patience_s: a head must be here within this; for shaking hands asyncio gives 60 s.

    Raises:
        OSError, ssl.SSLError: a file of the TLS context is missing or of no use.
    """
    front = Fresh.of(files)
    protocol = type("GridProtocol", (GridProtocol,), {"patience_s": patience_s})
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        ssl_context_factory=lambda *_: front,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    uvicorn.Server(config).run()
