"""Sending: a run gets its folder with the inputs, and is handed to its cluster exactly once."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from waystation.domains.jobs.controller import ending, tasks
from waystation.domains.jobs.controller.desk import Cluster, Desk
from waystation.domains.jobs.controller.ending import Over
from waystation.domains.jobs.controller.work import attempts, ids, late, taken, tries
from waystation.domains.jobs.entities import Blame, RunState, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import claims, gathering, moves, placing
from waystation.domains.jobs.store.gathering import Asked
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import UnavailableError, WaystationError
from waystation.kernel.waking import wake

log = logging.getLogger(__name__)

LIMIT = 500
SOON = timedelta(seconds=0.3)
ASKS_AGAIN = timedelta(minutes=2)
STOPPED = Sight(RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Each:
    """A job that is to be sent, and its run as the cluster gets it."""

    row: Row
    asked: Asked
    task: Task


def send(desk: Desk, cluster: Cluster) -> int:
    """Jobs for this cluster are handed over; how many there were."""
    limit = min(LIMIT, cluster.batch.ability.most)
    with taken(desk, cluster, JobState.SENDING, limit) as found:
        if found:
            _send(desk, cluster, found)
    return len(found)


def _send(desk: Desk, cluster: Cluster, found: Sequence[Row]) -> None:
    requests = desk.database.run(lambda conn: gathering.asked(conn, found))
    every = [
        _Each(row, asked, tasks.task(cluster, row, asked))
        for row in found
        for asked in [requests[int(str(row["request_id"]))]]
    ]
    begun = [each for each in every if each.row["asked"]]
    try:
        going = _going(desk, cluster, [each for each in every if not each.row["asked"]])
    except BatchUnavailableError as problem:
        _put_off(desk, every, problem)
        return
    fresh = _prepared(desk, cluster, going)
    rows = [each.row for each in fresh]
    desk.database.run(lambda conn: placing.asked(conn, ids(rows), now=desk.now()))
    both = [*begun, *fresh]
    if not both:
        return
    try:
        said = _handed(cluster, begun, fresh)
    except BatchUnavailableError as problem:
        _put_off(desk, both, problem)
        return
    _record(desk, cluster, both, said)


def _put_off(desk: Desk, those: Sequence[_Each], problem: BatchUnavailableError) -> None:
    rows = [each.row for each in those]
    words, due = problem.sentence, desk.now() + desk.policy.wait(tries(rows))
    desk.database.run(lambda conn: claims.put_off(conn, ids(rows), due=due, words=words))


def _going(desk: Desk, cluster: Cluster, fresh: Sequence[_Each]) -> list[_Each]:
    """Those whose owners have done all that it takes; others wait before inputs are copied."""
    owners = {each.asked.owner_id for each in fresh}
    wants = {owner: words for owner in owners if (words := cluster.batch.wants(owner))}
    _wait(desk, [(e.row, wants[e.asked.owner_id]) for e in fresh if e.asked.owner_id in wants])
    return [each for each in fresh if each.asked.owner_id not in wants]


def _handed(
    cluster: Cluster, begun: Sequence[_Each], fresh: Sequence[_Each]
) -> Mapping[str, Taken | Sight]:
    """Those that a cluster may have already are looked for; the others are submitted.

    What was stopped meanwhile and is not there is not sent any more.
    """
    there = cluster.batch.find([each.task for each in begun]) if begun else {}
    said: dict[str, Taken | Sight] = {key: Taken(handle) for key, handle in there.items()}
    rest = [each for each in begun if each.task.key not in there]
    said |= {each.task.key: STOPPED for each in rest if each.row["stop"]}
    going = [each.task for each in [*rest, *fresh] if each.task.key not in said]
    return {**said, **(cluster.batch.submit(going) if going else {})}


def _record(
    desk: Desk, cluster: Cluster, both: Sequence[_Each], said: Mapping[str, Taken | Sight]
) -> None:
    have, over, unknown = list[Row](), list[Over](), list[Row]()
    handles: list[str] = []
    waits: list[tuple[Row, str]] = []
    for each in both:
        answer = said.get(each.task.key)
        if answer is None:
            unknown.append(each.row)
        elif isinstance(answer, Sight):
            over.append(Over(each.row, answer))
        elif answer.handle:
            have.append(each.row)
            handles.append(answer.handle)
        elif answer.waits:
            shutil.rmtree(each.task.folder, ignore_errors=True)  # nobody would clean it
            waits.append((each.row, answer.words))
        else:
            over.append(Over(each.row, _refused(answer.words)))
    now, soon = desk.now(), desk.now() + SOON

    def work(conn: Connection) -> None:
        columns = {"handle": ("text", handles)}
        moves.move(
            conn, JobState.PENDING, ids(have), now=now, due=soon, columns=columns,
            attempts=attempts(have),
        )  # fmt: skip
        claims.put_off(conn, ids(unknown), due=soon)
        wake(conn, f"jobs-watch-{cluster.name}")

    desk.database.run(work)
    _wait(desk, waits)
    ending.end(desk, over)


def _wait(desk: Desk, waits: Sequence[tuple[Row, str]]) -> None:
    """Runs that were certainly not sent wait for a person without a place at their cluster."""
    if waits:
        stopped = desk.database.run(lambda conn: _give_back(desk, conn, waits))
        ending.end(desk, [Over(row, STOPPED) for row, _ in waits if row["id"] in stopped])


def _give_back(desk: Desk, conn: Connection, waits: Sequence[tuple[Row, str]]) -> set[object]:
    """All but those that somebody wants stopped; which these are."""
    stopped: set[object] = {*moves.stopped(conn, ids([row for row, _ in waits]))}
    left = [(row, words) for row, words in waits if row["id"] not in stopped]
    rows, now = [row for row, _ in left], desk.now()
    moves.move(
        conn, JobState.READY, ids(rows), now=now, due=now + ASKS_AGAIN,
        columns={"words": ("text", [words for _, words in left])},
        sets=", attempt = j.attempt - 1, asked = false, cluster_id = NULL",
        attempts=attempts(rows),
    )  # fmt: skip
    return stopped


def _prepared(desk: Desk, cluster: Cluster, fresh: Sequence[_Each]) -> list[_Each]:
    """Those that have their folder with all inputs; of others it is said why not."""
    good, over = list[_Each](), list[Over]()
    for each in fresh:
        sight = _prepare(desk, cluster, each)
        if sight is None:
            good.append(each)
        elif sight.state is not RunState.UNKNOWN:
            over.append(Over(each.row, sight))
    ending.end(desk, over)
    return good


def _prepare(desk: Desk, cluster: Cluster, each: _Each) -> Sight | None:
    """None when it can go; unknown when it is tried again later; else how it has ended."""
    task = each.task
    if each.row["stop"]:
        return STOPPED
    objection = cluster.batch.objection(task)
    if objection:
        return _refused(objection)
    try:
        task.folder.mkdir(parents=True, exist_ok=True)
        desk.depot.put(each.asked.owner_id, tasks.inputs(each.row, each.asked.wish), task.folder)
    except (UnavailableError, OSError) as problem:
        return _later(desk, each.row, str(problem))
    except WaystationError as problem:
        return Sight(RunState.FAILED, words=problem.sentence, blame=Blame.USER)
    return None


def _later(desk: Desk, row: Row, words: str) -> Sight:
    """Its inputs cannot be had now: again after a while, until it is too late."""
    words = f"Its inputs cannot be put there: {words}"
    log.warning("job %s of request %s: %s", row["n"], row["request_id"], words)
    if late(desk, row):
        return Sight(RunState.FAILED, words=words, blame=Blame.US)
    due = desk.now() + desk.policy.wait(tries([row]))
    desk.database.run(lambda conn: claims.put_off(conn, ids([row]), due=due, words=words))
    return Sight(RunState.UNKNOWN)


def _refused(words: str) -> Sight:
    return Sight(RunState.FAILED, words=words, blame=Blame.SITE)
