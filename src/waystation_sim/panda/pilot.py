"""A pilot: asks for jobs, runs what they name, and tells of them; by the calls of a real one.

It fetches `transformation` and runs it by a shell with `jobParameters`, as the generic user code
of pilot3 does (`pilot/user/generic/common.py`).
"""

import os
import signal
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

BEAT_S = 0.05


class Pilots:
    """So many at a site.

    Args:
        url: of PanDA's calls for pilots, `.../server/panda`.
        home: for jobs' folders, `session/NUMBER`.
        many: jobs at a time.
        environment: what opens the exchange: BEARER_TOKEN_FILE, or X509_USER_PROXY with
            X509_CERT_DIR.
    """

    def __init__(self, url: str, home: Path, many: int, environment: Mapping[str, str]) -> None:
        self._url, self._home, self._environment = url, home, environment
        self._over = threading.Event()
        self.away = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(many)]
        for each in self._threads:
            each.start()

    def close(self) -> None:
        """No job is left."""
        self._over.set()
        for each in self._threads:
            each.join(60)

    def _work(self) -> None:
        while not self._over.wait(BEAT_S):
            if self.away.is_set():
                continue
            with suppress(OSError):
                job = self._call("getJob", {"siteName": "SITE"})
                if job.get("StatusCode") == "0":
                    self._run(job)

    def _call(self, name: str, form: dict[str, str]) -> dict[str, str]:
        data = urlencode(form).encode()
        with urllib.request.urlopen(f"{self._url}/{name}", data, timeout=30) as answer:  # noqa: S310
            return dict(parse_qsl(answer.read().decode()))

    def _tell(self, number: str, state: str, **more: str) -> bool:
        """Whether it is to be ended."""
        form = {"jobId": number, "state": state, "node": "node.example.org", **more}
        if state in {"finished", "failed", "cancelled"}:
            form["endTime"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return self._call("updateJob", form).get("command") == "tobekilled"

    def _fetched(self, address: str) -> bytes:
        """A file, by the pilot's own credentials."""
        headers, told = {}, self._environment
        context = ssl.create_default_context(capath=told.get("X509_CERT_DIR"))
        if "X509_USER_PROXY" in told:
            context.load_cert_chain(told["X509_USER_PROXY"])
        if "BEARER_TOKEN_FILE" in told:
            token = Path(told["BEARER_TOKEN_FILE"]).read_text().strip()
            headers["Authorization"] = f"Bearer {token}"
        asked = urllib.request.Request(address, headers=headers)  # noqa: S310 - of the tests
        with urllib.request.urlopen(asked, timeout=30, context=context) as answer:  # noqa: S310
            return bytes(answer.read())

    def _run(self, job: dict[str, str]) -> None:
        number, place = job["PandaID"], self._home / "session" / job["PandaID"]
        place.mkdir(parents=True)
        self._tell(number, "starting")
        (place / "trf").write_bytes(self._fetched(job["transformation"]))
        (place / "trf").chmod(0o755)
        child = subprocess.Popen(
            ["/bin/sh", "-c", f"exec ./trf {job['jobParameters']}"],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=(place / "payload.stdout").open("wb"),
            stderr=(place / "payload.stderr").open("wb"),
            env={"PATH": "/usr/bin:/bin", "HOME": "/", "PANDAID": number, **self._environment},
            start_new_session=True,
        )
        killed = False
        while child.poll() is None:
            stop = self._tell(number, "running") or self._over.is_set()
            if stop and not killed:
                killed = True
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(BEAT_S)
        if killed:
            self._tell(number, "cancelled", pilotErrorCode="1144")
        elif child.returncode:
            words = f"Payload failed with exit code {child.returncode}"
            self._tell(number, "failed", exeErrorDiag=words)
        else:
            self._tell(number, "finished")
