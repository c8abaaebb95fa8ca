"""The tasks of a simulated Globus in a database of its own: a killed daemon goes on with them."""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

ACTIVE, INACTIVE, SUCCEEDED, FAILED = "ACTIVE", "INACTIVE", "SUCCEEDED", "FAILED"
DONE, EQUAL, FOLDER = "done", "equal", "folder"

_TABLES = """
CREATE TABLE IF NOT EXISTS task (
  id TEXT PRIMARY KEY, submission TEXT UNIQUE, owner TEXT, document TEXT, status TEXT,
  created REAL, ended REAL, deadline REAL, nice TEXT, fatal TEXT, faults INT DEFAULT 0);
CREATE INDEX IF NOT EXISTS task_open ON task (created) WHERE status IN ('ACTIVE', 'INACTIVE');
CREATE TABLE IF NOT EXISTS item (
  task TEXT, n INT, source TEXT, destination TEXT, recursive INT, checksum TEXT, algorithm TEXT,
  state TEXT DEFAULT 'pending', bytes INT DEFAULT 0, error TEXT, due REAL DEFAULT 0,
  PRIMARY KEY (task, n));
CREATE INDEX IF NOT EXISTS item_due ON item (task, due) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS event (
  n INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT, at REAL, code TEXT, is_error INT,
  description TEXT, details TEXT);
"""


class Book:
    """All that is remembered."""

    def __init__(self, root: Path) -> None:
        self._database = sqlite3.connect(root / "globus.db", isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Let the database go."""
        self._database.close()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """What a query finds."""
        return self._database.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of it."""
        found: sqlite3.Row | None = self._database.execute(sql, values).fetchone()
        return found

    def do(self, sql: str, *values: object) -> int:
        """Change something; how many rows."""
        return self._database.execute(sql, values).rowcount

    def submit(self, owner: str, document: Mapping[str, object], deadline: float) -> str:
        """Write a task with its items; its id."""
        task, items = str(uuid4()), document["DATA"]
        assert isinstance(items, list)
        head = {key: value for key, value in document.items() if key != "DATA"}
        with self._database:
            self._database.execute("BEGIN")
            self.do(
                "INSERT INTO task (id, submission, owner, document, status, created, deadline)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                task, document["submission_id"], owner, json.dumps(head), ACTIVE,
                time.time(), deadline,
            )  # fmt: skip
            self.add(task, [_item(each) for each in items])
        return task

    def add(self, task: str, items: Sequence[tuple[object, ...]]) -> None:
        """Write more items of a task: source, destination, recursive, checksum, its algorithm."""
        found = self.one("SELECT coalesce(max(n), 0) AS n FROM item WHERE task = ?", task)
        first = int(found["n"]) + 1 if found is not None else 1
        self._database.executemany(
            "INSERT INTO item (task, n, source, destination, recursive, checksum, algorithm)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(task, n, *item) for n, item in enumerate(items, first)],
        )

    def tell(self, task: str, code: str, words: str, *, error: bool = False) -> None:
        """Write an event."""
        self.do(
            "INSERT INTO event (task, at, code, is_error, description, details)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            task, time.time(), code, int(error), code.replace("_", " ").lower(), words,
        )  # fmt: skip

    def end(self, task: str, status: str, *, nice: str | None = None, words: str = "") -> bool:
        """Close a task that is open; False when it was not."""
        fatal = json.dumps({"code": nice, "description": words}) if status == FAILED else None
        changed = self.do(
            "UPDATE task SET status = ?, ended = ?, nice = ?, fatal = ?"
            " WHERE id = ? AND status IN ('ACTIVE', 'INACTIVE')",
            status, time.time(), nice, fatal, task,
        )  # fmt: skip
        if changed:
            self.tell(task, nice or status, words or status.lower(), error=status == FAILED)
        return bool(changed)


def _item(told: Mapping[str, object]) -> tuple[object, ...]:
    """A `transfer_item` or `delete_item` as a row."""
    return (
        told.get("source_path") or told.get("path"),
        told.get("destination_path") or "",
        int(bool(told.get("recursive"))),
        told.get("external_checksum"),
        told.get("checksum_algorithm"),
    )
