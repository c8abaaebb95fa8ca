"""`python -m benchmarks.eta`: of the requests told "between then and then", how many kept it.

TapeBench's moderate trace and its burst through the product itself (`tapebench.service`). What a
request's owner reads (the 80 % band of `Staging.requests`) is written down when it is there first
and every quarter of an hour from then on; at the end it is compared with when the request ended:
the first band of each request, and the one told an hour later if it waits still. The burst comes a
day after the moderate trace, to a house that has learnt from it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import get_args

from benchmarks.tapebench.policies import Share
from benchmarks.tapebench.scene import Scene, scene
from benchmarks.tapebench.scheduler import Recall
from benchmarks.tapebench.service import Service, house
from benchmarks.tapebench.world import World
from waystation.domains.accounts.door import ALL_SCOPES, Grant
from waystation.domains.staging.planner.choice import Policy

LOW, HIGH = 0.70, 0.90
"""An 80 % band that holds so many of a hundred is honest."""

DRIVES, PROFILE = 8, "L9"
SOON_S, LOOK_S, NEWS_S = 60.0, 900.0, 120.0
"""A forecast within a minute of a request, and every quarter of an hour; news of running lists."""

HOUR = timedelta(hours=1)
READER = Grant(0, "reader", admin=True, groups=frozenset(), scopes=ALL_SCOPES)


@dataclass(frozen=True, slots=True)
class Told:
    """A band as its owner read it at a moment; `first` is the first that this request had."""

    request: int
    at: datetime
    low: datetime
    expected: datetime
    high: datetime
    first: bool

    def held(self, ends: dict[int, datetime]) -> bool:
        """Whether the request ended inside."""
        return self.low <= ends[self.request] <= self.high


class Foreteller(Service):
    """The product with its forecast step, and somebody who writes down what it says."""

    def __init__(self, on: Scene, kind: Share, after: datetime | None) -> None:
        super().__init__(
            on.dsn(),
            on.recalls,
            Policy(kind=kind),
            on.drive,
            on.drives,
            news_every_s=NEWS_S,
            after=after,
        )
        self.told: list[Told] = []
        self._known: set[int] = set()
        self._tell_at: float | None = None

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        super().on_arrivals(batch, now)
        soon = (now // SOON_S + 1) * SOON_S
        self._tell_at = min(self._tell_at or soon, soon)

    def wake_at(self, now: float) -> float | None:
        moments = (super().wake_at(now), self._tell_at)
        return min((at for at in moments if at is not None), default=None)

    def on_wake(self, now: float) -> None:
        super().on_wake(now)
        if self._tell_at is None or now < self._tell_at:
            return
        self.post.forecast_due = 0.0
        self.step("forecast")
        active = self.staging.requests(READER, which="active", limit=10_000)
        for view in active:
            if view.eta is not None:
                band, first = view.eta, view.id not in self._known
                at = self.clock.now()
                self.told.append(Told(view.id, at, band.low, band.at, band.high, first))
                self._known.add(view.id)
        self._tell_at = now + LOOK_S if active else None

    def ends(self) -> dict[int, datetime]:
        """When each request ended, as the product says."""
        found = self.staging.requests(READER, limit=100_000)
        return {view.id: view.finished for view in found if view.finished is not None}


@dataclass(frozen=True, slots=True)
class Story:
    """What was told in one trace, and when each request ended."""

    told: list[Told]
    ends: dict[int, datetime]

    def firsts(self) -> list[Told]:
        """The first band of each request."""
        return [told for told in self.told if told.first]

    def later(self, delay: timedelta) -> list[Told]:
        """The first band of each request told so long after its first one; many have ended."""
        begins = {told.request: told.at for told in self.firsts()}
        found: dict[int, Told] = {}
        for told in self.told:
            if told.at >= begins[told.request] + delay:
                found.setdefault(told.request, told)
        return list(found.values())


def foretell(on: Scene, kind: Share, after: datetime | None = None) -> Story:
    """Run a trace to its end."""
    teller = Foreteller(on, kind, after)
    try:
        World(on.recalls, teller, on.library()).run()
        return Story(teller.told, teller.ends())
    finally:
        teller.close()


def _print(what: str, bands: Sequence[Told], ends: dict[int, datetime]) -> float:
    held = sum(told.held(ends) for told in bands) / len(bands)
    wide = median((told.high - told.low).total_seconds() for told in bands) / 3600
    waited = median((ends[told.request] - told.at).total_seconds() for told in bands) / 3600
    print(
        f"{what:<40}{len(bands):8}{held:12.3f}{waited:12.2f}{wide:12.2f}"
        f"  {'holds' if LOW <= held <= HIGH else 'MISSED'}",
        flush=True,
    )
    return held


def main() -> None:
    """Both traces, and all together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eta", description=__doc__)
    parser.add_argument("--trace", default="mod,burst", help="one after the other in one house")
    parser.add_argument("--policy", default="fair", choices=get_args(Share))
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    print(f"goal: {LOW:.0%} to {HIGH:.0%} of the requests end inside their 80 % band")
    print(f"{'':40}{'requests':>8}{'inside':>12}{'waited h':>12}{'band h':>12}")
    firsts, after = [], None
    with house() as dsn:
        for trace in wanted.trace.split(","):
            on = scene(trace, wanted.seed, PROFILE, DRIVES, lambda: dsn)
            story = foretell(on, wanted.policy, after)
            firsts += [told.held(story.ends) for told in story.firsts()]
            _print(f"{trace}, first band", story.firsts(), story.ends)
            _print(f"{trace}, an hour later", story.later(HOUR), story.ends)
            _print(f"{trace}, whenever somebody looks", story.told, story.ends)
            after = max(story.ends.values()) + timedelta(days=1)
    print(f"{'all, first band':<40}{len(firsts):8}{sum(firsts) / len(firsts):12.3f}")


if __name__ == "__main__":
    main()
