"""Finishing: what runs left is brought home; later their folders go."""

import dataclasses
import logging
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress

from waystation.domains.jobs import rules
from waystation.domains.jobs.controller import ending, tasks
from waystation.domains.jobs.controller.desk import Cluster, Desk
from waystation.domains.jobs.controller.watching import seen
from waystation.domains.jobs.controller.work import ids, late, taken, tries
from waystation.domains.jobs.entities import Blame, Haul, RunState, Sight, Wish
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import claims, forgetting, gathering
from waystation.domains.jobs.store.gathering import Asked
from waystation.kernel.database import Row
from waystation.kernel.errors import UnavailableError, WaystationError

log = logging.getLogger(__name__)

LIMIT, CLEANED, FORGOTTEN = 100, 500, 100


def finish(desk: Desk, cluster: Cluster) -> int:
    """Runs that are over bring their outputs home; how many."""
    with taken(desk, cluster, JobState.FINISHING, LIMIT) as found:
        return _finish(desk, cluster, found) if found else 0


def _finish(desk: Desk, cluster: Cluster, found: Sequence[Row]) -> int:
    requests = desk.database.run(lambda conn: gathering.asked(conn, found))
    try:
        bad = _fetched(cluster, found)
    except BatchUnavailableError as problem:
        over = [_later(desk, row, problem.sentence) for row in found]
    else:
        over = [
            _home(
                desk,
                cluster,
                row,
                requests[int(str(row["request_id"]))],
                bad.get(str(row["handle"]), ""),
            )
            for row in found
        ]
    return ending.end(desk, [each for each in over if each is not None])


def clean(desk: Desk, cluster: Cluster) -> int:
    """Folders of runs that are long over go; how many."""
    number, now, until = desk.id(cluster), desk.now(), desk.until()
    found = desk.database.run(
        lambda conn: claims.runs(conn, number, now=now, until=until, limit=CLEANED)
    )
    if not found:
        return 0
    cluster.batch.clean([str(row["handle"]) for row in found if row["handle"]])
    for row in found:
        folder = tasks.folder(cluster, row)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # others of the request may be there still
            folder.parent.rmdir()
    desk.database.run(lambda conn: claims.cleaned(conn, found))
    return len(found)


def forget(desk: Desk) -> int:
    """Requests that ended long ago are forgotten, where that is wanted; how many."""
    kept = desk.policy.history
    if not kept:
        return 0
    before = desk.now() - kept
    return desk.database.run(lambda conn: forgetting.forget(conn, before=before, limit=FORGOTTEN))


def _fetched(cluster: Cluster, found: Sequence[Row]) -> Mapping[str, str]:
    known = {str(r["handle"]): tasks.folder(cluster, r) for r in found if r["outcome"] != "gone"}
    return cluster.batch.fetch(known) if known else {}


def _home(desk: Desk, cluster: Cluster, row: Row, asked: Asked, words: str) -> ending.Over | None:
    """A run with what it left; None when its space does not answer now."""
    sight, wish = seen(row), asked.wish
    if sight.state is RunState.DONE:
        sight = dataclasses.replace(sight, words="")  # they said what its results waited for
    if sight.state is not RunState.DONE or not wish.space:
        return ending.Over(row, sight)
    if words:
        return ending.Over(row, _spoilt(sight, words))
    haul = _haul(cluster, row, wish)
    try:
        homes = desk.depot.take(asked.owner_id, haul)
    except (UnavailableError, OSError) as problem:
        return _later(desk, row, _said(problem))
    except WaystationError as problem:
        return ending.Over(row, _spoilt(sight, problem.sentence))
    names, given = [each.name for each in homes], [each.at for each in haul.given]
    missing = rules.missing(wish, names, given) if homes else wish.outputs
    if missing:
        sight = _spoilt(sight, _none(missing), Blame.USER)
    return ending.Over(row, sight, wish.space, homes)


def _haul(cluster: Cluster, row: Row, wish: Wish) -> Haul:
    return Haul(
        folder=tasks.folder(cluster, row),
        patterns=wish.outputs,
        given=tasks.inputs(row, wish),
        space=wish.space,
        prefix=tasks.prefix(row, wish),
    )


def _none(patterns: Sequence[str]) -> str:
    return f"It left no file that fits {', '.join(patterns)}."


def _spoilt(sight: Sight, words: str, blame: Blame = Blame.US) -> Sight:
    return dataclasses.replace(sight, state=RunState.FAILED, words=words, blame=blame)


def _later(desk: Desk, row: Row, words: str) -> ending.Over | None:
    """Again after a while, until it is too late; what was seen of the run stays as it is.

    Of a run that ended well there were no words: these say what it waits for.
    """
    log.warning("results of job %s of request %s: %s", row["n"], row["request_id"], words)
    if late(desk, row):
        return ending.Over(row, _spoilt(seen(row), f"Its results cannot be had: {words}"))
    due = desk.now() + desk.policy.wait(tries([row]))
    said = f"Its results wait: {words}" if row["outcome"] == RunState.DONE else None
    desk.database.run(lambda conn: claims.put_off(conn, ids([row]), due=due, words=said))
    return None


def _said(problem: Exception) -> str:
    return problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
