"""Gathering: what jobs need is asked for, and they are ready when it is there."""

from collections.abc import Mapping, Sequence

from waystation.domains.jobs import rules
from waystation.domains.jobs.controller.desk import Desk
from waystation.domains.jobs.entities import Input, Staged, Wish
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import claims, gathering, moves
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import UnavailableError, WaystationError
from waystation.kernel.waking import wake

LIMIT = 20
NOTHING = Staged(frozenset(), {})


def gather(desk: Desk) -> int:
    """Requests whose jobs wait for something are looked at; how many jobs moved."""
    now, until = desk.now(), desk.until()
    found = desk.database.run(
        lambda conn: claims.requests(conn, now=now, until=until, limit=LIMIT)
    )
    return sum(_gather(desk, row) for row in found)


def release(desk: Desk) -> int:
    """Inputs of requests that are over are held no longer; how many requests."""
    found = desk.database.run(lambda conn: gathering.unreleased(conn, LIMIT))
    for row in found:
        desk.depot.release(int(str(row["owner_id"])), key(int(str(row["id"]))))
    ids = [int(str(row["id"])) for row in found]
    now = desk.now()
    desk.database.run(lambda conn: gathering.released(conn, ids, now=now))
    return len(found)


def key(request: int) -> str:
    """By which a request's inputs are staged."""
    return f"jobs-{request}"


def _gather(desk: Desk, row: Row) -> int:
    request, wish = int(str(row["id"])), gathering.wish(row)
    going, bad = desk.database.run(lambda conn: gathering.before(conn, wish.after))
    jobs = desk.database.run(lambda conn: gathering.waiting(conn, request))
    if bad:
        return _end(desk, request, jobs, JobState.CANCELLED, "A request before it has failed.")
    if going:
        return _later(desk, request, "It waits for the requests before it.")
    each = _inputs(wish, request, jobs)
    try:
        staged = _staged(desk, row, each)
    except UnavailableError as problem:
        return _later(desk, request, problem.sentence, tried=int(str(row["tries"])) + 1)
    except WaystationError as problem:
        return _end(desk, request, jobs, JobState.FAILED, problem.sentence)
    return _sort(desk, request, each, staged)


def _inputs(wish: Wish, request: int, jobs: Sequence[Row]) -> dict[int, tuple[Input, ...]]:
    """Inputs of each job; one and the same tuple when they do not differ."""
    if not rules.differ(wish):
        return {int(str(job["id"])): wish.inputs for job in jobs}
    return {
        int(str(job["id"])): rules.inputs(
            wish,
            request=request,
            n=int(str(job["n"])),
            item=None if job["item"] is None else str(job["item"]),
        )
        for job in jobs
    }


def _staged(desk: Desk, row: Row, each: Mapping[int, Sequence[Input]]) -> Staged:
    distinct = {
        i.place: i for inputs in {id(t): t for t in each.values()}.values() for i in inputs
    }
    if not distinct:
        return NOTHING
    owner, request = int(str(row["owner_id"])), int(str(row["id"]))
    return desk.depot.stage(owner, key(request), list(distinct.values()))


def _sort(desk: Desk, request: int, each: Mapping[int, Sequence[Input]], staged: Staged) -> int:
    ready, failed, words = [], [], []
    for job, inputs in each.items():
        wrong = [staged.failed[i.place] for i in inputs if i.place in staged.failed]
        if wrong:
            failed.append(job)
            words.append(wrong[0])
        elif not any(i.place in staged.waiting for i in inputs):
            ready.append(job)
    rest = [job for job in each if job not in {*ready, *failed}] if staged.waiting else []
    now = desk.now()
    # Many are looked at less often: a look costs as much as there are.
    again = now + desk.policy.poll * (1 + len(each) // 1_000)

    def work(conn: Connection) -> int:
        said = {"words": ("text", words), "blame": ("text", ["user"] * len(words))}
        moved = moves.move(conn, JobState.FAILED, failed, now=now, due=None, columns=said)
        there = ", words = '', ready = %(now)s"
        moved += moves.move(conn, JobState.READY, ready, now=now, due=now, sets=there)
        moves.move(
            conn, JobState.STAGING, rest, now=now, due=None, sets=", words = %(why)s",
            why="Inputs come up from tape.",
        )  # fmt: skip
        claims.request_later(conn, request, due=again if rest else None)
        if staged.requests:
            gathering.staged(conn, request, staged.requests)
        if ready:
            wake(conn, "jobs-place")
        return len(moved)

    return desk.database.run(work)


def _later(desk: Desk, request: int, words: str, *, tried: int = 0) -> int:
    due = desk.now() + (desk.policy.wait(tried) if tried else desk.policy.poll)
    desk.database.run(
        lambda conn: claims.request_later(conn, request, due=due, words=words, tried=bool(tried))
    )
    return 0


def _end(desk: Desk, request: int, jobs: Sequence[Row], state: JobState, words: str) -> int:
    ids, now = [int(str(job["id"])) for job in jobs], desk.now()

    def work(conn: Connection) -> int:
        sets = ", words = %(why)s, blame = 'user'"
        moved = moves.move(conn, state, ids, now=now, due=None, sets=sets, why=words)
        claims.request_later(conn, request, due=None, words=words)
        return len(moved)

    return desk.database.run(work)
