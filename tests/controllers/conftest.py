"""A small house around a tape system in memory, driven step by step in its own time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from waystation.domains.accounts.door import ALL_SCOPES, Grant
from waystation.domains.catalogue.door import Catalogue, StoreInfo
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import Ask
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import Staging, Submitted
from waystation.kernel.database import Database
from waystation_testing.memory_tape import MemoryTape


class HandClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def forward(self, **kwargs: float) -> None:
        self.at += timedelta(**kwargs)


@dataclass
class Small:
    database: Database
    clock: HandClock
    tape: MemoryTape
    catalogue: Catalogue
    staging: Staging
    post: Post
    ana: Grant
    ben: Grant
    admin: Grant
    skip: set[str] = field(default_factory=set)

    def ask(self, *names: str, who: Grant | None = None, **kwargs: object) -> Submitted:
        ask = Ask([f"/arc/{n}" for n in names], "arc", **kwargs)  # type: ignore[arg-type]
        return self.staging.submit(who or self.ana, ask)

    def put(self, *names: str, tape: str = "T1", size: int = 1000) -> None:
        for i, name in enumerate(names):
            self.tape.put(f"/arc/{name}", tape=tape, position=1000 * i, size=size)

    def turn(self, rounds: int = 20) -> None:
        """Run every step until nothing moved for a while; time passes a little each round."""
        quiet = 0
        for _ in range(rounds):
            moved = 0
            for name, run, _tick in steps(self.post):
                if name not in self.skip:
                    moved += run()
            self.clock.forward(seconds=6)
            quiet = 0 if moved else quiet + 1
            if quiet == 3:
                return

    def states(self, request_id: int) -> list[str]:
        return [f.state for f in self.staging.files(self.admin, request_id)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.database.transaction() as conn:
            return conn.execute(sql.encode()).fetchall()


@pytest.fixture
def small(dsn: str) -> Iterator[Small]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        grants = [_user(conn, name) for name in ("ana", "ben", "root")]
    clock, tape = HandClock(), MemoryTape()
    database = Database(dsn, name="test", max_size=4)
    database.open()
    catalogue = Catalogue(database, clock)
    catalogue.sync_stores([StoreInfo(0, "arc", "/arc", "mem", ("*",), 50_000, 0)])
    rules = Rules()
    staging = Staging(database, clock, catalogue, {"mem": tape}, rules)
    post = Post("mem", "memory", tape, database, clock, rules)
    yield Small(database, clock, tape, catalogue, staging, post, *grants)
    database.close()


def _user(conn: psycopg.Connection, name: str) -> Grant:
    row = conn.execute(
        "INSERT INTO accounts_user (username, password, first_name, last_name, email,"
        " is_superuser, is_staff, is_active, date_joined)"
        " VALUES (%s, '', '', '', '', %s, false, true, now()) RETURNING id",
        [name, name == "root"],
    ).fetchone()
    assert row is not None
    return Grant(row[0], name, name == "root", frozenset(), ALL_SCOPES)
