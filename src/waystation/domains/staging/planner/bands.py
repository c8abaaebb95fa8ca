"""How far a forecast may be wrong: bands that should hold four times out of five."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, floor, log
from typing import Final

COVERAGE: Final = 0.8
TAIL: Final = (1.0 - COVERAGE) / 2.0
FEW: Final = 20
"""With fewer past errors than this the prior is used instead."""
KEPT: Final = 1000
"""Errors of each kind that are remembered. Those of one busy hour go together, so a few hundred
are too few (73 % held instead of 80 on the moderate trace of TapeBench; 76 % with these)."""
ALIKE: Final = 300
"""Of those, the errors of waits as long as the one to be told (fewer are noise: of the first
forecasts in TapeBench's burst 68 % held with 100, 74 % with 300)."""
PRIOR: Final = (0.6, 2.0)
"""Band before anything was learnt, as actual / predicted: people who come later delay those who
came before far more often than they help them. Our own estimate."""
FRESH_S: Final = 600.0
"""So long the forecast of a request is a first one: what comes with it is still coming. Later ones
go wrong by half as much (TapeBench's burst: bands of 13 h where those of first ones are 24)."""
GROWING_S: Final = 1_200.0
"""Forecasts made first since then show whether the queue grows."""
MOST_GROWTH: Final = 10.0
"""A growth of which nothing is known but that it lasts goes on for nine times as long as it has
lasted in one case of ten (Gott 1993, Nature 363, 315): further than that is no forecast."""


@dataclass(frozen=True, slots=True)
class Band:
    """An expected moment and the interval that should hold it four times out of five."""

    expected_s: float
    low_s: float
    high_s: float


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


@dataclass(frozen=True, slots=True)
class Past:
    """What forecasts are measured by.

    Attributes:
        first: how first forecasts of requests went, sorted.
        later: how later ones of them went, sorted.
        growth: by how much the waits first told in the last minutes have grown; 1 is not at all.
    """

    first: Sequence[Lesson] = field(default_factory=tuple)
    later: Sequence[Lesson] = field(default_factory=tuple)
    growth: float = 1.0

    def band(self, expected_s: float, *, now_s: float, fresh: bool) -> Band:
        """The band of a forecast of a request that has just come (`fresh`), or of an older one."""
        lessons = self.first if fresh or len(self.later) < FEW else self.later
        ratios = alike(lessons, expected_s - now_s)
        return band(
            expected_s, now_s=now_s, log_ratios=ratios, growth=self.growth if fresh else 1.0
        )


def growth(moved: Iterable[Lesson]) -> float:
    """How far a wait told now may grow as those told in the last minutes have: their upper end.

    While everybody comes at once the queue is a small part of what it will be, and nothing of the
    past says so; what has become of the forecasts of those who came just before does.
    """
    ratios = sorted(each.log_ratio for each in moved)
    if len(ratios) < FEW:
        return 1.0
    return min(MOST_GROWTH, max(1.0, exp(ratios[_place(1.0 - TAIL, len(ratios))])))


def alike(lessons: Sequence[Lesson], wait_s: float) -> list[float]:
    """Log ratios of the `ALIKE` lessons, sorted as they are, whose waits come next to this one.

    Long waits are told better than short ones (much of the queue evens out), so that errors are
    taken from waits like it: localised conformal prediction.
    """
    place = bisect_left(lessons, log(max(1.0, wait_s)), key=lambda each: each.log_wait)
    first = max(0, min(place - ALIKE // 2, len(lessons) - ALIKE))
    return [each.log_ratio for each in lessons[first : first + ALIKE]]


def band(
    expected_s: float, *, now_s: float, log_ratios: Sequence[float], growth: float = 1.0
) -> Band:
    """The interval around an expected moment, from how predictions went before.

    Split-conformal prediction (Vovk, Gammerman and Shafer 2005): the quantiles of the past ratios
    at ranks that hold the next one with at least 80 % chance, if past and next are alike. Where
    the queue grows they are not, and the upper end goes as far as that.
    """
    wait = max(0.0, expected_s - now_s)
    if len(log_ratios) < FEW:
        low, high = PRIOR
    else:
        ranked = sorted(log_ratios)
        low, high = (exp(ranked[_place(tail, len(ranked))]) for tail in (TAIL, 1.0 - TAIL))
    return Band(expected_s, now_s + wait * min(low, 1.0), now_s + wait * max(high, growth, 1.0))


def _place(tail: float, count: int) -> int:
    """Of the quantile in so many sorted values, to the safe side."""
    if tail < 0.5:  # noqa: PLR2004 - the lower half
        return max(0, floor(tail * (count + 1)) - 1)
    return min(count - 1, ceil(tail * (count + 1)) - 1)
