"""Open jobs of a mwa_staging database, taken over: same ids, same callbacks, what is left of time.

Its tables are read in one snapshot and not changed. A file that was ready there is looked at again
before anybody is told; a file with an error is tried again. What was taken over already is passed
over, so that the import can be run twice, and once more after the old daemons were stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg

from waystation.interfaces.dialects.mwa_staging.asking import Asking
from waystation.interfaces.dialects.mwa_staging.standing import Standing
from waystation.interfaces.dialects.mwa_staging.terms import Terms, label
from waystation.interfaces.services import Services
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    UnavailableError,
    WaystationError,
)

# A job whose time has run out there is not told so before it was looked at here.
_AT_LEAST = timedelta(hours=1)
_JOBS = "SELECT job_id, notify_url, created FROM staging_jobs ORDER BY created, job_id"
_FILES = "SELECT filename FROM files WHERE job_id = %s ORDER BY filename"


@dataclass(slots=True)
class Taken:
    """What became of the jobs that were found.

    Attributes:
        jobs, files: taken over now.
        known: were there already.
        empty: had no files.
        refused: job id and why, in words.
    """

    jobs: int = 0
    files: int = 0
    known: int = 0
    empty: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OldJob:
    """A job as it was found."""

    job_id: int
    notify_url: str
    created: datetime
    names: list[str]


def take_over(house: Services, terms: Terms, dsn: str) -> Taken:
    """Make requests of all open jobs of the database at `dsn`.

    Raises:
        UnavailableError: it does not answer.
        MalformedError: it has not the tables of mwa_staging.
    """
    standing = Standing(house, terms)
    asking, here, done = Asking(house, terms, standing), standing.look(), Taken()
    for job in _jobs(dsn):
        if not job.names:
            done.empty += 1
            continue
        ends = max(job.created + terms.lifetime, house.clock.now() + _AT_LEAST)
        try:
            title = label(job.job_id)
            asking.take(here, job.job_id, job.names, job.notify_url, title, expires=ends)
        except ForbiddenError:
            done.known += 1
        except UnavailableError:
            raise
        except WaystationError as trouble:
            done.refused.append((job.job_id, trouble.sentence))
        else:
            done.jobs += 1
            done.files += len(job.names)
    return done


def _jobs(dsn: str) -> Iterator[OldJob]:
    try:
        with psycopg.connect(dsn, application_name="waystation-import") as conn:
            conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            conn.read_only = True
            for job_id, url, created in conn.execute(_JOBS).fetchall():
                names = [row[0] for row in conn.execute(_FILES, [job_id])]
                yield OldJob(job_id, url or "", created, names)
    except psycopg.errors.UndefinedTable as problem:
        raise MalformedError(
            "This database has no tables of mwa_staging.", advice="Name the old daemon's database."
        ) from problem
    except psycopg.OperationalError as problem:
        raise UnavailableError(f"The old database does not answer: {problem}.") from problem
