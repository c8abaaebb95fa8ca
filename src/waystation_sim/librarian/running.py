"""A simulated Librarian that answers on a port of this machine, in threads of this process."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from waystation_sim.librarian.book import Librarian

PREFIX = "/api/v2/"


class RunningLibrarian:
    """Serves one; in a `with` statement.

    Attributes:
        book: what it knows, to look at and to change.
        broken: paths that are answered with 500.
        lost: paths that are carried out, and whose answers are lost.
    """

    def __init__(self, book: Librarian) -> None:
        self.book = book
        self.broken: set[str] = set()
        self.lost: set[str] = set()
        running = self

        class Face(BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Every call is one."""
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                shown = self.headers.get("Authorization", "")
                status, told = running.answered(self.path, shown, body)
                if status == 0:
                    self.close_connection = True
                    return
                text = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Face)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answered(self, path: str, shown: str, body: bytes) -> tuple[int, Any]:
        """Status and document; status 0 is a line that breaks."""
        name = path.removeprefix(PREFIX)
        if name in self.broken:
            return 500, {"detail": "Internal Server Error"}
        user, _, password = base64.b64decode(shown.removeprefix("Basic ")).decode().partition(":")
        if name != "ping/" and self.book.users.get(user) != password:
            return 401, {"detail": "Incorrect username or password"}
        status, told = self.book.answer(name, user, json.loads(body or b"{}"))
        return (0, None) if name in self.lost else (status, told)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
