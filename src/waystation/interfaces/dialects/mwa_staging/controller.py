"""Steps of the dialect: observations are looked up, ids of jobs whose end was told are given back.

The 202 for an observation was given before its files were known; no step needs the process that
gave it to be alive.
"""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from waystation.domains.notify.door import arrived
from waystation.domains.staging.door import named
from waystation.interfaces.dialects.mwa_staging import letters, store
from waystation.interfaces.dialects.mwa_staging.asking import Asking, about
from waystation.interfaces.dialects.mwa_staging.resolver import Resolver
from waystation.interfaces.dialects.mwa_staging.standing import Here, Standing
from waystation.interfaces.dialects.mwa_staging.store import Waiting
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT, PREFIX, Terms, label
from waystation.interfaces.dialects.mwa_staging.translate import ACTIVE
from waystation.interfaces.services import Services
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import ForbiddenError, UnavailableError, WaystationError

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=5)
_TRIES, _FIRST_WAIT = 3, timedelta(seconds=5)
_FAILED = "Failed to get files associated with the given observation."
_NONE = "No files to stage."


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work."""

    house: Services
    terms: Terms
    standing: Standing
    resolver: Resolver


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, and seconds between looks."""
    return [
        (store.LOOK_UP_STEP, functools.partial(look_up, desk), 5.0),
        ("mwa-tidy", functools.partial(tidy, desk), 5.0),
    ]


def look_up(desk: Desk) -> int:
    """Look one observation up and begin its job, or say why not; how many."""
    house = desk.house
    now = house.clock.now()
    job = house.database.run(lambda conn: store.claim(conn, now=now, lease=_LEASE))
    if job is None:
        return 0
    here = desk.standing.look()
    try:
        names = desk.resolver(job)
    except UnavailableError as trouble:
        log.warning("job %d, observation %s: %s", job.job_id, job.obs_id, trouble)
        if job.tries + 1 < _TRIES:
            due = house.clock.now() + _FIRST_WAIT * (2**job.tries)
            house.database.run(lambda conn: store.later(conn, job.job_id, due=due))
        else:
            _refuse(desk, job, letters.LOOK_UP_FAILED, _FAILED)
        return 1
    if not names:
        _refuse(desk, job, letters.NO_FILES, _NONE)
        return 1
    _begin(desk, here, job, names)
    return 1


def tidy(desk: Desk) -> int:
    """Give back the ids of jobs whose client has heard of the end, or never will; how many."""
    house, here = desk.house, desk.standing.look()
    found = house.database.rows(named.every(here.who.user_id, like=f"{PREFIX}%"))
    ended = {about(row): row for row in found if row["state"] != ACTIVE}
    if not ended:
        return 0
    heard = house.database.rows(arrived(list(ended), credential=DIALECT))
    gone = {str(row["about"]) for row in heard}
    given_up = house.clock.now() - desk.terms.report
    over = [row for name, row in ended.items() if name in gone or row["finished"] < given_up]  # type: ignore[operator]
    for row in over:
        house.staging.drop_name(here.who, int(str(row["id"])))
    return len(over)


def _begin(desk: Desk, here: Here, job: Waiting, names: list[str]) -> None:
    """Make the request; who was killed right after made it already, under the same title."""
    title = label(job.job_id, job.obs_id)
    try:
        asking = Asking(desk.house, desk.terms, desk.standing)
        asking.take(here, job.job_id, names, job.notify_url, title)
    except ForbiddenError as trouble:
        if not _made_before(desk, here, job, title):
            _refuse(desk, job, letters.NOT_CREATED, _words(job, trouble))
            return
    except UnavailableError:
        raise
    except WaystationError as trouble:
        _refuse(desk, job, letters.NOT_CREATED, _words(job, trouble))
        return
    desk.house.database.run(lambda conn: store.drop_look_up(conn, job.job_id))


def _made_before(desk: Desk, here: Here, job: Waiting, title: str) -> bool:
    request = f"{PREFIX}{job.job_id}"
    found: list[Row] = desk.house.database.rows(named.one(here.who.user_id, request))
    return bool(found) and found[0]["label"] == title


def _words(job: Waiting, trouble: WaystationError) -> str:
    return f"Exception while trying to create job {job.job_id}: {trouble.sentence}"


def _refuse(desk: Desk, job: Waiting, code: int, comment: str) -> None:
    def work(conn: Connection) -> None:
        if store.drop_look_up(conn, job.job_id):
            store.refuse(
                conn,
                job_id=job.job_id,
                owner_id=job.owner_id,
                notify_url=job.notify_url,
                code=code,
                comment=comment,
            )

    desk.house.database.run(work)
