"""The hot lane's own connections: the same statements as the services', without Django."""

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, dict_row
from psycopg_pool import AsyncConnectionPool

from waystation.kernel.database import Row, Statement

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
        """Run a statement. Prepared on the second use: these are the same few all day."""
        async with (
            self._pool.connection() as conn,
            conn.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(statement.sql.encode(), statement.params)
            return await cursor.fetchall()
