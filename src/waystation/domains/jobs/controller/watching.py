"""Watching: runs are looked at in bulk; what has changed is written, what is over goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from waystation.domains.jobs.controller import ending, tasks
from waystation.domains.jobs.controller.desk import Cluster, Desk
from waystation.domains.jobs.controller.work import attempts, ids, late
from waystation.domains.jobs.entities import ENDED, Blame, RunState, Sight
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.states import JOB, JobState
from waystation.domains.jobs.store import claims, clusters, moves
from waystation.kernel.database import Connection, Row
from waystation.kernel.waking import wake

LIMIT = 10_000
LOOKS = 5
"""So often a run that is unknown is looked for, over `Policy.lost`."""
SOON = timedelta(seconds=0.5)
_WAIT = JOB.rules[JobState.PENDING].deadline or timedelta.max
_NEVER = f"Its cluster did not start it in {_WAIT.days} days."
_STATES = {RunState.QUEUED: JobState.PENDING, RunState.HELD: JobState.PENDING}


def watch(desk: Desk, cluster: Cluster) -> int:
    """Runs that are due are looked at; how many have moved."""
    number, now, until = desk.id(cluster), desk.now(), desk.until()
    states = [JobState.PENDING, JobState.RUNNING]
    found = desk.database.run(
        lambda conn: claims.jobs(conn, number, states, now=now, until=until, limit=LIMIT)
    )
    if not found:
        return 0
    try:
        _stop(cluster, [row for row in found if row["stop"] or _stale(desk, row)])
        seen = cluster.batch.look(
            {str(row["handle"]): tasks.folder(cluster, row) for row in found}
        )
        # What is given up may run all the same, and is perhaps to be run again.
        _stop(cluster, [row for row in found if _given_up(row, seen.get(str(row["handle"])))])
    except BatchUnavailableError as problem:
        due, words = desk.now() + desk.policy.wait(3), problem.sentence
        desk.database.run(lambda conn: claims.again(conn, ids(found), due=due))
        desk.database.run(lambda conn: clusters.silent(conn, number, words))
        return 0
    return desk.database.run(lambda conn: _write(desk, conn, cluster, found, seen))


def survey(desk: Desk, cluster: Cluster) -> int:
    """How full the cluster is; nothing moves by it."""
    number = desk.id(cluster)
    try:
        depth = cluster.batch.depth()
    except BatchUnavailableError as problem:
        words = problem.sentence
        desk.database.run(lambda conn: clusters.silent(conn, number, words))
        return 0

    def work(conn: Connection) -> None:
        clusters.seen(conn, number, depth, now=desk.now())
        wake(conn, "jobs-place")

    desk.database.run(work)
    return 0


def _stop(cluster: Cluster, found: Sequence[Row]) -> None:
    if found:
        cluster.batch.cancel([str(row["handle"]) for row in found])


def _stale(desk: Desk, row: Row) -> bool:
    """Whether the cluster took it and never started it: it is taken back, and tried elsewhere."""
    return row["state"] == JobState.PENDING and late(desk, row)


def _write(
    desk: Desk,
    conn: Connection,
    cluster: Cluster,
    found: Sequence[Row],
    seen: Mapping[str, Sight],
) -> int:
    groups: dict[JobState, list[tuple[Row, Sight]]] = {}
    same, gone = list[Row](), list[Row]()
    for row in found:
        sight = seen.get(str(row["handle"]), Sight(RunState.UNKNOWN))
        if sight.state is RunState.CANCELLED and not row["stop"] and _stale(desk, row):
            sight = replace(sight, state=RunState.FAILED, words=_NEVER, blame=Blame.SITE)
        state = _state(row, sight)
        changed = state is not None and (
            state != row["state"]
            or (sight.foreign, sight.words) != (row["foreign_state"], row["words"])
        )
        if state is not None and changed:
            groups.setdefault(state, []).append((row, sight))
        elif sight.state is RunState.GONE:
            gone.append(row)
        else:
            same.append(row)
    now = desk.now()
    for state, group in sorted(groups.items()):
        over = state is JobState.FINISHING
        due = now if over else now + SOON
        columns = {
            **ending.sights([sight for _, sight in group]),
            "words": ("text", [sight.words for _, sight in group]),
        }
        moves.move(
            conn, state, ids([r for r, _ in group]), now=now, due=due, columns=columns,
            same=True, attempts=attempts([r for r, _ in group]),
        )  # fmt: skip
        if over:
            wake(conn, f"jobs-finish-{cluster.name}")
    words, wait = "The cluster does not know it.", desk.policy.lost / LOOKS
    claims.put_off(conn, ids(gone), due=now + wait, words=words)
    claims.again(conn, ids(same), due=now + _patience(desk, same))
    return sum(map(len, groups.values()))


def _given_up(row: Row, sight: Sight | None) -> bool:
    """Whether a run has been unknown for so long that nobody looks for it any more."""
    gone = sight is not None and sight.state is RunState.GONE
    return gone and int(str(row["tries"])) + 1 >= LOOKS


def _state(row: Row, sight: Sight) -> JobState | None:
    """Where a run has come; None when there is nothing to say of it."""
    if sight.state in ENDED:
        return JobState.FINISHING
    if sight.state is RunState.GONE:
        return JobState.FINISHING if _given_up(row, sight) else None
    if sight.state is RunState.UNKNOWN:
        return JobState(int(str(row["state"]))) if sight.foreign else None
    return _STATES.get(sight.state, JobState.RUNNING)


def _patience(desk: Desk, same: Sequence[Row]) -> timedelta:
    """Many runs are looked at less often: a look is allowed to cost something."""
    return desk.policy.poll * (1 + len(same) // 5_000) if len(same) > 1 else SOON


def seen(row: Row) -> Sight:
    """How a run was seen last, from its job's row."""
    code = row["exit_code"]
    return Sight(
        state=RunState(str(row["outcome"])),
        foreign=str(row["foreign_state"]),
        exit_code=None if code is None else int(str(code)),
        words=str(row["words"]),
        blame=Blame(str(row["blame"])),
        node=str(row["node"]),
        began=row["began"],  # type: ignore[arg-type]
        ended=row["ended"],  # type: ignore[arg-type]
        cpu_s=row["cpu_s"],  # type: ignore[arg-type]
        peak=row["peak"],  # type: ignore[arg-type]
    )
