"""Its REST interface, version 1.1, on this machine: by plain HTTP, or HTTPS with proxies."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from waystation_sim.arc.delegations import Delegations
from waystation_sim.arc.element import Element, Job

ROOT = "/arex/rest"
_WORDS = {"kill": "Queued for killing", "clean": "Queued for cleaning"}


class RestSite:
    """It answers until `close`.

    Attributes:
        element: whose jobs it tells of.
        token: that opens it.
        lose: answers to submissions that never arrive, though the jobs are taken.
        cut: files of which only the first half arrives.
        twice: a state in which each job is listed, too.
        shown: serial numbers of the proxies that were shown, in this order.
        delegations: what clients delegated.

    Args:
        home: folder for its jobs.
        token: that opens it.
        tls: certificates of its own, and whom it lets in; None is plain HTTP.
    """

    def __init__(self, home: Path, token: str, tls: ssl.SSLContext | None = None) -> None:
        self.home = home
        self.element = Element(home)
        self.token = token
        self.limited = f"{token}-read-only"
        self.lose = 0
        self.cut = 0
        self.twice = ""
        self.shown: list[int] = []
        self.delegations = Delegations()
        handler = type("Handler", (Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls is not None:
            # Each connection shakes hands in its own thread.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme, host = ("https", "localhost") if tls is not None else ("http", "127.0.0.1")
        self.url = f"{scheme}://{host}:{self._server.server_port}/arex"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """No job and no listener is left."""
        self._server.shutdown()
        self._server.server_close()
        self.element.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    site: ClassVar[RestSite]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def do_GET(self) -> None:
        """Versions, jobs, files."""
        self._serve()

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        if self._proxy():
            self._route(body)
        elif token not in {self.site.token, self.site.limited}:
            self._say(401, {"error": "Unauthorized"})
        elif token == self.site.limited and self.command != "GET":
            self._say(403, {"error": "Operation is not allowed"})
        else:
            self._route(body)

    def _proxy(self) -> bool:
        """Whether a certificate was shown that our authorities have signed."""
        if not isinstance(self.connection, ssl.SSLSocket):
            return False
        told = self.connection.getpeercert() or {}
        if told:
            self.site.shown.append(int(str(told["serialNumber"]), 16))
        return bool(told)

    def _route(self, body: bytes) -> None:
        target = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        match target.path.removeprefix(ROOT).strip("/").split("/"):
            case [""]:
                self._say(200, {"version": ["1.0", "1.1"]})
            case ["1.1", "info"]:
                self._say(200, self._info())
            case ["1.1", "delegations", *names]:
                self._delegate(query, names, body)
            case ["1.1", "jobs"]:
                self._jobs(query, body)
            case ["1.1", "jobs", *parts]:
                self._job(parts, body)
            case _:
                self._say(404, {"error": "Not found"})

    def _info(self) -> object:
        running = sum(job.state == "RUNNING" for job in self.site.element.jobs.values())
        service = {"TotalJobs": "1", "RunningJobs": str(running), "WaitingJobs": "0",
                   "ComputingManager": [{"TotalSlots": "8", "SlotsUsedByGridJobs": str(running)}],
                   "ComputingEndpoint": [{"ServingState": "production"}]}  # fmt: skip
        return {"Domains": {"AdminDomain": {"Services": {"ComputingService": [service]}}}}

    def _delegate(self, query: dict[str, str], names: list[str], body: bytes) -> None:
        kept = self.site.delegations
        if self.command == "PUT":
            return self._say(200 if kept.put(names[0], body) else 404, None)
        if query.get("action") == "new":
            name, request = kept.new()
            return self._bytes(201, request, Location=f"{self.site.url}/delegations/{name}")
        asked = kept.renew(names[0])
        if asked is None:
            return self._say(404, {"error": "Delegation not found"})
        return self._bytes(201, asked)

    def _jobs(self, query: dict[str, str], body: bytes) -> None:
        element, action = self.site.element, query.get("action", "")
        if self.command == "GET":
            states = query.get("state", "").split(",")
            found = [{"id": job.number, "state": job.state} for job in element.jobs.values()]
            found += [{**each, "state": self.site.twice} for each in found if self.site.twice]
            return self._say(200, {"job": [each for each in found if each["state"] in states]})
        if action == "new":
            answers = element.new(body.decode())
            if self.site.lose:
                self.site.lose -= 1
                self.close_connection = True
                return None
            return self._say(201, {"job": answers})
        answers = []
        for each in json.loads(body)["job"]:
            job = element.jobs.get(each["id"])
            if job is not None:
                (element.kill if action == "kill" else element.clean)(job)
            code, words = ("202", _WORDS[action]) if job else ("404", "Job not found")
            answers.append({"status-code": code, "reason": words, "id": each["id"]})
        return self._say(201, {"job": answers})

    def _job(self, parts: list[str], body: bytes) -> None:
        job = self.site.element.jobs.get(parts[0])
        if job is None:
            return self._say(404, {"error": "Job not found"})
        if parts[1] == "diagnose":
            words = f"jobname={job.said['jobname'][0]}\n" if parts[2] == "local" else ""
            return self._bytes(200, words.encode())
        place = job.folder / unquote("/".join(parts[2:]), errors="surrogateescape")
        if self.command == "PUT":
            return self._put(job, place, body)
        if place.is_dir():
            every = sorted(place.iterdir())
            files = [each.name for each in every if each.is_file()]
            return self._say(200, {"file": files, "dir": [e.name for e in every if e.is_dir()]})
        if not place.is_file():
            return self._say(404, {"error": "File not found"})
        return self._part(place.read_bytes())

    def _put(self, job: Job, place: Path, body: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        self.site.element.arrived(job, place.name)
        self._say(201, None)

    def _part(self, data: bytes) -> None:
        first, _, last = self.headers.get("range", "").removeprefix("bytes=").partition("-")
        if not first and self.site.cut and len(data) > 1:
            self.site.cut -= 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return None
        if not first:
            return self._bytes(200, data)
        if int(first) >= len(data):
            return self._say(416, {"error": "Range"})
        return self._bytes(206, data[int(first) : int(last) + 1])

    def _say(self, status: int, told: object) -> None:
        self._bytes(status, b"" if told is None else json.dumps(told).encode())

    def _bytes(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
