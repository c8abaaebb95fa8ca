"""When the tapes of a request will be served: the queue run forward, with a band of error."""

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, log
from typing import Final

from waystation.domains.staging.planner.choice import Choice, Policy, choose, rank
from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.totals import TapeTotals
from waystation.domains.staging.planner.usage import Usage, charge, decay

EXACT_PICKS: Final = 48
"""Choices followed one by one; those far off are taken many at a time."""
ROUNDS: Final = 16
"""In how many rounds about: the cost stays below a second for thousands of tapes."""
COVERAGE: Final = 0.8
FEW: Final = 20
"""With fewer past errors than this the prior is used instead."""
KEPT: Final = 1000
"""Errors remembered. Those of one busy hour go together, so a few hundred are too few (73 % held
instead of 80 on the moderate trace of TapeBench; 76 % with these)."""
ALIKE: Final = 300
"""Of those, the errors of waits as long as the one to be told (fewer are noise: of the first
forecasts in TapeBench's burst 68 % held with 100, 74 % with 300)."""
PRIOR: Final = (0.6, 2.0)
"""Band before anything was learnt, as actual / predicted: people who come later delay those who
came before far more often than they help them. Our own estimate."""


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


@dataclass(frozen=True, slots=True)
class Band:
    """An expected moment and the interval that should hold it four times out of five."""

    expected_s: float
    low_s: float
    high_s: float


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


@dataclass(frozen=True, slots=True, order=True)
class Lesson:
    """How one forecast went; sorts by the wait that was predicted.

    Attributes:
        log_wait: log of the predicted wait in seconds.
        log_ratio: log of the actual over the predicted wait.
    """

    log_wait: float
    log_ratio: float


def lesson(*, predicted_s: float, actual_s: float) -> Lesson:
    """Waits below a second are taken as a second: a ratio of nothing says nothing."""
    predicted = max(1.0, predicted_s)
    return Lesson(log(predicted), log(max(1.0, actual_s) / predicted))


def alike(lessons: Sequence[Lesson], wait_s: float) -> list[float]:
    """Log ratios of the `ALIKE` lessons, sorted as they are, whose waits come next to this one.

    Long waits are told better than short ones (much of the queue evens out), so that errors are
    taken from waits like it: localised conformal prediction.
    """
    place = bisect_left(lessons, log(max(1.0, wait_s)), key=lambda each: each.log_wait)
    first = max(0, min(place - ALIKE // 2, len(lessons) - ALIKE))
    return [each.log_ratio for each in lessons[first : first + ALIKE]]


def band(expected_s: float, *, now_s: float, log_ratios: Sequence[float]) -> Band:
    """The interval around an expected moment, from how predictions went before.

    Split-conformal prediction (Vovk, Gammerman and Shafer 2005): the quantiles of the past ratios
    at ranks that hold the next one with at least 80 % chance, if past and next are alike.
    """
    wait = max(0.0, expected_s - now_s)
    if len(log_ratios) < FEW:
        low, high = PRIOR
    else:
        ranked, count = sorted(log_ratios), len(log_ratios)
        tail = (1.0 - COVERAGE) / 2.0
        first = max(0, floor(tail * (count + 1)) - 1)
        last = min(count - 1, ceil((1.0 - tail) * (count + 1)) - 1)
        low, high = exp(ranked[first]), exp(ranked[last])
    return Band(expected_s, now_s + wait * min(low, 1.0), now_s + wait * max(high, 1.0))
