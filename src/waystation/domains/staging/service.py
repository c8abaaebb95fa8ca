"""What can be asked of staging. Permission, limits and confirmation are asked here only."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.catalogue.door import Catalogue, Refusal, StoreInfo, sift
from waystation.domains.staging import estimates, store
from waystation.domains.staging.entities import MAX_PIN_S, Ask, objection
from waystation.domains.staging.errors import BackendError, ConfirmNeededError
from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.queries import items, library, requests
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.states import ItemState, RequestState
from waystation.domains.staging.store import changes
from waystation.domains.staging.store.submit import submit
from waystation.domains.staging.views import (
    ErrorGroup,
    Estimate,
    EventView,
    FileView,
    ItemView,
    LibraryView,
    RequestView,
    Strip,
    TapeShare,
)
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    LimitReachedError,
    MalformedError,
    NotFoundError,
    TooLargeError,
)

MAX_FILES = 1_000_000
_TOLD_REFUSALS = 1_000


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request that is durable now; `made` is False when its external id was known already."""

    request: RequestView
    folded: int
    refused: list[Refusal]
    refused_count: int
    made: bool


class Staging:
    """Stage requests: ask, look, change."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        backends: Mapping[str, TapeBackend],
        rules: Rules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._backends = backends
        self._rules = rules

    # ------------------------------------------------------------------ ask

    def submit(self, who: Grant, ask: Ask, *, where: StoreInfo | None = None) -> Submitted:
        """Take a request in; when this returns it is durable.

        `where` is the store, for a caller whose permission for these files was asked already;
        otherwise it is the one that `ask` names, and the caller may stage and is a reader of it.

        Raises:
            ForbiddenError: the token is not for staging.
            MalformedError: something is wrong with it, or no path is left; nothing was changed.
            TooLargeError: more files than one request can have.
            ConfirmNeededError: large, and `confirm` is not set.
            LimitReachedError: the owner has too much waiting already.
        """
        if where is None:
            _need(who, Scope.STAGE)
            where = self._catalogue.store(who, ask.store)
        wrong = objection(ask, self._clock.now())
        if not wrong and ask.callback:
            wrong = self._rules.callbacks(ask.callback)
        if wrong:
            raise MalformedError(wrong)
        known = self.named(who, ask.external_id) if ask.external_id else None
        if known:
            return Submitted(known, 0, [], 0, made=False)
        if not where.backend:
            raise ConflictError(f"The files of {where.name} are on disk; none has to be staged.")
        good, refused, folded = sift(ask.paths, where.root)
        self._allow(who, where, ask, good, refused)
        now = self._clock.now()
        expires = ask.expires or now + self._rules.request_lifetime

        def write(conn: Connection) -> int | None:
            return submit(
                conn,
                dataclasses.replace(ask, paths=good),
                owner_id=who.user_id,
                store_id=where.id,
                expires=expires,
                folded=folded,
                refused=len(refused),
                now=now,
            )

        if (request_id := self._database.run(write)) is None:
            known = self.named(who, ask.external_id or "")
            assert known is not None
            return Submitted(known, 0, [], 0, made=False)
        view = requests.view(self._database.rows(requests.one(request_id))[0])
        return Submitted(view, folded, refused[:_TOLD_REFUSALS], len(refused), made=True)

    def estimate(self, who: Grant, ask: Ask) -> Estimate:
        """What a request would cost, from a look at some of its files and the queue of now."""
        _need(who, Scope.READ)
        where = self._catalogue.store(who, ask.store)
        good, refused, _ = sift(ask.paths, where.root)
        if not good:
            raise _nothing_left(refused)
        return self._estimate(where, good)

    # ----------------------------------------------------------------- look

    def request(self, who: Grant, request_id: int) -> RequestView:
        """One request of the caller's own, or anybody's for an administrator."""
        return requests.view(self.own(who, request_id))

    def named(self, who: Grant, external_id: str) -> RequestView | None:
        """The caller's request of that external id; None when there is none."""
        found = self._database.rows(requests.by_external_id(who.user_id, external_id))
        return requests.view(found[0]) if found else None

    def requests(
        self, who: Grant, *, which: str = "all", before: int | None = None, limit: int = 50
    ) -> list[RequestView]:
        """The caller's requests, everybody's for an administrator; newest first."""
        _need(who, Scope.READ)
        owner = None if who.admin else who.user_id
        page = requests.page(owner_id=owner, which=which, before=before, limit=limit)
        return [requests.view(row) for row in self._database.rows(page)]

    def files(
        self,
        who: Grant,
        request_id: int,
        *,
        after: int = 0,
        limit: int = 500,
        state: str | None = None,
        low: int = 0,
        high: int = 2**31 - 1,
    ) -> list[ItemView]:
        """A page of a request's files, by number."""
        self.own(who, request_id)
        if state is not None and state.upper() not in ItemState.__members__:
            known = ", ".join(s.name.lower() for s in ItemState)
            raise MalformedError(f"There is no file state {state!r}.", advice=f"States: {known}.")
        page = items.page(request_id, after=after, limit=limit, state=state, low=low, high=high)
        return [items.item(row) for row in self._database.rows(page)]

    def strip(self, who: Grant, request_id: int) -> Strip:
        """The states of all files of a request."""
        self.own(who, request_id)
        return items.strip(self._database.rows(items.states(request_id))[0])

    def tapes(self, who: Grant, request_id: int) -> list[TapeShare]:
        """A request's files by cartridge."""
        self.own(who, request_id)
        return [items.tape_share(row) for row in self._database.rows(items.tapes(request_id))]

    def errors(self, who: Grant, request_id: int) -> list[ErrorGroup]:
        """Why files of a request failed, by cause."""
        self.own(who, request_id)
        return [items.error_group(row) for row in self._database.rows(items.errors(request_id))]

    def events(
        self, who: Grant, request_id: int, *, after: int = 0, limit: int = 200
    ) -> list[EventView]:
        """What happened to a request, in order."""
        self.own(who, request_id)
        found = self._database.rows(items.events(request_id, after=after, limit=limit))
        return [items.event(row) for row in found]

    def library(self, who: Grant) -> LibraryView:
        """Drives and queue of all tape systems."""
        _need(who, Scope.READ)
        with self._database.transaction() as conn:
            return library.picture(conn, now=self._clock.now())

    def file_status(self, who: Grant, store_name: str, paths: Sequence[str]) -> list[FileView]:
        """Where files are: what we hold, else what the tape system says."""
        _need(who, Scope.READ)
        where = self._catalogue.store(who, store_name)
        return self.file_views(where, list(paths))

    def file_views(self, where: StoreInfo, paths: list[str]) -> list[FileView]:
        """The same for a caller whose permission was asked already."""
        _, refused, _ = sift(paths, where.root)
        if refused:
            raise MalformedError(f"{refused[0].path!r}: {refused[0].reason}")
        found = self._database.rows(items.files(where.id, paths))
        views = {str(row["path"]): estimates.known(row) for row in found}
        unknown = [path for path, view in views.items() if view is None]
        views.update(estimates.looked_up(self._backends.get(where.backend), unknown))
        return [views[path] or FileView(path, "unknown") for path in paths]

    def residency(self, where: StoreInfo, paths: list[str]) -> list[FileView]:
        """What the tape system itself says of files; `unknown` of all when it does not answer.

        For who deletes another copy then: what we hold may never have been written to tape.
        """
        told = estimates.looked_up(self._backends.get(where.backend), paths)
        return [told.get(path) or FileView(path, "unknown") for path in paths]

    # --------------------------------------------------------------- change

    def cancel(
        self, who: Grant, request_id: int, paths: Sequence[str] | None = None
    ) -> RequestView:
        """Take back what is not online yet; files that others want too go on for them."""

        def work(conn: Connection, row: Row, now: datetime) -> None:
            _must_be_open(row, "cancelled")
            changes.leave(
                conn, request_id, new=ItemState.CANCELLED, kind="cancelled", now=now, paths=paths
            )
            if paths is None:
                changes.finish(conn, request_id, state=RequestState.CANCELLED, now=now)

        return self._change(who, request_id, work, ItemState.CANCELLED, paths)

    def retry(self, who: Grant, request_id: int) -> RequestView:
        """Try the failed files again."""

        def work(conn: Connection, row: Row, now: datetime) -> None:
            if row["n_failed"] == 0:
                raise ConflictError("No file of this request has failed.")
            if row["state"] == RequestState.CANCELLED:
                raise ConflictError(
                    "The request was cancelled.", advice="Make a new one for its files."
                )
            changes.retry(conn, request_id, now=now, expires=now + self._rules.request_lifetime)

        return self._change(who, request_id, work)

    def release(
        self, who: Grant, request_id: int, paths: Sequence[str] | None = None
    ) -> RequestView:
        """Give back pins; the disk copies may go when nobody else holds them."""
        free: list[tuple[str, str]] = []

        def work(conn: Connection, _: Row, now: datetime) -> None:
            free[:] = changes.leave(
                conn, request_id, new=ItemState.RELEASED, kind="released", now=now, paths=paths
            )

        view = self._change(who, request_id, work, ItemState.RELEASED, paths)
        release_files(self._backends, free)
        return view

    def extend(self, who: Grant, request_id: int, *, lifetime_s: int) -> RequestView:
        """Hold the request's online files for this long from now."""
        if not 1 <= lifetime_s <= MAX_PIN_S:
            raise MalformedError(f"lifetime_s must be between 1 and {MAX_PIN_S}.")

        def work(conn: Connection, _: Row, now: datetime) -> None:
            until = now + timedelta(seconds=lifetime_s)
            changes.extend(conn, request_id, until=until, now=now)

        return self._change(who, request_id, work)

    def drop_name(self, who: Grant, request_id: int) -> None:
        """Give back the external id of a request: another one may be called so from now on."""
        self._change(who, request_id, lambda conn, *_: changes.drop_name(conn, request_id))

    # ---------------------------------------------------------------- within

    def own(self, who: Grant, request_id: int) -> Row:
        """The row of a request that the caller may see.

        Raises:
            NotFoundError: none, or somebody else's: which of the two is not told.
        """
        _need(who, Scope.READ)
        found = self._database.rows(requests.one(request_id))
        if not found or not (who.admin or found[0]["owner_id"] == who.user_id):
            raise NotFoundError(f"There is no stage request {request_id}.")
        return found[0]

    def _change(
        self,
        who: Grant,
        request_id: int,
        work: Callable[[Connection, Row, datetime], None],
        leaves: ItemState | None = None,
        paths: Sequence[str] | None = None,
    ) -> RequestView:
        _need(who, Scope.STAGE)
        self.own(who, request_id)
        now = self._clock.now()

        def locked(conn: Connection) -> None:
            row = changes.lock(conn, request_id, leaves=leaves, paths=paths)
            assert row is not None
            work(conn, row, now)

        self._database.run(locked)
        return requests.view(self._database.rows(requests.one(request_id))[0])

    def _allow(
        self, who: Grant, where: StoreInfo, ask: Ask, good: list[str], refused: list[Refusal]
    ) -> None:
        """Refuse what is empty, too much, or large and not confirmed."""
        if not good:
            raise _nothing_left(refused)
        if len(good) > MAX_FILES:
            raise TooLargeError(
                f"A request can have {MAX_FILES:,} files, this one has {len(good):,}.",
                advice="Split it.",
            )
        if where.files_per_owner:
            waiting = self._database.rows(requests.in_flight(who.user_id, where.id))[0]["files"]
            if int(str(waiting)) + len(good) > where.files_per_owner:
                raise LimitReachedError(
                    f"You have {waiting:,} files waiting in {where.name}; "
                    f"the limit is {where.files_per_owner:,}.",
                    advice="Wait until some have come, or ask an administrator.",
                    limit_files=where.files_per_owner,
                )
        if len(good) > where.confirm_above_files and not ask.confirm:
            raise self._unconfirmed(where, good)

    def _unconfirmed(self, where: StoreInfo, good: list[str]) -> ConfirmNeededError:
        cost = self._estimate(where, good)
        return ConfirmNeededError(
            f"This asks for {len(good):,} files; more than {where.confirm_above_files:,} "
            "must be confirmed.",
            advice="If you mean it, send it again with confirm set (way stage --yes).",
            limit_files=where.confirm_above_files,
            estimate={
                "files": cost.files,
                "bytes": cost.bytes,
                "low_s": cost.low_s,
                "high_s": cost.high_s,
                "drive_s": cost.drive_s,
            },
        )

    def _estimate(self, where: StoreInfo, good: list[str]) -> Estimate:
        backend = self._backends.get(where.backend)
        return estimates.estimate(self._database, backend, where.backend, good, self._rules)


