"""What goes on after the answers: files of cleaned jobs go, and what was never finished."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from waystation.interfaces.dialects.act.store import jobs, proxies
from waystation.interfaces.dialects.act.translate import Kept
from waystation.interfaces.services import Services
from waystation.kernel.errors import NotFoundError, WaystationError

log = logging.getLogger(__name__)

LIMIT = 100
OPEN = timedelta(days=7)
"""A job that was made and never confirmed is given up after so long."""
ENDED = timedelta(days=1)
"""A proxy that has ended is forgotten after so long."""


def steps(house: Services) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, seconds between looks."""
    return [(jobs.SWEEP, partial(sweep, house), 15.0), ("act-end", partial(end, house), 600.0)]


def sweep(house: Services) -> int:
    """Files of jobs that were cleaned go to the trash of their spaces; how many jobs."""
    found = [jobs.kept(row) for row in house.database.rows(jobs.gone(LIMIT))]
    done = [each.id for each in found if _removed(house, each)]
    if done:
        house.database.run(lambda conn: jobs.forget(conn, done))
    return len(done)


def end(house: Services) -> int:
    """Jobs that were never confirmed are cleaned, proxies that have ended are forgotten."""
    now = house.clock.now()
    return house.database.run(
        lambda conn: (
            jobs.abandon(conn, before=now - OPEN) + proxies.ended(conn, before=now - ENDED)
        )
    )


def _removed(house: Services, job: Kept) -> bool:
    who = house.accounts.by_id(job.user_id)
    if who is None:
        return True  # what a closed account has in its space is its space's
    try:
        house.hosting.files.remove(who, job.space, job.folder)
    except NotFoundError:
        return True
    except WaystationError as problem:
        log.warning("files of aCT job %d stay: %s", job.id, problem)
        return problem.code in {"held", "kept", "forbidden"}
    return True
