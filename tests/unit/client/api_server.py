"""A tiny real HTTP server that speaks the API's words, for the client to talk to over loopback."""

import json
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "way_1_secret"


def request_document(**changed: Any) -> dict[str, Any]:
    """Return a request as the API writes it."""
    counts = {"waiting": 0, "queued": 2, "recalling": 1, "online": 1, "failed": 0}
    document = {
        "id": 7, "store": "archive", "owner": "ana", "label": "run 7", "external_id": None,
        "state": "active", "priority": 4, "created": "2026-11-21T04:00:00Z", "deadline": None,
        "expires": None, "finished": None, "pin_lifetime_s": 604800, "files": 4, "bytes": 4000,
        "counts": {**counts, "cancelled": 0, "released": 0}, "bytes_online": 1000,
        "eta": None, "why": "tape A1 is third in the queue", "position": 3, "last_event": 2,
    }  # fmt: skip
    return {**document, **changed}


@dataclass
class World:
    """What the server knows, and what it was asked."""

    url: str = ""
    troubles: list[str] = field(default_factory=list)  # "503", "drop": one for each next call
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    by_external_id: dict[str, int] = field(default_factory=dict)
    confirm_above: int = 100_000
    streams: list[bytes] = field(default_factory=list)  # what the next event streams say
    events: list[dict[str, Any]] = field(default_factory=list)
    request: dict[str, Any] = field(default_factory=request_document)
    answers: dict[str, Any] = field(default_factory=dict)  # further GETs

    def times_asked(self) -> Counter[tuple[str, str]]:
        return Counter(self.asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = bytearray()
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(whole)

    def _say(self, status: int, document: Any) -> None:
        raw = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _problem(self, status: int, code: str, **facts: Any) -> None:
        title = f"The answer is {code}."
        self._say(status, {"title": title, "code": code, "detail": "Do this next.", **facts})

    def _in_trouble(self) -> bool:
        if not self.world.troubles:
            return False
        trouble = self.world.troubles.pop(0)
        if trouble == "drop":
            self.close_connection = True
        else:
            self._problem(int(trouble), "unavailable")
        return True

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.world.streams.pop(0))
        self.close_connection = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api/v1/")
        self.world.asked.append(("GET", path))
        if self._in_trouble():
            return
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._problem(401, "unauthenticated")
        elif path == "stage-requests/7":
            self._say(200, self.world.request)
        elif path == "stage-requests/7/events":
            if "text/event-stream" in self.headers.get("Accept", "") and self.world.streams:
                self._stream()
            elif "text/event-stream" in self.headers.get("Accept", ""):
                self._problem(503, "unavailable")
            else:
                after = int(parse_qs(parts.query).get("after", ["0"])[0])
                later = [e for e in self.world.events if e["seq"] > after]
                self._say(200, {"events": later, "next_after": None})
        elif path in self.world.answers:
            self._say(200, self.world.answers[path])
        else:
            self._problem(404, "not-found")

    def do_POST(self) -> None:
        path = self.path.removeprefix("/api/v1/")
        self.world.asked.append(("POST", path))
        body = json.loads(self._body() or b"{}")
        self.world.bodies.append(body)
        if "confirm" in body or not self._too_large(path, body):
            self._act(path, body)

    def _too_large(self, path: str, body: dict[str, Any]) -> bool:
        if path != "stage-requests" or len(body.get("paths", [])) <= self.world.confirm_above:
            return False
        estimate = {"files": len(body["paths"]), "bytes": None, "low_s": 60, "high_s": 7200}
        self._problem(409, "confirm-needed", estimate=estimate)
        return True

    def _act(self, path: str, body: dict[str, Any]) -> None:
        if path == "stage-requests":
            # The work is done even when the answer is lost, as a real server may.
            number = self.world.by_external_id.setdefault(body["external_id"], 7)
            if self._in_trouble():
                return
            self._say(201, {
                "id": number, "store": "archive", "files": len(body.get("paths", [1])),
                "folded": 0, "refused": [], "refused_count": 0, "state": "active",
                "created": "2026-11-21T04:00:00Z", "url": "/", "label": body.get("label"),
            })  # fmt: skip
        elif self._in_trouble():
            return
        elif path in self.world.answers:
            self._say(200, self.world.answers[path])
        elif path.startswith("stage-requests/7/"):
            self._say(200, self.world.request)
        else:
            self._problem(404, "not-found")
