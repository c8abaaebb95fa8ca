"""The tables of a live Librarian, only read: SQLite or PostgreSQL, head 84785333a677 of its own.

Rows come by key, some thousand at a time. Its columns with pickles are code and are never opened:
what is in them is in its settings too, or over.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from waystation.kernel.errors import MalformedError

AT_ONCE = 1_000
Row = Mapping[str, object]

_FILES = """
  SELECT f.name, f.create_time, f.size, f.checksum, f.uploader, f.source,
    i.id AS instance_id, i.path, i.deletion_policy, i.created_time, i.available, s.name AS store
  FROM instances i JOIN files f ON f.name = i.file_name JOIN store_metadata s ON s.id = i.store_id
  WHERE i.id > {mark} ORDER BY i.id LIMIT {limit}
"""
_REMOTE = """
  SELECT r.id, r.file_name, r.copy_time, l.name AS librarian, f.size, f.checksum
  FROM remote_instances r JOIN librarians l ON l.id = r.librarian_id
  JOIN files f ON f.name = r.file_name
  WHERE r.id > {mark} ORDER BY r.id LIMIT {limit}
"""
_COUNTS = {
    "uploads and clones under way": "incoming_transfers",
    "files on their way to others": "outgoing_transfers",
}
_OPEN = "('INITIATED', 'ONGOING', 'STAGED')"


class OldBase:
    """An open database of a Librarian."""

    def __init__(self, run: "sqlite3.Connection | psycopg.Connection[dict[str, object]]") -> None:
        self._conn = run
        self._mark = "?" if isinstance(run, sqlite3.Connection) else "%s"

    def users(self) -> list[Row]:
        """username, auth_token (argon2id), auth_level (a word)."""
        return self._rows("SELECT username, auth_token, auth_level FROM users ORDER BY username")

    def librarians(self) -> list[Row]:
        """name, url, port, authenticator (Fernet), transfers_enabled (empty is no)."""
        columns = "name, url, port, authenticator, transfers_enabled"
        return self._rows(f"SELECT {columns} FROM librarians ORDER BY name")

    def stores(self) -> list[str]:
        """Names of stores."""
        return [str(r["name"]) for r in self._rows("SELECT name FROM store_metadata ORDER BY id")]

    def files(self) -> Iterator[list[Row]]:
        """Instances with their files and the names of their stores, in sets."""
        yield from self._sets(_FILES, "instance_id")

    def remote_instances(self) -> Iterator[list[Row]]:
        """Copies at other librarians, in sets."""
        yield from self._sets(_REMOTE, "id")

    def under_way(self) -> dict[str, int]:
        """What has not ended there and will not come over, by what it is."""
        found = {}
        for what, table in _COUNTS.items():
            row = self._rows(f"SELECT count(*) AS n FROM {table} WHERE status IN {_OPEN}")[0]
            found[what] = int(str(row["n"]))
        return found

    def _sets(self, sql: str, key: str) -> Iterator[list[Row]]:
        sql, last = sql.format(mark=self._mark, limit=AT_ONCE), 0
        while found := self._rows(sql, [last]):
            yield found
            last = int(str(found[-1][key]))

    def _rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        if isinstance(self._conn, sqlite3.Connection):
            return [dict(row) for row in self._conn.execute(sql, params)]
        return [*self._conn.execute(sql.encode(), params)]


@contextmanager
def opened(url: str) -> Iterator[OldBase]:
    """Open it, for reading alone.

    Args:
        url: sqlite:////absolute/path, or postgresql://user:password@host/name.

    Raises:
        MalformedError: it is neither, or no Librarian's.
    """
    try:
        if url.startswith("sqlite:"):
            path = urlsplit(url).path.removeprefix("/")
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
                conn.row_factory = sqlite3.Row
                yield OldBase(conn)
        elif url.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
            plain = url.replace("+psycopg", "", 1)
            with psycopg.connect(plain, row_factory=dict_row) as conn_:
                conn_.read_only = True
                conn_.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                yield OldBase(conn_)
        else:
            raise MalformedError(
                "This is no address of a Librarian's database.",
                advice="sqlite:////absolute/path or postgresql://user:password@host/name.",
            )
    except (sqlite3.Error, psycopg.Error) as problem:
        raise MalformedError(
            f"The Librarian's database cannot be read: {problem}",
            advice="Name the database of a Librarian v2 or newer, migrated to its head.",
        ) from problem


def moment(value: object) -> datetime:
    """A time of the database: naive, in UTC; SQLite has it as text."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
