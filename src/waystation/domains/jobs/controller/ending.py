"""A run is over: it is noted with all that is known of it, and its job ends or is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

from waystation.domains.jobs.controller.desk import Desk
from waystation.domains.jobs.controller.work import attempts
from waystation.domains.jobs.entities import Blame, Home, RunState, Sight
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import moves, runs
from waystation.kernel.database import Connection, Row
from waystation.kernel.waking import wake


@dataclass(frozen=True, slots=True)
class Over:
    """A run that is over.

    Attributes:
        row: of its job.
        sight: how it ended.
        space: that outputs came into.
        homes: what became of its files.
    """

    row: Row
    sight: Sight
    space: str = ""
    homes: Sequence[Home] = ()

    @property
    def id(self) -> int:
        """Of its job."""
        return int(str(self.row["id"]))

    @property
    def words(self) -> str:
        """What a person reads of it."""
        if self.sight.words or self.sight.state is RunState.DONE:
            return self.sight.words
        if self.sight.exit_code is not None:
            return f"The command ended with {self.sight.exit_code}."
        return "It was stopped." if self.sight.state is RunState.CANCELLED else "It has failed."


def end(desk: Desk, over: Sequence[Over]) -> int:
    """Note these runs, and end their jobs or have them tried again; how many moved."""
    if not over:
        return 0
    return desk.database.run(lambda conn: _end(desk, conn, over))


def _end(desk: Desk, conn: Connection, over: Sequence[Over]) -> int:
    now, groups = desk.now(), dict[tuple[JobState, int], list[Over]]()
    # Also those that somebody stopped since they were taken.
    stopped = moves.stopped(conn, [each.id for each in over])
    for each in over:
        state = _next(desk, each, stopped=each.id in stopped)
        tried = int(str(each.row["attempt"])) if state is JobState.READY else 0
        groups.setdefault((state, tried), []).append(each)
    moved: list[int] = []
    for (state, tried), group in sorted(groups.items()):
        due = now + desk.policy.wait(tried) if tried else None
        moved += moves.move(
            conn, state, [each.id for each in group], now=now, due=due, columns=_seen(group),
            attempts=attempts([each.row for each in group]),
        )  # fmt: skip
    # After the sight was written, before a next run takes its place.
    runs.over(conn, moved, now=now, clean=now + desk.policy.keep)
    known = set(moved)
    homes = [(o.id, o.space, home) for o in over if o.id in known for home in o.homes]
    runs.outputs(conn, homes)
    wake(conn, "jobs-place")
    return len(moved)


def _next(desk: Desk, each: Over, *, stopped: bool) -> JobState:
    row, sight = each.row, each.sight
    if sight.state is RunState.DONE:
        lost = any(home.words for home in each.homes)
        return JobState.FAILED if lost else JobState.DONE
    if stopped:
        return JobState.CANCELLED
    attempt, attempts = int(str(row["attempt"])), int(str(row["attempts"]))
    if desk.policy.retries(sight, attempt=attempt, attempts=attempts):
        return JobState.READY
    if sight.state is RunState.GONE:
        return JobState.LOST
    # Somebody stopped it at the cluster.
    return JobState.CANCELLED if sight.state is RunState.CANCELLED else JobState.FAILED


def _seen(group: Sequence[Over]) -> moves.Columns:
    return {
        **sights([each.sight for each in group]),
        "words": ("text", [_told(each) for each in group]),
    }


def _told(each: Over) -> str:
    lost = [home for home in each.homes if home.words]
    return f"{lost[0].name}: {lost[0].words}" if lost else each.words


def sights(seen: Sequence[Sight]) -> dict[str, tuple[str, Sequence[object]]]:
    """Columns of jobs, of what was seen of their runs."""
    return {
        "foreign_state": ("text", [s.foreign for s in seen]),
        "outcome": ("text", [str(s.state) for s in seen]),
        "blame": ("text", [str(s.blame or Blame.NONE) for s in seen]),
        "exit_code": ("int", [s.exit_code for s in seen]),
        "node": ("text", [s.node for s in seen]),
        "began": ("timestamptz", [s.began for s in seen]),
        "ended": ("timestamptz", [s.ended for s in seen]),
        "cpu_s": ("float8", [s.cpu_s for s in seen]),
        "peak": ("bigint", [s.peak for s in seen]),
    }
