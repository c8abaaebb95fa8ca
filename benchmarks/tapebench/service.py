"""The product itself in the loop: its service, steps and planner over PostgreSQL, in virtual time.

A batch of the trace is a stage request of its user's account; the steps are the ones that a worker
runs. Only time and the tape library are the benchmark's.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby

import psycopg

from benchmarks.house import database
from benchmarks.tapebench.product import Level
from benchmarks.tapebench.scheduler import Recall, Release
from benchmarks.tapebench.virtual import START, VirtualClock, VirtualTape, path_of
from waystation.domains.accounts.door import ALL_SCOPES, Grant
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import Ask
from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.plan import Geometry
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import Staging
from waystation.kernel.database import Database

BACKEND, STORE = "mem", "archive"
NEWS_EVERY_S = 900.0
"""How often the tape system tells of a running list; of one that ended it tells at once."""

SWEEP_S = 3600.0
"""How often the steps run that have nothing to do in a trace: unpin, expire, cancel."""

TABLES, LEARNT = (
    ("request", "item", "recall", "queue", "recalllist", "usage", "event"),
    ("forecast",),
)


def trusted(tape: str, extents: Sequence[Extent]) -> Geometry:
    """The cartridges of the simulated library are as the drive model says."""
    del tape, extents
    return Geometry(trusted=True)


@contextmanager
def house() -> Iterator[str]:
    """DSN of a migrated database in which nobody waits for the disk."""
    with database() as (_, dsn):
        yield dsn + "?options=-csynchronous_commit%3Doff"


class Service:
    """Waystation as a `Scheduler` that also watches the reads of running lists.

    With `after` it goes on, then, in the house that an earlier run left, with what that learnt.
    """

    def __init__(
        self,
        dsn: str,
        recalls: Sequence[Recall],
        policy: Policy,
        drive: DriveModel,
        drives: int = 8,
        *,
        level: Level = "positions",
        news_every_s: float = NEWS_EVERY_S,
        after: datetime | None = None,
    ) -> None:
        self.clock = VirtualClock(after or START)
        self.rules = replace(Rules(), policy=policy, drive=drive)
        self.tape = VirtualTape(recalls, level, drives, self.clock, news_every_s)
        self.database = Database(dsn, name="tapebench", max_size=4)
        self.database.open()
        self._grants = _fresh(dsn, sorted({recall.user for recall in recalls}), anew=after is None)
        catalogue = Catalogue(self.database, self.clock)
        self.staging = Staging(
            self.database, self.clock, catalogue, {BACKEND: self.tape}, self.rules
        )
        self.post = Post(BACKEND, "virtual", self.tape, self.database, self.clock, self.rules)
        self.post.geometry = trusted
        self._steps = {name: run for name, run, _ in steps(self.post)}
        self._tick_s = self.rules.poll.total_seconds()
        self._news_every_s = news_every_s
        self._look_at: float | None = None
        self._news = False
        self._swept_s = 0.0

    def close(self) -> None:
        self.database.close()

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        """Each user's files of this moment are a request."""
        self.clock.reach(now)
        for user, files in groupby(sorted(batch, key=_user), key=_user):
            ask = Ask([path_of(recall.id) for recall in files], STORE)
            self.staging.submit(self._grants[user], ask)
        self._run("join", "locate")
        self._news = True

    def on_free_drive(self, now: float, idle: Sequence[str | None]) -> Release | None:
        """What the plan and send steps made of the news, one list after the other."""
        self.clock.reach(now)
        if self._news and not self.tape.waiting:
            self._news = False
            self.tape.idle = list(idle)
            self._run("watch")
            if self.step("plan"):
                self.step("send")
        return self.tape.waiting.popleft() if self.tape.waiting else None

    def on_done(self, release: Release, now: float) -> None:
        """The end of a list is seen at the next look."""
        self.tape.ended(release)
        self._look_by(now)

    def on_reads(self, ids: Sequence[int], now: float) -> None:
        """Files are on disk; that is told when the tape system has news the next time."""
        self.tape.read(ids)
        self._look_by(now + self._news_every_s)

    def wake_at(self, now: float) -> float | None:
        """The next look at the running lists that has something to see."""
        del now
        return self._look_at

    def on_wake(self, now: float) -> None:
        """Look, if it is time."""
        self.clock.reach(now)
        if self._look_at is None or now < self._look_at:
            return
        self._look_at = None
        self.step("poll")
        self._run("close")
        self._news = True
        if now - self._swept_s >= SWEEP_S:
            self._swept_s = now
            self._run("unpin", "expire", "cancel")

    def _look_by(self, at_s: float) -> None:
        tick = math.floor(at_s / self._tick_s + 1) * self._tick_s
        self._look_at = tick if self._look_at is None else min(self._look_at, tick)

    def _run(self, *names: str) -> None:
        """These steps, each until nothing moves."""
        for name in names:
            while self.step(name):
                pass

    def step(self, name: str) -> int:
        """Run one step once; how much it moved."""
        return self._steps[name]()


def _fresh(dsn: str, names: Sequence[str], *, anew: bool) -> dict[str, Grant]:
    """Empty tables (unless `anew`, what forecasts came to stays), and a grant for each account."""
    insert = """
      INSERT INTO accounts_user (username, password, first_name, last_name, email, is_superuser,
                                 is_staff, is_active, date_joined)
      VALUES (%s, '', '', '', '', false, false, true, now())
      ON CONFLICT (username) DO UPDATE SET is_active = true RETURNING id
    """
    tables = ", ".join(f"staging_{name}" for name in (*TABLES, *(LEARNT if anew else ())))
    grants: dict[str, Grant] = {}
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
        for name in names:
            row = conn.execute(insert, [name]).fetchone()
            assert row is not None
            grants[name] = Grant(row[0], name, admin=False, groups=frozenset(), scopes=ALL_SCOPES)
    return grants


def _user(recall: Recall) -> str:
    return recall.user
