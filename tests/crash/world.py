"""A small house around a tape system in memory that can be killed between any two steps.

The database and the tape system live on; everything else is dropped and built anew, as by a
restart of every process.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from crash.books import check_books
from waystation.domains.accounts.door import ALL_SCOPES, Grant
from waystation.domains.catalogue.door import Catalogue, StoreInfo
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import Ask
from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import Staging, Submitted
from waystation.kernel.database import Connection, Database, Row, Statement, rows
from waystation.kernel.retry import Backoff
from waystation_testing.memory_tape import MemoryTape

START = datetime(2026, 1, 1, tzinfo=UTC)
STORE, BACKEND, ROOT = "arc", "mem", "/arc"
TABLES = ("request", "item", "recall", "queue", "recalllist", "usage", "event", "forecast")
# Quick to give up: a story that fails a file for good should not take days.
RULES = Rules(retry=Backoff(timedelta(minutes=1), timedelta(hours=1), 2))

# Calls of the port that change nothing at the tape system: to die around them is to die after the
# commit before. All others are places to die at, also those that the port may get one day.
LOOKS = {"check_config", "locate", "poll", "library"}
EFFECTS = {n for n, call in vars(TapeBackend).items() if callable(call) and n[0] != "_"} - LOOKS


class KilledError(BaseException):
    """The process is gone: nothing may catch this."""


class HandClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass
class Fate:
    """Kills once, at the given place; places are counted from 1, none is never.

    Attributes:
        place: where to kill.
        passed: names of the places so far.
    """

    place: int = 0
    passed: list[str] = field(default_factory=list)

    def passes(self, name: str) -> None:
        """A place at which a process may die."""
        self.passed.append(name)
        if len(self.passed) == self.place:
            raise KilledError(name)


class MortalDatabase(Database):
    """Dies right after a transaction that changed something."""

    def __init__(self, dsn: str, fate: Fate) -> None:
        super().__init__(dsn, name="test", max_size=4)
        self.fate = fate

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As the real one."""
        with super().transaction() as conn:
            yield conn
            row = conn.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        if row and row[0]:
            self.fate.passes("commit")

    def rows(self, statement: Statement) -> list[Row]:
        """As the real one, in a transaction that can be its last."""
        with self.transaction() as conn:
            return rows(conn, statement)


class MortalTape:
    """A tape back end whose caller dies right before or right after a call with an effect."""

    def __init__(self, tape: MemoryTape, fate: Fate) -> None:
        self._tape = tape
        self._fate = fate

    def __getattr__(self, name: str) -> object:
        found = getattr(self._tape, name)
        if name not in EFFECTS:
            return found

        def call(*args: object) -> object:
            self._fate.passes(f"before {name}")
            answer = found(*args)
            self._fate.passes(f"after {name}")
            return answer

        return call


