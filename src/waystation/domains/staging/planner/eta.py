"""When the tapes of a request will be served: the queue run forward."""

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from waystation.domains.staging.planner.choice import Choice, Policy, choose, rank
from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.totals import TapeTotals
from waystation.domains.staging.planner.usage import Usage, charge, decay

EXACT_PICKS: Final = 48
"""Choices followed one by one; those far off are taken many at a time."""
ROUNDS: Final = 16
"""In how many rounds about: the cost stays below a second for thousands of tapes."""


@dataclass(frozen=True, slots=True)
class Span:
    """When a tape's list begins (with its mount), is loaded and ends, as the clock tells."""

    begins_s: float
    loaded_s: float
    ends_s: float

    def reached_s(self, share: float) -> float:
        """When this share of the list has been read, 0..1."""
        return self.loaded_s + share * (self.ends_s - self.loaded_s)

    def after(self, moment_s: float) -> "Span":
        """The same when the tape's running list ends only then: it is in its drive already."""
        if self.begins_s >= moment_s:
            return self
        return Span(moment_s, moment_s, moment_s + self.ends_s - self.loaded_s)


def last_of(mine: int, files: int) -> float:
    """Where in a list the last of `mine` of its `files` files stands, as a share of the list.

    The expected largest of `mine` places drawn without putting back: their order is not known yet.
    """
    return min(1.0, mine * (files + 1) / ((mine + 1) * files)) if files else 1.0


def forecast(
    totals: Iterable[TapeTotals],
    *,
    usage: Usage,
    policy: Policy,
    drive: DriveModel,
    now_s: float,
    busy_until_s: Sequence[float],
) -> dict[str, Span]:
    """When each waiting tape will be served if nothing more comes.

    `busy_until_s` has one moment for each drive (or recall slot): when it will be free; a moment
    gone by means now. Tapes whose list is running do not appear.
    """
    waiting = {t.tape: t for t in totals if t.files and not t.busy}
    free = [max(now_s, at) for at in busy_until_s]
    heapq.heapify(free)
    spans: dict[str, Span] = {}
    while waiting and free:
        at = free[0]
        facts = _Facts(decay(usage, at, policy.half_life_s), policy, drive, len(free))
        next_ones = _next(waiting.values(), facts, at, exact=len(spans) < EXACT_PICKS)
        if not next_ones:
            break  # the mount budget holds the rest back; nobody can say until when
        for choice in next_ones:
            totals_of = waiting.pop(choice.tape)
            begins = free[0]
            loaded = begins + choice.mount_s
            ends = loaded + choice.service_s
            heapq.heapreplace(free, ends)
            spans[choice.tape] = Span(begins, loaded, ends)
            usage = charge(
                decay(usage, begins, policy.half_life_s),
                totals_of.drive_seconds(choice.service_s, drive),
            )
    return spans


@dataclass(frozen=True, slots=True)
class _Facts:
    usage: Usage
    policy: Policy
    drive: DriveModel
    drives: int


def _next(
    waiting: Collection[TapeTotals], facts: _Facts, at_s: float, *, exact: bool
) -> list[Choice]:
    """The next tape as it will be chosen at `at_s`, or the next many as they rank then."""
    if exact:
        return choose(
            waiting,
            usage=facts.usage,
            policy=facts.policy,
            drive=facts.drive,
            now_s=at_s,
            slots=1,
            drives=facts.drives,
        )
    ranked = rank(waiting, usage=facts.usage, policy=facts.policy, drive=facts.drive, now_s=at_s)
    return ranked[: max(EXACT_PICKS, len(ranked) // ROUNDS)]