def release_files(backends: Mapping[str, TapeBackend], free: Sequence[tuple[str, str]]) -> None:
    """Tell tape systems that disk copies may go: a hint, so trouble with it is theirs to log."""
    by_backend: dict[str, list[str]] = {}
    for name, path in free:
        by_backend.setdefault(name, []).append(path)
    for name, paths in by_backend.items():
        backend = backends.get(name)
        if backend is not None and backend.capabilities.releases:
            try:
                backend.release(paths)
            except BackendError as trouble:
                store.log.warning("release of %d files not taken: %s", len(paths), trouble)


def _need(who: Grant, scope: Scope) -> None:
    if scope not in who.scopes:
        raise ForbiddenError(
            f"This token is not for {scope}.", advice=f"Make one with the scope {scope}."
        )


def _must_be_open(row: Row, verb: str) -> None:
    if row["state"] != RequestState.ACTIVE:
        raise ConflictError(f"The request has ended; only an active one can be {verb}.")


def _nothing_left(refused: list[Refusal]) -> MalformedError:
    if not refused:
        return MalformedError("The request names no files.", advice="Name at least one path.")
    return MalformedError(
        f"No path is left: {refused[0].path!r}: {refused[0].reason}",
        refused=[f"{r.path}: {r.reason}" for r in refused[:20]],
    )
