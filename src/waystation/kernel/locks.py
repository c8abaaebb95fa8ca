"""Locks by name that end with the process which has them, also among machines.

They are PostgreSQL's session locks on one connection of their own: whoever dies, or loses the
database, has lost them, so what they guard must bear that (two writers write the same bytes).
"""

import threading

import psycopg

from waystation.kernel.errors import UnavailableError

_TAKE = b"SELECT pg_try_advisory_lock(hashtextextended(%s, 7))"
_GIVE = b"SELECT pg_advisory_unlock(hashtextextended(%s, 7))"


class Locks:
    """Those of one process; of any thread.

    Args:
        dsn: of the database.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._held: set[str] = set()
        self._only = threading.Lock()
        self._conn: psycopg.Connection[tuple[object, ...]] | None = None

    def take(self, name: str) -> bool:
        """Have a lock; False when somebody has it, here or in another process.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._only:
            if name in self._held or not self._ask(_TAKE, name):
                return False
            self._held.add(name)
            return True

    def give(self, name: str) -> None:
        """Have it no longer; one that is lost already is good."""
        with self._only:
            if name in self._held:
                self._held.discard(name)
                if self._conn is not None and not self._conn.closed:
                    self._ask(_GIVE, name)

    def close(self) -> None:
        """Give all back."""
        with self._only:
            if self._conn is not None:
                self._conn.close()

    def _ask(self, sql: bytes, name: str) -> bool:
        try:
            if self._conn is None or self._conn.closed:
                self._conn = psycopg.connect(
                    self._dsn, autocommit=True, application_name="waystation-locks"
                )
            row = self._conn.execute(sql, (name,)).fetchone()
        except psycopg.OperationalError as problem:
            raise UnavailableError(
                "The database does not answer.", advice="Try again in a moment."
            ) from problem
        return bool(row and row[0])
