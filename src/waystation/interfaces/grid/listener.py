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
    """HTTP/1.1 of one connection; its client is known once, at the end of the handshake."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake is over: read the verified chain, or close the connection."""
        super().connection_made(transport)
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


class _Introduced:
    """The application for one connection: its scopes say who the client is."""

    def __init__(self, app: Any, credential: Credential) -> None:  # noqa: ANN401 - uvicorn's own
        self._app: Handler = app
        self._credential = credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(credentials.put(scope, self._credential), receive, send)


def serve(app: Handler, files: GridTls, *, host: str, port: int) -> None:
    """Serve until SIGTERM.

    Raises:
        OSError, ssl.SSLError: a file of the TLS context is missing or of no use.
    """
    front = Fresh.of(files)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=GridProtocol,
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
