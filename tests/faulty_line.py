"""A line to a real HTTP server that fails as each test needs: real bytes, real faults."""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

CHUNK = 2**16


@dataclass
class Fault:
    """What goes wrong.

    Attributes:
        call: regular expression of `METHOD /path?query` that it is about.
        times: how often.
        status, code: answered instead of the server, in S3's XML.
        cut_request: so many bytes of the body are taken, then the line breaks.
        cut_answer: so many bytes of the answer's body go through, then the line breaks; with 0
            the server does its work and nobody hears of it.
        headers: told instead of the server's own.
    """

    call: str
    times: int = 1
    status: int = 0
    code: str = ""
    cut_request: int | None = None
    cut_answer: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Line:
    """The line.

    Attributes:
        url: its near end.
        faults: to come; add to it.
        calls: all that came, `METHOD /path?query`.
    """

    url: str
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self, call: str) -> Fault | None:
        with self.lock:
            self.calls.append(call)
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.call, call):
                    fault.times -= 1
                    return fault
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: Line
    far: str

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        fault = self.line.next_fault(f"{self.command} {self.path}")
        length = int(self.headers.get("content-length", "0"))
        if fault is not None and fault.cut_request is not None:
            self.rfile.read(min(length, fault.cut_request))
            self._break()
            return
        body = self.rfile.read(length)
        if fault is not None and fault.status:
            self._refuse(fault)
            return
        there = urlsplit(self.far)
        connection = HTTPConnection(there.hostname or "", there.port, timeout=60)
        try:
            kept = {k: v for k, v in self.headers.items() if k.lower() != "expect"}
            connection.request(self.command, self.path, body, kept)
            self._pass_on(connection.getresponse(), fault)
        finally:
            connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names
    do_MOVE = do_MKCOL = do_PROPFIND = do_OPTIONS = _serve  # noqa: N815

    def _pass_on(self, answer: HTTPResponse, fault: Fault | None) -> None:
        cut = fault.cut_answer if fault is not None else None
        if cut == 0:
            answer.read()
            self._break()
            return
        changed = fault.headers if fault is not None else {}
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() != "transfer-encoding":
                self.send_header(name, changed.get(name.lower(), value))
        chunked = answer.getheader("transfer-encoding")
        whole = answer.read() if chunked else b""
        if chunked:
            self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        left = cut
        while data := whole or answer.read(CHUNK):
            whole = b""
            some = data if left is None else data[:left]
            self.wfile.write(some)
            if left is not None:
                left -= len(some)
                if left <= 0:
                    self._break()
                    return
            if chunked:
                return

    def _refuse(self, fault: Fault) -> None:
        body = f"<Error><Code>{fault.code}</Code><Message>so it is</Message></Error>".encode()
        self.send_response(fault.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _break(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
        with suppress(OSError):
            self.connection.shutdown(2)


@contextmanager
def faulty_line(far: str, tls: ssl.SSLContext | None = None) -> Iterator[Line]:
    """A line to the server at a URL; with `tls` its near end is encrypted, for `localhost`."""
    line = Line("")
    handler = type("Near", (Handler,), {"line": line, "far": far})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    line.url = f"http://127.0.0.1:{server.server_port}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        line.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
