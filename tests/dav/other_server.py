"""Another HTTP server, of one file that behaves as each test needs; it notes what it was sent."""

import hashlib
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """What it does.

    Attributes:
        data: the file at every path.
        digests: it tells checksums.
        lies: ... wrong ones.
        cut_at: it sends no more than so many bytes, then closes.
        redirect: where GET and PUT lead.
        stall: set to let the second half go.
        seen: (verb, path, headers) of each call; names in lower case.
        stored: what was put.
    """

    data: bytes = b""
    digests: bool = True
    lies: bool = False
    cut_at: int | None = None
    redirect: str = ""
    status: int = 0
    stall: threading.Event | None = None
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    stored: bytes | None = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self._elsewhere():
            return
        self._head(self.behaviour.data)
        if self.command == "HEAD":
            return
        half = len(self.behaviour.data) // 2
        self.wfile.write(self.behaviour.data[: self.behaviour.cut_at or half])
        if self.behaviour.cut_at is not None:
            self.close_connection = True
            return
        if self.behaviour.stall is not None:
            self.wfile.flush()
            self.behaviour.stall.wait(30)
        self.wfile.write(self.behaviour.data[half:])

    def do_HEAD(self) -> None:
        if self.behaviour.stored is not None:
            self._note()
            self._head(self.behaviour.stored)
        elif self.behaviour.data:
            self.do_GET()
        else:
            self._note()
            self._empty(404)

    def do_PUT(self) -> None:
        if self._elsewhere():
            return
        self.behaviour.stored = self.rfile.read(int(self.headers["content-length"]))
        self._empty(201)

    def _elsewhere(self) -> bool:
        self._note()
        if self.behaviour.redirect:
            self.send_response(302)
            self.send_header("Location", self.behaviour.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.behaviour.status:
            self._empty(self.behaviour.status)
        return bool(self.behaviour.redirect or self.behaviour.status)

    def _note(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.behaviour.seen.append((self.command, self.path, headers))

    def _head(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        if self.behaviour.digests:
            known = b"other" if self.behaviour.lies else data
            sha256 = b64encode(hashlib.sha256(known).digest()).decode()
            self.send_header("Digest", f"adler32={zlib.adler32(known):08x},sha-256={sha256}")
        self.end_headers()

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def other_server(behaviour: Behaviour) -> Iterator[str]:
    """Its address."""

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("One", (Handler,), {"behaviour": behaviour})
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
