"""The queue in a folder: who asks moves it on, and jobs are processes of this machine."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

IDLE, RUNNING, REMOVED, COMPLETED, HELD = range(1, 6)
_RUN = 'trap : TERM; place=$1; shift; "$@"; echo $? >"$place"'  # the job itself hears it too
_KILL_S = 10.0


@dataclass
class Job:
    """One of them.

    Attributes:
        ad: its attributes; expressions are texts, those of `rules`.
        rules: attributes that are expressions.
        argv, environment: of its process.
        pid: of it; 0 when there is none.
        killed: when it was told to end.
    """

    ad: dict[str, Any]
    rules: dict[str, str]
    argv: list[str]
    environment: dict[str, str]
    pid: int = 0
    killed: float = 0

    @property
    def name(self) -> str:
        """`CLUSTER.PROC`."""
        return f"{self.ad['ClusterId']}.{self.ad['ProcId']}"


@dataclass
class Pool:
    """What is known between two calls.

    Attributes:
        home: the folder.
        slots: cores; jobs have one each.
        cluster: the last number that was given.
        queue, past: jobs by name.
        lose: so many answers to submissions never arrive, though the jobs are taken.
        paused: nothing is started.
    """

    home: Path
    slots: int = 8
    cluster: int = 0
    queue: dict[str, Job] = field(default_factory=dict)
    past: dict[str, Job] = field(default_factory=dict)
    lose: int = 0
    paused: bool = False

    @property
    def running(self) -> list[Job]:
        """Those that have a process."""
        return [each for each in self.queue.values() if each.pid]

    def add(self, job: Job) -> None:
        """One more."""
        now = int(time.time())
        job.ad |= {"JobStatus": IDLE, "QDate": now, "EnteredCurrentStatus": now}
        self.queue[job.name] = job

    def remove(self, name: str, reason: str) -> bool:
        """End one; whether it was there."""
        job = self.queue.get(name)
        if job is None:
            return False
        self._turn(job, REMOVED)
        job.ad["RemoveReason"] = reason
        if job.pid and not job.killed:
            job.killed = time.time()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGTERM)
        return True

    def hold(self, name: str, code: int, reason: str) -> None:
        """Let one wait for a person."""
        job = self.queue[name]
        self._turn(job, HELD)
        job.ad |= {"HoldReasonCode": code, "HoldReason": reason}

    def lose_node(self, name: str) -> None:
        """The node of a job is gone, with all that ran there; it is idle again."""
        job = self.queue[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.pid = 0
        self._turn(job, IDLE)

    def move(self) -> None:
        """Take leave of those that ended, and start those for which there is room."""
        for job in list(self.queue.values()):
            if job.pid:
                self._follow(job)
            elif job.ad["JobStatus"] in {REMOVED, COMPLETED}:
                self._leave(job)
        for job in self.queue.values():
            room = len(self.running) < self.slots and not self.paused
            if job.ad["JobStatus"] == IDLE and room:
                self._start(job)

    def _follow(self, job: Job) -> None:
        place = self.home / f"{job.name}.exit"
        if place.exists() and (said := place.read_text().strip()):
            job.pid = 0
            if job.ad["JobStatus"] != REMOVED:
                self._turn(job, COMPLETED)
                job.ad |= {"ExitCode": int(said), "CompletionDate": int(time.time())}
            self._leave(job)
        elif job.killed and time.time() - job.killed > _KILL_S:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)
            place.write_text("137")

    def _start(self, job: Job) -> None:
        place = self.home / f"{job.name}.exit"
        place.unlink(missing_ok=True)
        child = subprocess.Popen(
            ["/bin/sh", "-c", _RUN, "sh", str(place), *job.argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=job.environment,
            cwd="/",
            start_new_session=True,
        )
        job.pid = child.pid
        self._turn(job, RUNNING)
        starts = job.ad.get("NumJobStarts", 0) + 1
        job.ad |= {"JobStartDate": int(time.time()), "NumJobStarts": starts,
                   "RemoteHost": "slot1@node.example.org"}  # fmt: skip

    def _leave(self, job: Job) -> None:
        self.past[job.name] = self.queue.pop(job.name)

    @staticmethod
    def _turn(job: Job, status: int) -> None:
        job.ad |= {"LastJobStatus": job.ad["JobStatus"], "JobStatus": status,
                   "EnteredCurrentStatus": int(time.time())}  # fmt: skip


@contextlib.contextmanager
def opened(home: Path) -> Iterator[Pool]:
    """The pool, for one call at a time of whichever process."""
    with (home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = home / "pool.json"
        told = json.loads(place.read_text()) if place.exists() else {}
        pool = Pool(home, **told)
        for jobs in (pool.queue, pool.past):
            jobs.update({name: Job(**each) for name, each in jobs.items()})  # type: ignore[arg-type]
        yield pool
        said = {name: value for name, value in vars(pool).items() if name != "home"}
        part = place.with_suffix(".part")
        part.write_text(json.dumps(said, default=vars))
        part.replace(place)
