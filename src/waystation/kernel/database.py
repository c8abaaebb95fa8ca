"""The database as the house uses it: a pool, transactions that survive a deadlock, statements.

Bulk work never goes through Django's connection (its cursor converts every timestamp in Python).
"""

import logging
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow, dict_row
from psycopg_pool import ConnectionPool

from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")
Value = object
Row = dict[str, Value]
Connection = psycopg.Connection[TupleRow]

# Two transactions met in opposite order, or a failover cut one: the same work again is right.
_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with its parameters: written once, run by the sync pool or the hot lane's."""

    sql: str
    params: Mapping[str, Value]

    @property
    def text(self) -> bytes:
        """The SQL as it is sent."""
        return _encoded(self.sql)


@lru_cache(maxsize=512)
def _encoded(sql: str) -> bytes:
    return sql.encode()


class Database:
    """A pool of connections to the one database."""

    def __init__(self, dsn: str, *, name: str, max_size: int = 8) -> None:
        self.dsn = dsn
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            min_size=1,
            max_size=max_size,
            open=False,
            timeout=30,
            check=_check,
            kwargs={"application_name": f"waystation-{name}"},
        )

    def open(self) -> None:
        """Start the pool; returns at once, connections are made behind."""
        self._pool.open()

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block.

        Raises:
            UnavailableError: no connection is to be had.
        """
        with self._lent() as conn:
            yield conn

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        try:
            with self._pool.connection() as conn:
                yield conn
        except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
            if isinstance(problem, _AGAIN):
                raise
            raise UnavailableError(
                "The database does not answer.", advice="Try again in a moment."
            ) from problem

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction, again from its start when it met a deadlock."""
        for left in range(_TRIES - 1, -1, -1):
            try:
                with self.transaction() as conn:
                    return work(conn)
            except _AGAIN as problem:
                if not left:
                    raise UnavailableError(
                        "Others change the same things now.", advice="Try again in a moment."
                    ) from problem
                log.info("transaction met another one; again")
        raise AssertionError("unreachable")

    def rows(self, statement: Statement) -> list[Row]:
        """Run one statement in a transaction of its own: one question, not three."""
        with self._lent() as conn:
            conn.autocommit = True
            try:
                return rows(conn, statement)
            finally:
                # Of one that was cut nothing can be said any more; the pool does not keep it.
                if conn.info.transaction_status is TransactionStatus.IDLE:
                    conn.autocommit = False


def _check(conn: Connection) -> None:
    """Whether a connection that rested still stands; raises when it does not.

    A server that ends a connection says so, and then there is something to read: only then the
    server is asked: a question before each is one in four of all that a short transaction asks.
    """
    waits = select.poll()
    waits.register(conn.fileno(), select.POLLIN)
    if waits.poll(0):
        ConnectionPool.check_connection(conn)


def rows(conn: Connection, statement: Statement) -> list[Row]:
    """Run a statement; its rows as dicts, none when it answers none."""
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(statement.text, statement.params)
        # Not `description`: it makes an object of every column.
        answered = cursor.pgresult is not None and cursor.pgresult.nfields > 0
        return cursor.fetchall() if answered else []


def execute(conn: Connection, sql: str, params: Mapping[str, Value]) -> int:
    """Run a statement that answers no rows; how many it touched."""
    return conn.execute(sql.encode(), params).rowcount
