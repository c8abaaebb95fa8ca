"""What lies on which cartridge: the index of a site, in SQLite so that a kill loses nothing."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA = """
create table if not exists tape (
  barcode text primary key, library text not null, pool text not null,
  state text not null default 'appendable', used integer not null default 0
) without rowid;
create table if not exists file (
  id integer primary key, path text not null unique, size integer not null,
  mtime_ns integer not null, crc integer not null
);
create table if not exists copy (
  file integer not null references file on delete cascade, barcode text not null references tape,
  start integer not null, primary key (file, barcode)
) without rowid;
create table if not exists task (
  seq integer primary key, task_id integer not null, full_id text not null, type text not null,
  cmd_param text not null, status text not null, result text not null default '',
  created text not null, started text not null default '', completed text not null default ''
);
create table if not exists outcome (
  task integer not null references task on delete cascade, n integer not null, path text not null,
  result text not null, code text not null, at text not null, primary key (task, n)
) without rowid;
"""

ASK_AT_ONCE = 500
"""Paths in one query; SQLite took no more than 999 parameters for a long time."""


@dataclass(frozen=True, slots=True)
class Tape:
    """A cartridge in the index; `used` in real bytes."""

    barcode: str
    library: str
    pool: str
    state: str
    used: int


@dataclass(frozen=True, slots=True)
class Archived:
    """A file in the index; `copies` are (barcode, first real byte on it)."""

    id: int
    path: str
    size: int
    mtime_ns: int
    crc: int
    copies: tuple[tuple[str, int], ...]


class Index:
    """The index of one site. For one thread."""

    def __init__(self, database: Path) -> None:
        self._db = sqlite3.connect(database, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute("pragma foreign_keys = on")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction."""
        self._db.execute("begin immediate")
        try:
            yield self._db
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    @property
    def reading(self) -> sqlite3.Connection:
        """Read outside a transaction."""
        return self._db

    def tapes(self) -> dict[str, Tape]:
        """All cartridges by barcode."""
        rows = self._db.execute(
            "select barcode, library, pool, state, used from tape order by barcode"
        )
        return {row[0]: Tape(*row) for row in rows}

    def add_tapes(self, tapes: Iterable[Tape]) -> None:
        """Put new cartridges into the index; known ones stay as they are."""
        with self.writing() as db:
            db.executemany(
                "insert or ignore into tape values (?, ?, ?, ?, ?)",
                [(tape.barcode, tape.library, tape.pool, tape.state, tape.used) for tape in tapes],
            )

    def set_tape_state(self, barcode: str, state: str) -> None:
        """Change the state word of a cartridge (appendable, full, offline, missing ...)."""
        with self.writing() as db:
            db.execute("update tape set state = ? where barcode = ?", (state, barcode))

    def add_file(self, path: str, size: int, mtime_ns: int, crc: int, barcode: str | None) -> int:
        """Append a file to a cartridge; an empty file has no copy. Return its number."""
        with self.writing() as db:
            db.execute("delete from file where path = ?", (path,))
            cursor = db.execute(
                "insert into file (path, size, mtime_ns, crc) values (?, ?, ?, ?)",
                (path, size, mtime_ns, crc),
            )
            number = int(cursor.lastrowid or 0)
            if barcode is not None:
                db.execute(
                    "insert into copy select ?, barcode, used from tape where barcode = ?",
                    (number, barcode),
                )
                db.execute("update tape set used = used + ? where barcode = ?", (size, barcode))
        return number

    def forget(self, path: str) -> None:
        """The file is no longer on tape (made resident)."""
        with self.writing() as db:
            db.execute("delete from file where path = ?", (path,))

    def files(self, paths: Iterable[str]) -> dict[str, Archived]:
        """Those of the paths that are on tape."""
        wanted = list(dict.fromkeys(paths))
        found: dict[str, Archived] = {}
        for begin in range(0, len(wanted), ASK_AT_ONCE):
            part = wanted[begin : begin + ASK_AT_ONCE]
            marks = ",".join("?" * len(part))
            rows = self._db.execute(
                "select f.id, f.path, f.size, f.mtime_ns, f.crc, c.barcode, c.start from file f"
                f" left join copy c on c.file = f.id where f.path in ({marks}) order by c.barcode",
                part,
            )
            for number, path, size, mtime_ns, crc, barcode, start in rows:
                known = found.get(path)
                copies = known.copies if known else ()
                if barcode is not None:
                    copies = (*copies, (barcode, start))
                found[path] = Archived(number, path, size, mtime_ns, crc, copies)
        return found