class World:
    """Database, tape system, time; and the house that is built on them again and again."""

    def __init__(self, dsn: str, rules: Rules = RULES) -> None:
        # The server itself is not killed here, so nobody needs to wait for its disk.
        self.dsn = dsn + "?options=-csynchronous_commit%3Doff"
        self.rules = rules
        self.clock = HandClock()
        self.tape = MemoryTape()
        self.fate = Fate()
        with psycopg.connect(dsn, autocommit=True) as conn:
            self.ana, self.ben, self.admin = (_grant(conn, n) for n in ("ana", "ben", "root"))
        self.database: MortalDatabase | None = None
        self.build()

    def build(self) -> None:
        """Everything that a process has in memory, anew; connections hold nothing of ours."""
        if self.database is None:
            self.database = MortalDatabase(self.dsn, self.fate)
            self.database.open()
        self.database.fate = self.fate
        self.catalogue = Catalogue(self.database, self.clock)
        self.catalogue.sync_stores([StoreInfo(0, STORE, ROOT, BACKEND, ("*",), 50_000, 0)])
        back_ends: Mapping[str, TapeBackend] = {BACKEND: MortalTape(self.tape, self.fate)}  # type: ignore[dict-item]
        self.staging = Staging(self.database, self.clock, self.catalogue, back_ends, self.rules)
        self.post = Post(
            BACKEND, "memory", back_ends[BACKEND], self.database, self.clock, self.rules
        )

    def close(self) -> None:
        """Give the connections back."""
        if self.database is not None:
            self.database.close()

    def reset(self, place: int) -> None:
        """An empty house again, to be killed at this place."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            for name in TABLES:
                conn.execute(f"DELETE FROM staging_{name}".encode())
            conn.execute("ALTER SEQUENCE staging_request_id_seq RESTART")
        self.clock.at = START
        self.tape = MemoryTape()
        self.fate = Fate()
        self.build()
        self.fate.place = place
        self.fate.passed.clear()

    # ------------------------------------------------------------------------------ what people do

    def put(self, tape: str, *names: str, size: int = 1_000) -> None:
        """Files on a tape, one after the other."""
        for i, name in enumerate(names):
            self.tape.put(f"{ROOT}/{name}", tape=tape, position=size * i, size=size)

    def ask(self, *names: str, who: Grant | None = None, **more: object) -> Submitted:
        """Ask for files as `who`, ana if not said."""
        ask = Ask([f"{ROOT}/{name}" for name in names], STORE, **more)  # type: ignore[arg-type]
        return self.staging.submit(who or self.ana, ask)

    def turn(self, rounds: int = 30) -> None:
        """Run every step until nothing has moved for a while; time passes in each round."""
        quiet = 0
        for _ in range(rounds):
            moved = sum(self.step(name) for name in self.step_names())
            self.clock.forward(seconds=6)
            quiet = 0 if moved else quiet + 1
            if quiet == 2:
                return

    def step_names(self) -> list[str]:
        """Every step that moves something; the two that only draw pictures run elsewhere."""
        return [n for n, _, _ in steps(self.post) if n not in {"watch", "forecast"}]

    def step(self, wanted: str) -> int:
        """Run one step once."""
        return next(run() for name, run, _ in steps(self.post) if name == wanted)

    # ------------------------------------------------------------------------- looking at it

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database."""
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(sql.encode()).fetchall()

    def check(self, *, at_rest: bool = False) -> None:
        """The books, now."""
        with psycopg.connect(self.dsn) as conn:
            check_books(conn, at_rest=at_rest)

    def states(self, request_id: int) -> list[str]:
        """Of the files of a request."""
        return [f.state for f in self.staging.files(self.admin, request_id)]

    def came(self, request_id: int) -> list[int]:
        """How often each file was told as online, by its number."""
        count: dict[int, int] = {}
        for event in self.staging.events(self.admin, request_id, limit=1000):
            for low, high in event.ranges if event.kind == "online" else []:
                for n in range(low, high + 1):
                    count[n] = count.get(n, 0) + 1
        return [count[n] for n in sorted(count)]


def live(world: World, acts: list[Callable[[World], object]]) -> str:
    """Do one act after the other; one that is cut short by death is done again after a restart.

    Returns:
        Where it died, empty when it did not.
    """
    died = ""
    for act in acts:
        while True:
            with suppress(KilledError):
                act(world)
                break
            died = f"place {len(world.fate.passed)}: {world.fate.passed[-1]}"
            world.fate.place = 0
            world.check()
            world.build()
            world.clock.forward(seconds=world.rules.lease.total_seconds() + 60)
    return died


def _grant(conn: psycopg.Connection, name: str) -> Grant:
    row = conn.execute(
        "INSERT INTO accounts_user (username, password, first_name, last_name, email,"
        " is_superuser, is_staff, is_active, date_joined)"
        " VALUES (%s, '', '', '', '', %s, false, true, now()) RETURNING id",
        [name, name == "root"],
    ).fetchone()
    assert row is not None
    return Grant(row[0], name, name == "root", frozenset(), ALL_SCOPES)
