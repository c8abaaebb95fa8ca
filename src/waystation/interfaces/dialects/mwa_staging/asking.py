"""What the calls change, in a thread: a job begins, or is taken back."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from waystation.domains.notify.door import arrived
from waystation.domains.staging.door import Ask, named
from waystation.interfaces.dialects.mwa_staging import store
from waystation.interfaces.dialects.mwa_staging.letters import SOME_ERRORS, some_errors
from waystation.interfaces.dialects.mwa_staging.standing import Here, Standing
from waystation.interfaces.dialects.mwa_staging.store import Waiting
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT, Terms, external_id, label
from waystation.interfaces.dialects.mwa_staging.translate import ACTIVE
from waystation.interfaces.dialects.mwa_staging.wire import NewJob
from waystation.interfaces.services import Services
from waystation.kernel.database import Row
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
)

# A job id is a number of the client's own; the old daemon's column had half as many bits.
_LARGEST = 2**63


class Asking:
    """Jobs of the service account."""

    def __init__(self, house: Services, terms: Terms, standing: Standing) -> None:
        self._house = house
        self._terms = terms
        self._standing = standing

    def new(self, asked: NewJob) -> None:
        """Begin a job; when this returns it is durable.

        Raises:
            ForbiddenError: there is a job of that id.
            MalformedError: it names neither files nor an observation, or nobody may be called at
                that URL.
        """
        here, job_id = self._standing.look(), asked.job_id
        if not -_LARGEST <= job_id < _LARGEST:
            raise MalformedError(f"Job id {job_id} has more than 64 bits.")
        if asked.notify_url and (words := self._house.notify.objection(asked.notify_url)):
            raise MalformedError(words)
        if self._house.database.rows(store.looked_for(job_id)):
            raise _exists(job_id)
        if asked.files:
            self.take(here, job_id, asked.files, asked.notify_url, label(job_id))
            return
        if asked.obs is None:
            raise MalformedError(
                f"Error for job {job_id}: Must specify either an observation, or a list of files"
            )
        if self._current(here, job_id) is not None:
            raise _exists(job_id)
        obs = asked.obs
        job = Waiting(
            job_id=job_id,
            owner_id=here.who.user_id,
            notify_url=asked.notify_url,
            obs_id=obs.obs_id,
            start_time=obs.start_time or 0,
            duration=obs.duration or 0,
        )
        now = self._house.clock.now()
        if not self._house.database.run(lambda conn: store.add_look_up(conn, job, now=now)):
            raise _exists(job_id)

    def take(
        self,
        here: Here,
        job_id: int,
        names: Sequence[str],
        notify_url: str,
        title: str,
        *,
        expires: datetime | None = None,
    ) -> None:
        """Make the stage request of a job.

        A name that no file can have is an error of the job, not of the call; a job of nothing else
        ends at once.

        Args:
            here: the service account and its store.
            job_id: the client's.
            names: of files.
            notify_url: who is told of the end; empty is nobody.
            title: label of the request.
            expires: when it is given up; None is after the usual lifetime.

        Raises:
            ForbiddenError: there is a job of that id.
        """
        paths, plain = here.tree.paths(names)
        now = self._house.clock.now()
        ask = Ask(
            paths=paths,
            store=here.store.name,
            pin_lifetime_s=int(self._terms.hold.total_seconds()),
            expires=expires or now + self._terms.lifetime,
            callback=notify_url or None,
            external_id=external_id(job_id),
            label=title,
            confirm=True,
            dialect=DIALECT,
        )
        try:
            done = self._house.staging.submit(here.who, ask)
        except MalformedError:
            odd, good = here.tree.odd(names)
            if good:
                raise
            self._refuse(here, job_id, len(odd), notify_url)
            return
        if not done.made and self._current(here, job_id) is None:
            # Its client was told of the end already: the id was free, only not given back yet.
            done = self._house.staging.submit(here.who, ask)
        if not done.made:
            raise _exists(job_id)
        if done.refused_count or not plain:
            odd, _ = here.tree.odd(names)
            self._house.database.run(lambda conn: store.put_odd(conn, done.request.id, odd))

    def delete(self, job_id: int) -> None:
        """Take a job back; files that nobody else wants are cancelled, nobody is told.

        Raises:
            NotFoundError: there is no such job.
        """
        here = self._standing.look()
        if self._house.database.run(lambda conn: store.drop_look_up(conn, job_id)):
            return
        row = self._current(here, job_id)
        if row is None:
            raise not_found(job_id)
        request = int(str(row["id"]))
        if row["state"] == ACTIVE:
            # Where it ended meanwhile there is nothing left to cancel.
            with contextlib.suppress(ConflictError):
                self._house.staging.cancel(here.who, request)
        self._house.staging.drop_name(here.who, request)

    def _current(self, here: Here, job_id: int) -> Row | None:
        """The request of a job; one whose end was told is given back and is none any more."""
        found = self._house.database.rows(named.one(here.who.user_id, external_id(job_id)))
        if not found or found[0]["state"] == ACTIVE:
            return found[0] if found else None
        told = arrived([about(found[0])], credential=DIALECT)
        if not self._house.database.rows(told):
            return found[0]
        self._house.staging.drop_name(here.who, int(str(found[0]["id"])))
        return None

    def _refuse(self, here: Here, job_id: int, files: int, notify_url: str) -> None:
        if self._current(here, job_id) is not None:
            raise _exists(job_id)
        self._house.database.run(
            lambda conn: store.refuse(
                conn,
                job_id=job_id,
                owner_id=here.who.user_id,
                notify_url=notify_url,
                code=SOME_ERRORS,
                comment=some_errors(files, 0, files),
                errors=files,
            )
        )


def about(row: Row) -> str:
    """What deliveries about a request are about, as staging says it."""
    return f"stage request {row['id']}"


def not_found(job_id: int) -> NotFoundError:
    """In the old daemon's words."""
    return NotFoundError(f"Job {job_id} not found")


def _exists(job_id: int) -> ForbiddenError:
    return ForbiddenError(f"Can't create job {job_id}, because it already exists.")
