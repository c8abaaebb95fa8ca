"""The Unix socket for stage apps on this host: uvicorn, with who connected in every scope."""

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from waystation.interfaces.dialects.ltfsee_globus import peers
from waystation.interfaces.mouths import Handler, Receive, Scope, Send

_DRAIN_S = 10
# struct ucred of unix(7): process, user and group, as they were at connect(2).
_UCRED = struct.Struct("iII")


class PeerProtocol(HttpToolsProtocol):
    """HTTP/1.1 of one connection; the kernel says who made it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask the kernel before the first byte is read."""
        super().connection_made(transport)
        link: socket.socket = transport.get_extra_info("socket")
        told = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        _, uid, _ = _UCRED.unpack(told)
        app: Any = _Introduced(self.app, uid)
        self.app = app


class _Introduced:
    """The application for one connection: its scopes say who made it."""

    def __init__(self, app: Any, uid: int) -> None:  # noqa: ANN401 - uvicorn's own
        self._app: Handler = app
        self._uid = uid

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(peers.put(scope, self._uid), receive, send)


def serve(app: Handler, at: Path) -> None:
    """Serve until SIGTERM. Every local user may connect; what they may ask is looked at then.

    Raises:
        OSError: the socket cannot be made there.
    """
    at.parent.mkdir(parents=True, exist_ok=True)
    config = uvicorn.Config(
        app,
        uds=str(at),
        http=PeerProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    uvicorn.Server(config).run()
