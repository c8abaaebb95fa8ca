"""A database whose trail can be written, sealed, looked at and tampered with."""

from datetime import timedelta

import psycopg

from crash.world import HandClock
from waystation.domains.accounts.door import Grant
from waystation.domains.audit.controller import Desk, retain, seal
from waystation.domains.audit.door import Audit
from waystation.kernel import trail
from waystation.kernel.database import Database


class Trail:
    def __init__(self, dsn: str, admin: Grant, ana: Grant) -> None:
        self.dsn, self.admin, self.ana = dsn, admin, ana
        self.clock = HandClock()
        self.database = Database(dsn, name="test")
        self.database.open()
        self.audit = Audit(self.database, self.clock)
        self.desk = Desk(self.database, self.clock, timedelta(days=90))

    def close(self) -> None:
        self.database.close()

    def act(self, count: int = 1, act: str = "file.put", who: Grant | None = None) -> None:
        by = (who or self.ana).actor
        with self.database.transaction() as conn:
            for n in range(count):
                thing, now = f"lab/{n}.fits", self.clock.now()
                trail.record(conn, act, thing, now=now, by=by, bytes=n, name="Zoë \U0001f52d")

    def seal(self) -> int:
        count = 0
        while found := seal(self.desk):
            count += found
        return count

    def retain(self) -> None:
        while retain(self.desk):
            pass

    def sql(self, *statements: str) -> None:
        """As somebody with all rights in the database."""
        with psycopg.connect(self.dsn) as conn:
            for each in statements:
                conn.execute(each.encode())

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(sql.encode()).fetchall()
