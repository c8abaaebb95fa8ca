"""Facts become deliveries; deliveries reach their receivers, or are given up in the open.

A receiver that is down delays only itself: each is claimed on its own, by as many threads as there
are `deliver` steps. What is sent is written down after the receiver took it, so that a crash in
between sends it again, with the same id.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from waystation.domains.notify import store
from waystation.domains.notify.entities import Facts, Kind, Letter, Pace, Parcel, Wording
from waystation.domains.notify.errors import DeliveryError
from waystation.domains.notify.ports import Courier
from waystation.domains.notify.states import DeliveryState
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row

_FACTS, _PARCELS, _IDLE_S = 500, 20, 5.0
_THREADS = 4
_KEPT = timedelta(days=30)

Way = tuple[Kind, str, str]
"""How, to whom, in whose words."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the steps work.

    Attributes:
        couriers: by the kind of message they bring.
        wordings: by dialect; "" is our own.
    """

    database: Database
    clock: Clock
    couriers: Mapping[Kind, Courier]
    wordings: Mapping[str, Wording]
    pace: Pace = field(default_factory=Pace)


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, and seconds between looks; `outbox` is woken by whoever posts a fact."""
    hands = [("deliver", functools.partial(deliver, desk), _IDLE_S) for _ in range(_THREADS)]
    sweep = ("forget", functools.partial(forget, desk), 3600.0)
    return [("outbox", functools.partial(sort, desk), _IDLE_S), *hands, sweep]


def sort(desk: Desk) -> int:
    """Take facts out of the outbox, write a delivery for each who is to hear; how many facts."""

    def work(conn: Connection) -> int:
        now = desk.clock.now()
        taken = store.take_facts(conn, limit=_FACTS)
        told = [(str(row["topic"]), _facts(row)) for row in taken]
        wanted = _subscriptions(conn, told)
        new = [
            made
            for topic, facts in told
            for way in [*_asked(facts), *wanted(topic, facts)]
            if (made := _delivery(desk, topic, facts, way)) is not None
        ]
        store.add(conn, new, now=now, lifetime=desk.pace.lifetime)
        if new:
            conn.execute("SELECT pg_notify('way_work', 'deliver')")
        return len(taken)

    return desk.database.run(work)


def deliver(desk: Desk) -> int:
    """Turn to one receiver and bring it what waits; how many tries."""
    pace = desk.pace
    now = desk.clock.now()
    furthest = 2 * (pace.ceiling + pace.lease)
    claimed = desk.database.run(
        lambda conn: store.claim(conn, now=now, lease=pace.lease, furthest=furthest)
    )
    if claimed is None:
        return 0
    key, failures = str(claimed["key"]), int(str(claimed["failures"]))
    parcels = desk.database.run(lambda conn: store.waiting(conn, key, now=now, limit=_PARCELS))
    tried = 0
    for parcel in parcels:
        trouble = _bring(desk, parcel)
        tried += 1
        if trouble is not None and not trouble.reached:
            # Nobody is there: the others of this receiver need not be tried now.
            failures += 1
            break
        failures = 0
        until = desk.clock.now() + pace.lease
        desk.database.run(functools.partial(store.keep, key=key, until=until))
    later = desk.clock.now() + (_wait(pace, failures) if failures else timedelta())
    desk.database.run(lambda c: store.turn_to(c, key, failures=failures, not_before=later))
    return max(tried, 1)


def forget(desk: Desk) -> int:
    """Drop what was delivered a month ago."""
    before = desk.clock.now() - _KEPT
    return desk.database.run(lambda conn: store.forget(conn, before=before))


def _bring(desk: Desk, parcel: Parcel) -> DeliveryError | None:
    """One try, written down; what went wrong with it."""
    trouble = _try(desk.couriers.get(parcel.kind), parcel)
    now = desk.clock.now()
    due = now + _wait(desk.pace, parcel.tries + 1)
    state = DeliveryState.SENT if trouble is None else DeliveryState.PENDING
    if trouble is not None and due > parcel.expires:
        # One last try is made at the end, whatever the back-off says.
        state = DeliveryState.DEAD if now >= parcel.expires else DeliveryState.PENDING
        due = parcel.expires
    words = trouble.sentence if trouble else None
    desk.database.run(
        lambda conn: store.settle(conn, parcel, state=state, now=now, due=due, error=words)
    )
    return trouble


def _try(courier: Courier | None, parcel: Parcel) -> DeliveryError | None:
    if courier is None:
        return DeliveryError(f"No courier for {parcel.kind} is configured.", reached=True)
    words = courier.objection(parcel.target)
    if words:
        return DeliveryError(words, reached=True)
    try:
        courier.deliver(parcel)
    except DeliveryError as problem:
        return problem
    return None


def _wait(pace: Pace, failures: int) -> timedelta:
    """Doubling, never longer than the ceiling."""
    doubled = 1 << min(max(failures - 1, 0), 20)
    return min(pace.first * doubled, pace.ceiling)


def _facts(row: Row) -> Facts:
    facts = row["facts"]
    assert isinstance(facts, dict)
    return facts


def _asked(facts: Facts) -> list[Way]:
    """The one that the request itself named."""
    callback = facts.get("callback")
    return [(Kind.WEBHOOK, str(callback), str(facts.get("dialect") or ""))] if callback else []


def _subscriptions(
    conn: Connection, told: list[tuple[str, Facts]]
) -> Callable[[str, Facts], list[Way]]:
    topics = sorted({topic for topic, _ in told})
    owners = sorted({int(str(facts["owner_id"])) for _, facts in told})
    found = store.subscribed(conn, topics=topics, owners=owners)

    def of(topic: str, facts: Facts) -> list[Way]:
        return [
            (Kind(str(row["kind"])), str(row["target"]), str(row["kind"]))
            for row in found
            if row["topic"] == topic and row["owner_id"] in {None, facts["owner_id"]}
        ]

    return of


def _delivery(desk: Desk, topic: str, facts: Facts, way: Way) -> store.New | None:
    kind, target, dialect = way
    letter: Letter | None = desk.wordings.get(dialect, desk.wordings[""])(topic, facts)
    courier = desk.couriers.get(kind)
    if letter is None:
        return None
    return store.New(
        receiver=courier.receiver(target) if courier else f"{kind}:{target}"[:300],
        kind=kind,
        target=target,
        owner_id=int(str(facts["owner_id"])),
        topic=topic,
        about=str(facts.get("about", ""))[:100],
        letter=letter,
        due=desk.clock.now() + timedelta(seconds=float(str(facts.get("after_s", 0)))),
    )
