"""Parties that are called back: real HTTP servers that behave as told."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Heard:
    """One call."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Party:
    """A receiver.

    Attributes:
        status: what it answers next, in order; the last one for ever. 0 closes without an answer,
            -1 does not answer at all until `hanging` is set, -2 dribbles until then.
    """

    port: int = 0
    status: list[int] = field(default_factory=lambda: [200])
    heard: list[Heard] = field(default_factory=list)
    location: str = ""
    hanging: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/told") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def receiver(*status: int, tls: tuple[Path, Path] | None = None) -> Iterator[Party]:
    """A receiver on a free port of this machine; by HTTPS with a certificate and its key."""
    party = Party(status=list(status) or [200])

    class Handler(BaseHTTPRequestHandler):
        def _dribble(self) -> None:
            """A head without end, each line in good time."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            with suppress(OSError):
                while not party.hanging.wait(0.1):
                    self.wfile.write(b"X-More: of it\r\n")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            party.heard.append(Heard(self.path, dict(self.headers), body))
            code = party.status.pop(0) if len(party.status) > 1 else party.status[0]
            if code == -1:
                party.hanging.wait(60)
            if code == -2:
                self._dribble()
            if code <= 0:
                self.close_connection = True
                return
            self.send_response(code)
            if party.location:
                self.send_header("Location", party.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    party.port = server.server_port
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield party
    finally:
        party.hanging.set()
        server.shutdown()
        thread.join()
        server.server_close()
