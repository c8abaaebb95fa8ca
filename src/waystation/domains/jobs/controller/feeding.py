"""Feeding: jobs are taken from their sources once, and the sources are told of them to their end.

A name is written down in the transaction that makes its job; the source hears that we have it
after that. Whoever dies in between is offered it again, and knows it.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs import rules
from waystation.domains.jobs.entities import Blame, Heard, Offer, Report, Stage, Wish
from waystation.domains.jobs.errors import SourceUnavailableError
from waystation.domains.jobs.ports import Depot, Source
from waystation.domains.jobs.rules import Access, Policy
from waystation.domains.jobs.store import changes, clusters, feeding
from waystation.domains.jobs.store.submitting import One, Owner, submit_each
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row
from waystation.kernel.errors import UnavailableError, WaystationError

log = logging.getLogger(__name__)

TOLD = 1_000
"""Jobs of one report; as aCT sends to PanDA."""
UNHEARD = "Its source does not hear of it"
GONE = "The account for this source's jobs is not there."


@dataclass(frozen=True, slots=True)
class Feed:
    """A source, and how it is dealt with.

    Attributes:
        name: of the settings.
        source: itself.
        account: whose jobs they are.
        most: jobs of it that may be under way.
        at_once: that are taken together.
        poll: between looks for new ones.
        interval: between heartbeats of one that has not changed.
        give_up: so long the last word of a job is tried to be told.
    """

    name: str
    source: Source
    account: str
    most: int = 10_000
    at_once: int = 500
    poll: timedelta = timedelta(seconds=10)
    interval: timedelta = timedelta(minutes=30)
    give_up: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FeedDesk:
    """Where these steps work.

    Attributes:
        database, clock, depot, policy: as of other steps of jobs.
        feeds: the sources.
        account: of a name; None when there is none.
        access: where jobs of accounts may run.
    """

    database: Database
    clock: Clock
    depot: Depot
    policy: Policy
    feeds: Sequence[Feed]
    account: Callable[[str], Grant | None]
    access: Access = field(default_factory=Access)

    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()


def feed(desk: FeedDesk, each: Feed) -> int:
    """New jobs of a source are taken; how many."""
    owner = desk.account(each.account)
    under_way = int(str(desk.database.rows(feeding.under_way(each.name))[0]["n"]))
    room = min(each.most - under_way, each.at_once)
    if owner is None or room <= 0:
        if owner is None:
            log.warning("source %s: %s", each.name, GONE)
        return 0
    try:
        offers = each.source.take(room)
        known = {offer.foreign_id: offer for offer in offers}
        taken = _taken(desk, each, owner, list(known.values())) if known else 0
        if known:
            each.source.kept(list(known))
    except SourceUnavailableError as problem:
        log.warning("source %s: %s", each.name, problem.sentence)
        return 0
    return taken


def tell(desk: FeedDesk, each: Feed) -> int:
    """A source is told of its jobs: what has changed at once, the rest now and then."""
    now, until = desk.now(), desk.now() + desk.policy.lease
    found = desk.database.run(
        lambda conn: feeding.due(conn, each.name, now=now, until=until, limit=TOLD)
    )
    if not found:
        return 0
    reports = [_report(row) for row in found]
    words = ""
    try:
        answers: Mapping[str, Heard] = each.source.tell(reports)
    except SourceUnavailableError as problem:
        answers, words = {}, problem.sentence
    desk.database.run(lambda conn: _noted(desk, conn, each, found, answers, words=words))
    return len(answers)


def _taken(desk: FeedDesk, each: Feed, owner: Grant, offers: Sequence[Offer]) -> int:
    there = [str(row["name"]) for row in desk.database.rows(clusters.every())]
    whose = Owner(owner.user_id, desk.access.share(owner))
    # Most are about the same spaces, or none: each is asked about once.
    known: dict[object, str] = {}
    judged = [(offer, _objection(desk, owner, offer, there, known)) for offer in offers]

    def work(conn: Connection) -> int:
        named = [(offer.foreign_id, words) for offer, words in judged]
        new = feeding.take(conn, each.name, named, now=desk.now())
        good = [
            (new[offer.foreign_id], _placed(desk, owner, offer.wish, there))
            for offer, words in judged
            if offer.wish is not None and not words and offer.foreign_id in new
        ]
        if good:
            # The number is ours and never another's; the name there may be too long for a key.
            many = [
                One(whose, secrets.token_hex(4), replace(wish, key=f"fed-{number}"))
                for number, wish in good
            ]
            feeding.begun(conn, [n for n, _ in good], submit_each(conn, many, now=desk.now()))
        return len(new)

    return desk.database.run(work)


def _objection(
    desk: FeedDesk,
    owner: Grant,
    offer: Offer,
    there: Sequence[str],
    known: dict[object, str],
) -> str:
    """Why a job is refused; empty when it is not."""
    wish = offer.wish
    if wish is None:
        return offer.words or "It cannot be read."
    if wish.items or wish.jobs != 1:
        return "A source gives one job at a time."
    words = rules.objection(wish)
    mine = [name for name in there if desk.access.uses(owner, name, wish.container)]
    unknown = [name for name in wish.clusters if name not in mine]
    if words or unknown:
        return words or f"There is no cluster called {unknown[0]!r} for this source's account."
    if there and not mine:
        return "No cluster takes such jobs of this source's account."
    places = rules.places(wish)
    if places not in known:
        known[places] = _barred(desk, owner, wish)
    return known[places]


def _placed(desk: FeedDesk, owner: Grant, wish: Wish, there: Sequence[str]) -> Wish:
    """The wish with the clusters that may run it; none is any."""
    return replace(wish, clusters=desk.access.chosen(owner, wish, there))


def _barred(desk: FeedDesk, owner: Grant, wish: Wish) -> str:
    """Why the account may not read its inputs, or write its outputs; empty when it may."""
    try:
        desk.depot.check(owner.user_id, wish.inputs, wish.space)
    except UnavailableError as problem:
        raise SourceUnavailableError(problem.sentence) from problem  # later, all of them
    except WaystationError as problem:
        return problem.sentence
    return ""


def _report(row: Row) -> Report:
    request, code = row["request_id"], row["exit_code"]
    stage = Stage(str(row["stage"]))
    return Report(
        foreign_id=str(row["foreign_id"]),
        stage=stage,
        request_id=int(str(request)) if request is not None else 0,
        attempt=int(str(row["attempt"] or 0)),
        words=str(row["words"] if request is not None else row["refused"]) or "",
        blame=Blame(str(row["blame"] or "")) if request is not None else Blame.USER,
        exit_code=int(str(code)) if code is not None else None,
        cluster=str(row["cluster"] or ""),
        node=str(row["node"] or ""),
        began=row["began"],  # type: ignore[arg-type]
        ended=row["ended"] if stage.over else None,  # type: ignore[arg-type]
        cpu_s=row["cpu_s"],  # type: ignore[arg-type]
        peak=row["peak"],  # type: ignore[arg-type]
    )


def _noted(
    desk: FeedDesk,
    conn: Connection,
    each: Feed,
    found: Sequence[Row],
    answers: Mapping[str, Heard],
    *,
    words: str,
) -> None:

    now = desk.now()
    good, bad, over, stop = [], [], list[int](), list[int]()
    for row in found:
        number, answer = int(str(row["id"])), answers.get(str(row["foreign_id"]))
        last = Stage(str(row["stage"])).over
        if answer is not None and answer.heard:
            good.append((number, str(row["stage"])))
            if answer.stop and not last and row["request_id"] is not None:
                stop.append(int(str(row["request_id"])))
        elif last and _late(each, row, now):
            over.append(number)
        else:
            words = words or (answer.words if answer is not None else "It said nothing.")
            bad.append((number, now + desk.policy.wait(int(str(row["tries"])) + 1)))
    if good:
        feeding.heard(conn, good, now=now, again=now + each.interval)
    if bad:
        feeding.deaf(conn, bad, f"{UNHEARD}: {words}", now=now)
    if over:
        feeding.given_up(conn, over, f"{UNHEARD}: it was given up.")
    if stop:
        changes.cancel(conn, stop, now=now)


def _late(each: Feed, row: Row, now: datetime) -> bool:
    since = row["deaf"]
    return isinstance(since, datetime) and now - since > each.give_up
