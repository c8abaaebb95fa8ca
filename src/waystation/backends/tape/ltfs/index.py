"""What is on which cartridge: a durable index, so that bulk questions never walk the mount.

SQLite in the back end's own directory. One process writes (the one that holds `index.lock`),
any number read; what is on a cartridge changes in one transaction.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.tape.ltfs.attributes import Checksum, Volume
from waystation.domains.staging.errors import BackendUnavailableError

_TABLES = """
  CREATE TABLE IF NOT EXISTS cartridge (
    name TEXT PRIMARY KEY, uuid TEXT NOT NULL, generation INTEGER, block_bytes INTEGER NOT NULL,
    present INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS folder (
    cartridge TEXT NOT NULL, path BLOB NOT NULL, parent BLOB NOT NULL, mtime_ns INTEGER NOT NULL,
    PRIMARY KEY (cartridge, path)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS folder_parent ON folder (cartridge, parent);
  CREATE TABLE IF NOT EXISTS copy (
    path BLOB NOT NULL, cartridge TEXT NOT NULL, folder BLOB NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, block INTEGER, PRIMARY KEY (path, cartridge)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS copy_folder ON copy (cartridge, folder);
  CREATE TABLE IF NOT EXISTS checksum (path BLOB PRIMARY KEY, kind TEXT, digits TEXT)
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_COPIES = """
  SELECT a.n, c.cartridge, t.uuid, t.present, c.size, c.mtime_ns, c.block, t.block_bytes
  FROM asked a JOIN copy c ON c.path = a.path JOIN cartridge t ON t.name = c.cartridge
  ORDER BY a.n, c.cartridge
"""

_BUSY_S = 20.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A file's copy on one cartridge, as it was seen when that was looked through.

    Attributes:
        tape: name of the cartridge.
        uuid: of its volume.
        present: it was mounted then.
        size, mtime_ns: of the file.
        position: first byte on the cartridge: LTFS's start block times the volume's block size.
            Monotonic along the tape; bytes before compression, so a drive that compresses has
            fewer on the tape itself. Empty files have no block and count as the beginning.
    """

    tape: str
    uuid: str
    present: bool
    size: int
    mtime_ns: int
    position: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A file or directory as a scan found it; `block` of files alone."""

    path: bytes
    size: int
    mtime_ns: int
    block: int | None = None


class Index:
    """The index of one back end. Every call opens its own connection: any thread, any process."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / "index.sqlite"

    def copies(self, paths: Sequence[bytes]) -> list[list[Copy]]:
        """The copies of each path (on a cartridge), present ones first, then by name."""
        found: list[list[Copy]] = [[] for _ in paths]
        with self._open() as db:
            _ask(db, paths)
            for n, tape, uuid, present, size, mtime_ns, block, unit in db.execute(_COPIES):
                position = (block or 0) * unit
                found[n].append(Copy(tape, uuid, bool(present), size, mtime_ns, position))
        for some in found:
            some.sort(key=lambda copy: not copy.present)
        return found

    def checksums(self, paths: Sequence[bytes]) -> dict[int, Checksum]:
        """What the site's own list says, by place in `paths`."""
        sql = "SELECT a.n, s.kind, s.digits FROM asked a JOIN checksum s ON s.path = a.path"
        with self._open() as db:
            _ask(db, paths)
            return {n: Checksum(kind, digits) for n, kind, digits in db.execute(sql)}

    def cartridges(self) -> dict[str, Volume]:
        """What was last told by the root of every cartridge that was ever seen."""
        with self._open() as db:
            rows = db.execute("SELECT name, uuid, generation, block_bytes FROM cartridge")
            return {name: Volume(uuid, generation, unit) for name, uuid, generation, unit in rows}

    def fact(self, name: str) -> str:
        """Something remembered, empty when it was never."""
        with self._open() as db:
            row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def change(self) -> Iterator["Change"]:
        """Changes that are written together at the end of the block, or not at all."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield Change(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._place, _BUSY_S, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_TABLES)
                yield db
        except sqlite3.Error as error:
            raise BackendUnavailableError(
                f"The index of cartridges {self._place} cannot be used: {error}.",
                advice="Look whether its disk is full. It may be removed: it is made anew.",
            ) from error


def _ask(db: sqlite3.Connection, paths: Sequence[bytes]) -> None:
    db.execute("CREATE TEMP TABLE asked (n INTEGER PRIMARY KEY, path BLOB NOT NULL)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO asked VALUES (?, ?)", enumerate(paths))
    db.execute("COMMIT")


class Change:
    """Writes of one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def present(self, names: Iterable[str]) -> None:
        """These cartridges are mounted, and no others."""
        self._db.execute("UPDATE cartridge SET present = 0")
        self._db.executemany(
            "UPDATE cartridge SET present = 1 WHERE name = ?", [(name,) for name in names]
        )

    def cartridge(self, name: str, seen: Volume) -> None:
        """What a cartridge's root tells; another volume under the name begins with nothing."""
        old = self._db.execute("SELECT uuid FROM cartridge WHERE name = ?", (name,)).fetchone()
        if old is not None and old[0] != seen.uuid:
            self.forget(name)
        self._db.execute(
            "INSERT OR REPLACE INTO cartridge VALUES (?, ?, ?, ?, 1)",
            (name, seen.uuid, seen.generation, seen.block_bytes),
        )

    def doubt(self, name: str) -> None:
        """A cartridge is not as the index says: it is to be looked through again, wholly."""
        self._db.execute("UPDATE cartridge SET generation = -1 WHERE name = ?", (name,))

    def forget(self, name: str) -> None:
        """Everything below a cartridge."""
        for table in ("folder", "copy"):
            self._db.execute(f"DELETE FROM {table} WHERE cartridge = ?", (name,))

    def folder(self, name: str, path: bytes) -> tuple[int | None, list[bytes]]:
        """When a directory was last changed as far as known, and the directories in it."""
        row = self._db.execute(
            "SELECT mtime_ns FROM folder WHERE cartridge = ? AND path = ?", (name, path)
        ).fetchone()
        below = self._db.execute(
            "SELECT path FROM folder WHERE cartridge = ? AND parent = ? AND path <> ?",
            (name, path, path),
        )
        return (row[0] if row else None), [one[0] for one in below]

    def drop_folder(self, name: str, path: bytes) -> None:
        """A directory with all that is below it is gone."""
        # Half-open range: '0' is what follows '/' in bytes.
        scope = (name, path, path + b"/", path + b"0")
        for table, column in (("folder", "path"), ("copy", "folder")):
            self._db.execute(
                f"DELETE FROM {table} WHERE cartridge = ?"
                f" AND ({column} = ? OR ({column} > ? AND {column} < ?))",
                scope,
            )

    def files(self, name: str, folder: Seen, files: Iterable[Seen]) -> None:
        """The files of one directory, in place of those known before."""
        self._db.execute(
            "DELETE FROM copy WHERE cartridge = ? AND folder = ?", (name, folder.path)
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO copy VALUES (?, ?, ?, ?, ?, ?)",
            [(f.path, name, folder.path, f.size, f.mtime_ns, f.block) for f in files],
        )
        self._db.execute(
            "INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?)",
            (name, folder.path, os.path.dirname(folder.path), folder.mtime_ns),  # noqa: PTH120 - bytes
        )

    def checksums(self, told: Iterable[tuple[bytes, Checksum]]) -> None:
        """The site's checksums, in place of those known before."""
        self._db.execute("DELETE FROM checksum")
        self._db.executemany(
            "INSERT OR REPLACE INTO checksum VALUES (?, ?, ?)",
            ((path, sum_.kind, sum_.digits) for path, sum_ in told),
        )

    def remember(self, name: str, value: str) -> None:
        """A fact."""
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))
