"""Tasks as EE keeps them: numbers that wrap, statuses, an outcome for each file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from waystation_sim.site.index import Index

FIRST_TASK_ID = 1000
LAST_TASK_ID = 9999
"""EE's numbers wrap; where is not published. Ours wrap here."""

DUPLICATE = "GLESM431E"
"""The file is in another task already: benign."""
UNREADABLE = "GLESL401E"
"""The file could not be read back. EE's codes; that they mean just this is our reading."""
ABORTED = "GLESL400E"
"""The task ended before the file's turn: cancelled, or the daemon went away."""
INACCESSIBLE = "GLESM451W"
"""No copy can be reached: no such file, cartridge offline or missing, or in another library."""

COLUMNS = "seq, task_id, full_id, type, cmd_param, status, result, created, started, completed"


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times as text `2019-02-18T20:02:38`, empty when not yet."""

    seq: int
    task_id: int
    full_id: str
    type: str
    cmd_param: str
    status: str
    result: str
    created: str
    started: str
    completed: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file of a task ended; `code` is None if well."""

    n: int
    path: str
    code: str | None


def moment() -> str:
    """The time now as EE writes it in task identifiers."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Tasks:
    """The tasks of a site, kept in its index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def create(self, kind: str, cmd_param: str) -> Task:
        """Begin a task: it has a number and waits."""
        created = moment()
        with self._index.writing() as db:
            (last,) = db.execute(
                "select coalesce((select task_id from task order by seq desc limit 1), ?)",
                (FIRST_TASK_ID - 1,),
            ).fetchone()
            number = last + 1 if last < LAST_TASK_ID else FIRST_TASK_ID
            row = (number, f"{number}@{created}", kind, cmd_param, "waiting", created)
            cursor = db.execute(
                "insert into task (task_id, full_id, type, cmd_param, status, created)"
                " values (?, ?, ?, ?, ?, ?)",
                row,
            )
        found = self._one("seq = ?", cursor.lastrowid or 0)
        assert found is not None
        return found

    def set_running(self, seq: int) -> None:
        """The first drive works on it."""
        with self._index.writing() as db:
            db.execute(
                "update task set status = 'running', started = ?"
                " where seq = ? and status = 'waiting'",
                (moment(), seq),
            )

    def add_outcomes(self, seq: int, outcomes: Iterable[Outcome]) -> None:
        """Keep how files ended."""
        now = datetime.now(UTC).strftime("%Y/%m/%dT%H:%M:%S")
        with self._index.writing() as db:
            db.executemany(
                "insert or ignore into outcome values (?, ?, ?, ?, ?, ?)",
                [
                    (seq, o.n, o.path, "Fail" if o.code else "Success", o.code or "-", now)
                    for o in outcomes
                ],
            )

    def complete(self, seq: int, result: str) -> None:
        """End a task: succeeded, failed or aborted."""
        with self._index.writing() as db:
            db.execute(
                "update task set status = 'completed', result = ?, completed = ? where seq = ?",
                (result, moment(), seq),
            )

    def abandon_unfinished(self) -> int:
        """The daemon that worked on them is gone: they have failed. Return how many."""
        with self._index.writing() as db:
            cursor = db.execute(
                "update task set status = 'completed', result = 'failed', completed = ?"
                " where status <> 'completed'",
                (moment(),),
            )
        return cursor.rowcount

    def clear_history(self) -> None:
        """Forget the completed tasks, but not the number of the last."""
        with self._index.writing() as db:
            # The newest row keeps the count; without a type it is not shown.
            db.execute(
                "delete from task where status = 'completed' and seq < (select max(seq) from task)"
            )
            db.execute("update task set type = '' where status = 'completed'")

    def find(self, name: str) -> Task | None:
        """The task of a full id, or the newest of a number."""
        if "@" in name:
            return self._one("full_id = ?", name)
        return self._one("task_id = ?", int(name)) if name.isdecimal() else None

    def listed(self, *, completed: bool) -> list[Task]:
        """Completed or unfinished tasks, oldest first."""
        sign = "=" if completed else "<>"
        rows = self._index.reading.execute(
            f"select {COLUMNS} from task where type <> '' and status {sign} 'completed'"
            " order by seq"
        )
        return [Task(*row) for row in rows]

    def outcomes(self, seq: int) -> Sequence[tuple[str, str, str, str]]:
        """(Success or Fail, code or -, time, path) of the files of a task that ended."""
        return self._index.reading.execute(
            "select result, code, at, path from outcome where task = ? order by n", (seq,)
        ).fetchall()

    def _one(self, condition: str, value: str | int) -> Task | None:
        row = self._index.reading.execute(
            f"select {COLUMNS} from task where type <> '' and {condition}"
            " order by seq desc limit 1",
            (value,),
        ).fetchone()
        return Task(*row) if row else None
