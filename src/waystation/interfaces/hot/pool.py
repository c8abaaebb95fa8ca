"""The hot lane's own connections: the same statements as the services', without Django."""

import logging

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, dict_row
from psycopg_pool import AsyncConnectionPool

from waystation.kernel.database import Row, Statement
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

_AsyncConnection = AsyncConnection[TupleRow]


class HotPool:
    """A few connections in autocommit: every statement here only reads."""

    def __init__(self, dsn: str, max_size: int = 4) -> None:
        self.dsn = dsn
        self._pool: AsyncConnectionPool[_AsyncConnection] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=max_size,
            open=False,
            timeout=10,
            kwargs={"autocommit": True, "application_name": "waystation-hot"},
        )

    async def open(self) -> None:
        """Connect."""
        await self._pool.open()

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.close()

    async def rows(self, statement: Statement) -> list[Row]:
        """Run a statement, prepared at once: these are the same few all day.

        Raises:
            UnavailableError: the database does not answer.
        """
        try:
            return await self._rows(statement)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            # After a restart of the database every connection that waited here is dead.
            log.info("the database was lost; once more")
        try:
            await self._pool.check()
            return await self._rows(statement)
        except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
            raise UnavailableError(
                "The database does not answer.", advice="Try again in a moment."
            ) from problem

    async def _rows(self, statement: Statement) -> list[Row]:
        async with (
            self._pool.connection() as conn,
            conn.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(statement.text, statement.params, prepare=True)
            return await cursor.fetchall()
