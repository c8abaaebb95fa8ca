"""Many requests at once: those of clients that make one of each job."""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs import rules
from waystation.domains.jobs.entities import Wish
from waystation.domains.jobs.queries import jobs as queries
from waystation.domains.jobs.service.jobs import Jobs
from waystation.domains.jobs.store import changes
from waystation.domains.jobs.store.submitting import One, submit_each
from waystation.domains.jobs.views import JobView
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import MalformedError, WaystationError


class Many:
    """Requests of the caller's own, by the hundred.

    Args:
        database, clock: of the house.
        jobs: what is asked of one.
    """

    def __init__(self, database: Database, clock: Clock, jobs: Jobs) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs

    def submit(self, who: Grant, wishes: Sequence[Wish]) -> list[int | WaystationError]:
        """Take requests in, each by its key; ids, or what is wrong with one.

        Raises:
            ForbiddenError: the caller may not run jobs.
        """
        self._jobs.may(who)
        # What many have in common is looked up once.
        known: dict[object, Sequence[str] | WaystationError] = {}
        judged = [self._judged(who, wish, known) for wish in wishes]
        owner = self._jobs.owner(who)
        good = [
            One(owner, secrets.token_hex(4), each) for each in judged if isinstance(each, Wish)
        ]
        now = self._clock.now()
        made = self._database.run(lambda conn: submit_each(conn, good, now=now)) if good else []
        ids = iter(made)
        return [next(ids) if isinstance(each, Wish) else each for each in judged]

    def first_jobs(self, who: Grant, requests: Sequence[int]) -> Mapping[int, JobView]:
        """The first job of each of these requests that are the caller's own."""
        if not requests:
            return {}
        found = self._database.rows(queries.firsts(who.user_id, requests))
        return {int(str(row["request_id"])): queries.job_view(row) for row in found}

    def cancel(self, who: Grant, requests: Sequence[int]) -> None:
        """Stop what has not ended of these; who asks has seen that they are his."""
        self._jobs.may(who)
        now = self._clock.now()
        self._database.run(lambda conn: changes.cancel(conn, requests, now=now))

    def retry(self, who: Grant, requests: Sequence[int]) -> None:
        """Run again what did not end well of these; who asks has seen that they are his."""
        self._jobs.may(who)
        now = self._clock.now()
        self._database.run(lambda conn: changes.retry(conn, requests, now=now))

    def _judged(
        self, who: Grant, wish: Wish, known: dict[object, Sequence[str] | WaystationError]
    ) -> Wish | WaystationError:
        """The wish as it is done, or why not."""
        words = rules.objection(wish)
        if words or not wish.key or wish.items:
            return MalformedError(words or "It needs a key, and no items.")
        common = (
            wish.clusters,
            wish.container,
            wish.after,
            wish.resources.cpus,
            rules.places(wish),
        )
        if common not in known:
            try:
                known[common] = self._jobs.check(who, wish).clusters
            except WaystationError as problem:
                known[common] = problem
        clusters = known[common]
        if isinstance(clusters, WaystationError):
            return clusters
        return dataclasses.replace(wish, clusters=tuple(clusters))
