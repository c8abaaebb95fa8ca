"""A small house that runs jobs on this machine; it can be killed between any two steps."""

import ipaddress
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg

from crash.world import KilledError
from hosting.world import SPACE, World
from waystation.backends.batch.local.batch import LocalBatch, LocalConfig
from waystation.backends.remote.http import HttpRemotes, RemoteConfig
from waystation.bootstrap.depot import Stores
from waystation.bootstrap.fetching import Fetcher
from waystation.domains.accounts.door import Accounts
from waystation.domains.jobs.controller.steps import cluster_steps, steps
from waystation.domains.jobs.door import (
    Batch,
    Cluster,
    Desk,
    JobRequestView,
    Jobs,
    LogPart,
    Policy,
    Resources,
    Wish,
)
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.states import ENDED, JobState
from waystation.domains.staging.door import Rules, Staging
from waystation.kernel.hosts import AllowedHosts

HERE = "here"
POLICY = Policy(first=timedelta(seconds=1), keep=timedelta(days=2), lost=timedelta(seconds=5))


def _remotes() -> HttpRemotes:
    """Servers of this machine may be asked."""
    here = (ipaddress.ip_network("127.0.0.0/8"),)
    hosts = AllowedHosts(("127.0.0.1:*",), here, ("127.0.0.1:*",), "Copies", "transfers")
    return HttpRemotes(RemoteConfig(hosts, silence_s=5.0))


class MortalBatch:
    """A batch system whose caller dies right before or right after a call with an effect.

    `away` names calls that it does not answer now.
    """

    EFFECTS = frozenset({"submit", "cancel", "clean", "fetch"})

    def __init__(self, batch: Batch, fate) -> None:
        self._batch = batch
        self._fate = fate
        self.away: set[str] = set()

    def __getattr__(self, name: str) -> object:
        if name in self.away:
            raise BatchUnavailableError("It does not answer.")
        found = getattr(self._batch, name)
        if name not in self.EFFECTS:
            return found

        def call(*args: object) -> object:
            self._fate.passes(f"before {name}")
            answer = found(*args)
            self._fate.passes(f"after {name}")
            return answer

        return call


class Yard:
    """Database, disk, and the house that is built on them again and again.

    Args:
        dsn: of a database.
        root: folder for all of it.
        cores: of the cluster.
    """

    def __init__(self, dsn: str, root: Path, *, cores: int = 4, **policy) -> None:
        (root / "spaces").mkdir()
        self.root = root
        self.cores = cores
        self.policy = replace(POLICY, **policy)
        self.world = World(dsn, root / "spaces")
        self.admin = self.world.admin
        self.build()

    def build(self) -> None:
        """Everything that a process has in memory, anew."""
        world = self.world
        accounts = Accounts(world.database, world.clock)
        staging = Staging(world.database, world.clock, world.catalogue, {}, Rules())
        depot = Stores(accounts, world.catalogue, staging, world.hosting, Fetcher(_remotes))
        self.batch = MortalBatch(self.system(), world.fate)
        cluster = Cluster(HERE, "local", self.batch, self.root / "work", 1000)  # type: ignore[arg-type]
        self.desk = Desk(world.database, world.clock, depot, self.policy, {HERE: cluster})
        self.jobs = Jobs(world.database, world.clock, depot, self._log)
        self.desk.id(cluster)

    def close(self) -> None:
        """No run of it is left."""
        with psycopg.connect(self.world.dsn) as conn:
            found = conn.execute("SELECT handle FROM jobs_job WHERE state IN (4, 5)").fetchall()
        self.batch.away.clear()
        self.batch.cancel([handle for (handle,) in found if handle])
        self.world.close()

    def system(self) -> Batch:
        """The batch system that it has."""
        return LocalBatch(LocalConfig(HERE, cores=self.cores), self.root / "cluster")

    def _log(self, part: LogPart) -> bytes:
        folder = self.root / "work" / part.run
        return self.batch.tail(part.handle, folder, part.stream, part.offset, part.limit)

    def ask(self, *command: str, **more) -> JobRequestView:
        """Ask for jobs, as an administrator."""
        return self.jobs.submit(self.admin, Wish(command=command, **more))[0]

    def step(self) -> int:
        """Every step once; how much moved."""
        return sum(step() for _, step, _ in [*steps(self.desk), *cluster_steps(self.desk)])

    def until(self, condition: Callable[[], object], *, seconds: float = 60.0) -> None:
        """All steps again and again, while their time goes by, until something is true."""
        pause, end = threading.Event(), time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.told()
            moved = self.step()
            self.world.clock.forward(seconds=1)
            if not moved:
                pause.wait(0.02)

    def ended(self, request: int, *, seconds: float = 60.0) -> JobRequestView:
        """A request once it has ended."""
        self.until(lambda: self.view(request).finished, seconds=seconds)
        return self.view(request)

    def killed(self) -> bool:
        """All steps once more; whether the process died on the way. It is started again then."""
        try:
            self.step()
        except KilledError:
            self.world.build()
            self.build()
            return True
        return False

    def view(self, request: int) -> JobRequestView:
        """A request as it stands."""
        return self.jobs.request(self.admin, request)

    def states(self, request: int) -> list[str]:
        """Its jobs' states, by number."""
        return [job.state for job in self.jobs.jobs(self.admin, request)]

    def told(self) -> str:
        """All jobs with their words."""
        with psycopg.connect(self.world.dsn) as conn:
            found = conn.execute("SELECT request_id, n, state, words, foreign_state FROM jobs_job")
            return str(found.fetchall()[:20])

    def check_books(self) -> None:
        """The counters of every request are what its jobs say."""
        sql = "SELECT request_id, state, count(*) FROM jobs_job GROUP BY 1, 2"
        with psycopg.connect(self.world.dsn) as conn:
            counted: dict[int, dict[int, int]] = {}
            for request, state, jobs in conn.execute(sql):
                counted.setdefault(request, {})[state] = jobs
        for request, states in counted.items():
            view = self.view(request)
            assert (
                view.waiting,
                view.sent,
                view.running,
                view.done,
                view.failed,
                view.cancelled,
            ) == tuple(sum(states.get(s, 0) for s in group) for group in _GROUPS)
            assert bool(view.finished) == (set(states) <= ENDED)


_GROUPS: Sequence[Sequence[int]] = (
    (JobState.QUEUED, JobState.STAGING, JobState.READY),
    (JobState.SENDING, JobState.PENDING),
    (JobState.RUNNING, JobState.FINISHING),
    (JobState.DONE,),
    (JobState.FAILED, JobState.LOST),
    (JobState.CANCELLED,),
)

__all__ = ["HERE", "SPACE", "Resources", "Yard"]
