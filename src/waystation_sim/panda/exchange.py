"""A folder by WebDAV, as far as jobs of PanDA need one: RFC 4918 and 9110 in small."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

_OK, _MADE, _NONE, _PARTIAL = 200, 201, 204, 206
_BARRED, _GONE, _THERE, _NO_PARENT, _RANGE = 403, 404, 405, 409, 416
_BUSY = 503


class ExchangeSite:
    """It answers until `close`.

    Attributes:
        home: where its files are.
        tokens: that open it.
        faults: how often a file of such a name still cannot be put or given.
    """

    def __init__(self, home: Path, tokens: set[str]) -> None:
        self.home, self.tokens = home, tokens
        self.faults: dict[str, int] = {}
        home.mkdir(parents=True)
        handler = type("Handler", (Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/dav/panda"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """No listener is left."""
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    site: ClassVar[ExchangeSite]
    protocol_version = "HTTP/1.1"
    # Head and body go together: else the second waits for an ACK of the first.
    wbufsize = 65_536

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def do_GET(self) -> None:
        """Any method."""
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        path = unquote(urlsplit(self.path).path)
        place = self.site.home / path.removeprefix("/dav/panda").strip("/")
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.site.tokens:
            self._say(_BARRED)
        elif self.site.faults.get(place.name):
            self.site.faults[place.name] -= 1
            self._say(_BUSY)
        elif self.command in {"GET", "HEAD"}:
            self._give(place)
        elif self.command == "PUT":
            self._put(place, body)
        elif self.command == "MKCOL":
            self._make(place)
        else:
            self._delete(place)

    do_HEAD = do_PUT = do_MKCOL = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _give(self, place: Path) -> None:
        if not place.is_file():
            return self._say(_GONE)
        data, said = place.read_bytes(), self.headers.get("range", "").removeprefix("bytes=")
        if not said:
            return self._say(_OK, data)
        if said.startswith("-"):
            return self._say(_PARTIAL, data[int(said) :])
        first, _, last = said.partition("-")
        if int(first) >= len(data):
            return self._say(_RANGE)
        return self._say(_PARTIAL, data[int(first) : int(last) + 1])

    def _put(self, place: Path, body: bytes) -> None:
        if not place.parent.is_dir():
            return self._say(_NO_PARENT)
        part = place.with_name(f".{threading.get_ident()}.part")
        part.write_bytes(body)
        part.replace(place)
        return self._say(_MADE)

    def _make(self, place: Path) -> None:
        try:
            place.mkdir()
        except FileExistsError:
            return self._say(_THERE)
        except FileNotFoundError:
            return self._say(_NO_PARENT)
        return self._say(_MADE)

    def _delete(self, place: Path) -> None:
        if not place.exists():
            return self._say(_GONE)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        return self._say(_NONE)

    def _say(self, status: int, data: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
