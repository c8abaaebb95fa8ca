"""Its HTTP calls: getJob, updateJob, updateJobsInBulk, getStatus, and two of statistics.

What is said where is from aCT a54fdb6 (`aCTPanda.py`, `aCTAutopilot.py`). A job that was given and
is not heard of is given again by `miss`, as the server's own watcher does after hours.
"""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode

from waystation_sim.panda.submitting import ENDS, Desk, PandaJob

API = "/api/v1/"


class PandaServer:
    """It answers until `close`.

    Attributes:
        jobs: by number.
        away: every call is answered with 500.
        lose: so many answers to getJob never arrive, though the job is given.
        strange: updates are answered with StatusCode 60.
        desk: those that submit; `api` is its address, `token` opens it when there is one.
    """

    def __init__(self) -> None:
        self.jobs: dict[int, PandaJob] = {}
        self.away = self.strange = False
        self.lose = 0
        self.lock = threading.Lock()
        self.desk = Desk(self.jobs, self.lock)
        self.token = ""
        handler = type("Handler", (Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/server/panda"
        self.api = f"http://127.0.0.1:{self._server.server_port}{API[:-1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def add(self, number: int, **fields: str) -> PandaJob:
        """One more job, ready to be given."""
        known = {"PandaID": str(number), "jobName": f"job-{number}", "attemptNr": "0", **fields}
        self.jobs[number] = PandaJob(known)
        return self.jobs[number]

    def miss(self) -> None:
        """Jobs that were given and of which nobody has told are ready again."""
        with self.lock:
            for job in self.jobs.values():
                if job.state == "sent":
                    job.state = "activated"

    def close(self) -> None:
        """No listener is left."""
        self._server.shutdown()
        self._server.server_close()

    def get(self, form: dict[str, str]) -> str:
        """GetJob: the next one that is ready."""
        label = form.get("prodSourceLabel")
        with self.lock:
            for job in self.jobs.values():
                if job.state == "activated" and label in {None, job.fields.get("prodSourceLabel")}:
                    job.state = "sent"
                    job.given += 1
                    return urlencode({"StatusCode": "0", **job.fields})
        return urlencode({"StatusCode": "20", "errorDialog": "no jobs in PanDA"})

    def update(self, said: dict[str, object]) -> str:
        """UpdateJob: a state, and what else is known."""
        if self.strange:
            return urlencode({"StatusCode": "60"})
        with self.lock:
            job = self.jobs.get(int(str(said.get("jobId", 0))))
            if job is None:
                return urlencode({"StatusCode": "30"})
            job.told.append(said)
            if job.state in ENDS:
                return urlencode({"StatusCode": "0", "command": "alreadydone"})
            job.state = str(said["state"])
            return urlencode({"StatusCode": "0", "command": "tobekilled" if job.kill else "NULL"})

    def status(self, numbers: list[str]) -> str:
        """GetStatus: states with commas."""
        known = [self.jobs[int(n)].state if int(n) in self.jobs else "notfound" for n in numbers]
        return urlencode({"StatusCode": "0", "status": ",".join(known)})

    def statistics(self) -> str:
        """How many there are of each state."""
        counted = Counter(job.state for job in self.jobs.values())
        return json.dumps({"SITE": {"managed": counted}})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    site: ClassVar[PandaServer]
    protocol_version = "HTTP/1.1"
    # Head and body go together: else the second waits for an ACK of the first.
    wbufsize = 65_536

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def do_POST(self) -> None:
        """A call with a form, or of the REST API."""
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        if self.path.startswith(API):
            self._serve(body)
        else:
            self._call({name: values[0] for name, values in parse_qs(body).items()})

    def _call(self, form: dict[str, str]) -> None:
        call, site = self.path.rpartition("/")[2], self.site
        if site.away:
            self._answer(500, "no database")
        elif call == "getJob":
            text = site.get(form)
            if site.lose and "PandaID" in text:
                site.lose -= 1
                self.close_connection = True
                return
            self._answer(200, text)
        elif call == "updateJob":
            self._answer(200, site.update(dict(form)))
        elif call == "updateJobsInBulk":
            lines = json.loads(form["jobList"])
            self._answer(200, json.dumps([True, [site.update(line) for line in lines]]))
        elif call == "getStatus":
            self._answer(200, site.status(form["ids"].split(",")))
        elif call in {"getJobStatisticsWithLabel", "queryJobInfoPerCloud"}:
            self._answer(200, site.statistics())
        else:
            self._answer(404, "no such call")

    def do_GET(self) -> None:
        """A call of the REST API."""
        self._serve("")

    def _serve(self, body: str) -> None:
        site, call = self.site, self.path.removeprefix(API)
        if site.away:
            return self._answer(503, "no database")
        if site.token and self.headers.get("authorization") != f"Bearer {site.token}":
            return self._answer(403, "authentication failed")
        if site.token and not self.headers.get("origin"):  # the issuer is looked up by it
            return self._answer(403, "authentication failed")
        said = site.desk.serve(call, json.loads(body) if body else {})
        if site.desk.lose and call == "job/submit":
            site.desk.lose -= 1
            self.close_connection = True
            return None
        if said is None:
            return self._answer(404, "no such call")
        return self._answer(200, json.dumps(said))

    def _answer(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
