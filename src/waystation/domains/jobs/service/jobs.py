"""What can be asked of jobs. Permission and limits are asked here only."""

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.jobs import rules
from waystation.domains.jobs.entities import Input, Wish
from waystation.domains.jobs.ports import Depot
from waystation.domains.jobs.queries import jobs as queries
from waystation.domains.jobs.rules import Access
from waystation.domains.jobs.service.measuring import measured
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import changes, clusters, gathering
from waystation.domains.jobs.store.submitting import Owner, submit
from waystation.domains.jobs.views import (
    ClusterView,
    JobRequestView,
    JobView,
    MakerView,
    OutputView,
    RunView,
)
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
)
from waystation.kernel.measures import Measure

MOST_LOG = 2**20
"""Bytes of a log in one answer."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """A piece of what a run writes.

    Attributes:
        cluster, handle: where it runs, and its name there.
        run: its folder below the cluster's own: request/number-attempt.
        stream: `stdout` or `stderr`.
        offset, limit: bytes.
    """

    cluster: str
    handle: str
    run: Path
    stream: str
    offset: int
    limit: int


Logs = Callable[[LogPart], bytes]


class Jobs:
    """Jobs: ask, look, change.

    Args:
        database, clock: of the house.
        depot: our own spaces and archives.
        logs: reads what runs write, at their clusters.
        access: who may run jobs, and where.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        depot: Depot,
        logs: Logs,
        access: Access | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._depot = depot
        self._logs = logs
        self._access = access or Access()

    # ------------------------------------------------------------------ ask

    def submit(self, who: Grant, wish: Wish) -> tuple[JobRequestView, bool]:
        """Take a request in; it is durable when this returns. False: its key was known already.

        Raises:
            ForbiddenError: the token is not for jobs, or a space is not for the caller.
            MalformedError: something is wrong with it; nothing was changed.
            NotFoundError: a space, a cluster or a request before it is not there.
        """
        self.may(who)
        wrong = rules.objection(wish)
        if wrong:
            raise MalformedError(wrong)
        if wish.key:
            known = self._database.rows(queries.by_key(who.user_id, wish.key))
            if known:
                return queries.request_view(known[0]), False
        wish = self.check(who, wish)
        gathered = not wish.inputs and not wish.after

        def write(conn: Connection) -> int | None:
            return submit(
                conn,
                wish,
                self.owner(who),
                token=secrets.token_hex(4),
                gathered=gathered,
                now=self._clock.now(),
            )

        request = self._database.run(write)
        if request is None:
            known = self._database.rows(queries.by_key(who.user_id, wish.key))
            return queries.request_view(known[0]), False
        return self._view(request), True

    def owner(self, who: Grant) -> Owner:
        """Whose requests of the caller's are."""
        return Owner(who.user_id, self._access.share(who))

    def check(self, who: Grant, wish: Wish) -> Wish:
        """The wish as it is done for whoever asks, on clusters that take the account's jobs.

        Raises:
            ForbiddenError, MalformedError, NotFoundError: as `submit`.
        """
        every = self._clusters()
        names = [view.name for view in every]
        wish = dataclasses.replace(wish, clusters=self._access.chosen(who, wish, names))
        found = [view for view in every if self._access.uses(who, view.name, wish.container)]
        there = {view.name for view in found}
        unknown = [name for name in wish.clusters if name not in there]
        if unknown or not there:
            name = f"called {unknown[0]!r}" if unknown else "yet"
            image = f" and containers of {wish.container}" if wish.container else ""
            raise NotFoundError(
                f"There is no cluster {name} for this account{image}.",
                advice=f"There are: {', '.join(sorted(there)) or 'none; see [jobs.clusters]'}.",
            )
        mine = [view.slots for view in found if not wish.clusters or view.name in wish.clusters]
        widest = max((slots for slots in mine if slots is not None), default=None)
        if None not in mine and widest is not None and widest < wish.resources.cpus:
            raise MalformedError(
                f"No cluster has {wish.resources.cpus} cores.", advice=f"At most {widest:,}."
            )
        for request in wish.after:
            self._own(who, request)
        self._depot.check(who.user_id, wish.inputs, wish.space)
        return wish

    # ----------------------------------------------------------------- look

    def request(self, who: Grant, request: int) -> JobRequestView:
        """A request of the caller's own, or anybody's for an administrator."""
        return queries.request_view(self._own(who, request))

    def requests(
        self, who: Grant, *, which: str = "all", before: int | None = None, limit: int = 50
    ) -> list[JobRequestView]:
        """The caller's requests, everybody's for an administrator; newest first."""
        _need(who, Scope.READ)
        if which not in queries.WHICH:
            raise MalformedError(
                f"There is no list {which!r}.", advice=f"Lists: {', '.join(queries.WHICH)}."
            )
        owner = None if who.admin else who.user_id
        found = queries.page(owner=owner, which=which, before=before, limit=limit)
        return [queries.request_view(row) for row in self._database.rows(found)]

    def jobs(
        self, who: Grant, request: int, *, after: int = 0, limit: int = 500, state: str = ""
    ) -> list[JobView]:
        """A page of a request's jobs, by number."""
        self._own(who, request)
        if state and state.upper() not in JobState.__members__:
            known = ", ".join(each.name.lower() for each in JobState)
            raise MalformedError(f"There is no job state {state!r}.", advice=f"States: {known}.")
        wanted = JobState[state.upper()] if state else None
        found = queries.jobs(request, after=after, limit=limit, state=wanted)
        return [queries.job_view(row) for row in self._database.rows(found)]

    def job(self, who: Grant, request: int, n: int) -> JobView:
        """One job."""
        return queries.job_view(self._job(who, request, n))

    def inputs(self, who: Grant, request: int, n: int) -> tuple[Input, ...]:
        """What a job finds in its folder."""
        wish = gathering.wish(self._own(who, request))
        item = self.job(who, request, n).item
        return rules.inputs(wish, request=request, n=n, item=item)

    def runs(
        self, who: Grant, request: int, *, after: tuple[int, int] = (0, 0), limit: int = 500
    ) -> list[RunView]:
        """Runs of a request that are over, by job and attempt."""
        self._own(who, request)
        found = self._database.rows(queries.runs(request, after=after, limit=limit))
        return [queries.run_view(row) for row in found]

    def outputs(
        self, who: Grant, request: int, *, after: tuple[int, str] = (0, ""), limit: int = 500
    ) -> list[OutputView]:
        """What a request left, by job and name."""
        self._own(who, request)
        found = self._database.rows(queries.outputs(request, after=after, limit=limit))
        return [queries.output_view(row) for row in found]

    def log(
        self, who: Grant, request: int, n: int, *, stream: str, offset: int, limit: int
    ) -> bytes:
        """Bytes of what a job writes or wrote, of its last run; empty when there is nothing.

        An `offset` below zero counts back from the end.

        Raises:
            MalformedError: no such stream.
            BatchUnavailableError: the cluster does not answer.
        """
        row = self._job(who, request, n)
        if stream not in {"stdout", "stderr"}:
            raise MalformedError(f"There is no {stream!r}.", advice="Ask for stdout or stderr.")
        if not row["cluster"] or not row["handle"]:
            return b""
        run = Path(str(request)) / f"{n}-{row['attempt']}"
        handle = str(row["handle"])
        limit = max(0, min(limit, MOST_LOG))
        part = LogPart(str(row["cluster"]), handle, run, stream, offset, limit)
        return self._logs(part)

    def clusters(self, who: Grant) -> list[ClusterView]:
        """Clusters that take the caller's jobs, as they were seen last."""
        _need(who, Scope.READ)
        return self._mine(who)

    def maker(self, who: Grant, entry: int) -> MakerView | None:
        """The job that left a file of a space, by the file's id; None when none of ours did."""
        _need(who, Scope.READ)
        found = self._database.rows(queries.made(entry))
        if not found:
            return None
        mine = who.admin or found[0]["owner_id"] == who.user_id
        return queries.maker_view(found[0], mine=mine)

    def measures(self, who: Grant) -> list[Measure]:
        """Numbers, those of one name behind each other; administrators only."""
        if not who.admin:
            raise ForbiddenError("Numbers about all jobs are the administrators'.")
        return [*measured(self._database, self._clusters(), now=self._clock.now())]

    # --------------------------------------------------------------- change

    def cancel(self, who: Grant, request: int, numbers: Sequence[int] = ()) -> JobRequestView:
        """Stop all jobs that have not ended, or those of some numbers."""
        return self._change(
            who, request, lambda conn, now: changes.cancel(conn, [request], numbers, now=now)
        )

    def retry(self, who: Grant, request: int, numbers: Sequence[int] = ()) -> JobRequestView:
        """Run again what failed, or was cancelled, or some of these.

        Raises:
            ConflictError: none of them has failed or was cancelled.
        """
        return self._change(
            who, request, lambda conn, now: changes.retry(conn, [request], numbers, now=now)
        )

    def drain(self, who: Grant, cluster: str, *, drained: bool) -> list[ClusterView]:
        """A cluster gets no new jobs, or gets them again; administrators only.

        Raises:
            NotFoundError: no such cluster.
        """
        if not who.admin:
            raise ForbiddenError("Clusters are the administrators'.")
        if not self._database.run(lambda conn: clusters.drain(conn, cluster, drained=drained)):
            raise NotFoundError(f"There is no cluster {cluster!r}.")
        return self._clusters()

    # ---------------------------------------------------------------- within

    def _change(
        self, who: Grant, request: int, work: Callable[[Connection, datetime], int]
    ) -> JobRequestView:
        self._own(who, request)
        self.may(who)
        now = self._clock.now()
        if not self._database.run(lambda conn: work(conn, now)):
            raise ConflictError(
                "None of its jobs is in a state for that.",
                advice="Look at the request: its jobs may have ended, or go on already.",
            )
        return self._view(request)

    def may(self, who: Grant) -> None:
        """Whether somebody may run jobs.

        Raises:
            ForbiddenError: no.
        """
        _need(who, Scope.RUN)
        if not self._access.runs(who):
            raise ForbiddenError(
                "This account may not run jobs.",
                advice="An administrator can put it into a group of jobs.groups.",
            )

    def offered(self, who: Grant) -> bool:
        """Whether the caller may run jobs, and there is a cluster that takes them."""
        if Scope.RUN not in who.scopes or not self._access.runs(who):
            return False
        names = self._database.rows(queries.names())
        return any(self._access.uses(who, str(row["name"])) for row in names)

    def _clusters(self) -> list[ClusterView]:
        return [queries.cluster_view(row) for row in self._database.rows(queries.clusters())]

    def _mine(self, who: Grant) -> list[ClusterView]:
        return [view for view in self._clusters() if self._access.uses(who, view.name)]

    def _view(self, request: int) -> JobRequestView:
        return queries.request_view(self._database.rows(queries.one(request))[0])

    def _own(self, who: Grant, request: int) -> Row:
        _need(who, Scope.READ)
        found = self._database.rows(queries.one(request))
        if not found or not (who.admin or found[0]["owner_id"] == who.user_id):
            raise NotFoundError(f"There is no request {request} of yours.")
        return found[0]

    def _job(self, who: Grant, request: int, n: int) -> Row:
        self._own(who, request)
        found = self._database.rows(queries.job(request, n))
        if not found:
            raise NotFoundError(f"Request {request} has no job {n}.")
        return found[0]


def _need(who: Grant, scope: Scope) -> None:
    if scope not in who.scopes:
        raise ForbiddenError(f"This token is not for {scope.value}.", advice="Make another one.")
