"""The computing element: jobs are run, as processes of this machine."""

import os
import re
import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_PART = re.compile(r'\((\w+)=((?:"(?:[^"]|"")*"\s*)+)\)')
_WORD = re.compile(r'"((?:[^"]|"")*)"')
_INPUT = "way.tar"


@dataclass
class Job:
    """One job: `said` is its description."""

    number: str
    said: dict[str, list[str]]
    folder: Path
    run: subprocess.Popen[bytes] | None = None
    killed: bool = False

    @property
    def state(self) -> str:
        """In A-REX' words."""
        if self.run is None:
            return "KILLED" if self.killed else "ACCEPTED"
        if self.run.poll() is None:
            return "KILLING" if self.killed else "RUNNING"
        if self.killed:
            return "KILLED"
        return "FINISHED" if self.run.returncode == 0 else "FAILED"


@dataclass
class Element:
    """All jobs.

    Attributes:
        home: where their folders are, `session/ID`.
        most: jobs that it takes.
    """

    home: Path
    most: int = 1000
    jobs: dict[str, Job] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def new(self, text: str) -> list[dict[str, str]]:
        """Take jobs in xRSL; an answer each."""
        every = text[1:].split("(&") if text.startswith("+") else [text]
        return [self._take(each) for each in every if each.strip(" (")]

    def _take(self, text: str) -> dict[str, str]:
        said = {name.lower(): [word.replace('""', '"') for word in _WORD.findall(words)]
                for name, words in _PART.findall(text)}  # fmt: skip
        if "executable" not in said:
            return {"status-code": "500", "reason": "Failed in parsing"}
        with self.lock:
            if len(self.jobs) >= self.most:
                return {"status-code": "500", "reason": "No more jobs allowed"}
            number = os.urandom(20).hex()
            folder = self.home / "session" / number
            folder.mkdir(parents=True)
            self.jobs[number] = Job(number, said, folder)
        return {"status-code": "201", "reason": "Created", "id": number, "state": "ACCEPTING"}

    def arrived(self, job: Job, name: str) -> None:
        """A file has been uploaded: with its input a job begins."""
        with self.lock:
            if name != _INPUT or job.run is not None or job.killed:
                return
            job.run = subprocess.Popen(
                [*job.said["executable"], *job.said.get("arguments", [])],
                cwd=job.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": "/usr/bin:/bin", "HOME": "/"},
                start_new_session=True,
            )

    def kill(self, job: Job) -> None:
        """End it."""
        with self.lock:
            over = job.run is not None and job.run.poll() is not None
            job.killed = job.killed or not over
            if job.run is not None and not over:
                with suppress(ProcessLookupError):
                    job.run.send_signal(signal.SIGTERM)

    def clean(self, job: Job) -> None:
        """Forget it, with its files."""
        with self.lock:
            self.jobs.pop(job.number, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def close(self) -> None:
        """No job is left."""
        for job in list(self.jobs.values()):
            self.kill(job)
            if job.run is not None:
                job.run.wait(30)
            self.clean(job)
