import random
from math import log

import pytest

from waystation.domains.staging.planner.bands import (
    ALIKE,
    FEW,
    KEPT,
    MOST_GROWTH,
    PRIOR,
    Past,
    alike,
    band,
    growth,
    lesson,
)


def test_the_band_is_wide_until_something_was_learnt():
    found = band(1_100.0, now_s=100.0, log_ratios=[])
    assert (found.low_s, found.high_s) == (100.0 + 1000 * PRIOR[0], 100.0 + 1000 * PRIOR[1])


def test_the_band_holds_four_waits_of_five():
    draw, past, held = random.Random(4), [], 0
    rounds = 2_000
    for number in range(rounds + FEW):
        actual = 1000.0 * draw.lognormvariate(0.2, 0.4)
        if number >= FEW:
            found = band(1000.0, now_s=0.0, log_ratios=alike(past[-KEPT:], 1000.0))
            held += found.low_s <= actual <= found.high_s
        past.append(lesson(predicted_s=1000.0, actual_s=actual))
    assert 0.78 <= held / rounds <= 0.88


def test_errors_are_taken_from_waits_alike():
    draw = random.Random(5)
    short = [(draw.uniform(100, 500), 4.0) for _ in range(KEPT // 2)]
    long = [(draw.uniform(30_000, 50_000), 1.0) for _ in range(KEPT // 2)]
    past = sorted(lesson(predicted_s=p, actual_s=p * ratio) for p, ratio in short + long)
    for wait_s, ratio in ((1.0, 4.0), (300.0, 4.0), (40_000.0, 1.0), (1e7, 1.0)):
        found = alike(past, wait_s)
        assert len(found) == ALIKE
        assert found == pytest.approx([log(ratio)] * ALIKE)
    assert len(alike(past[:FEW], 300.0)) == FEW
    assert alike([], 300.0) == []


def test_the_band_always_holds_the_expected_moment():
    late = [1.0] * 50
    found = band(1_000.0, now_s=0.0, log_ratios=late)
    assert found.low_s <= found.expected_s <= found.high_s


def test_a_moment_gone_by_means_now():
    found = band(50.0, now_s=100.0, log_ratios=[])
    assert (found.low_s, found.high_s) == (100.0, 100.0)


def lessons(ratio, count=200, wait_s=1_000.0):
    return sorted(lesson(predicted_s=wait_s, actual_s=wait_s * ratio) for _ in range(count))


def test_a_first_forecast_and_a_later_one_learn_from_their_own_kind():
    past = Past(lessons(3.0), lessons(1.2))
    first = past.band(1_000.0, now_s=0.0, fresh=True)
    later = past.band(1_000.0, now_s=0.0, fresh=False)
    assert (first.high_s, later.high_s) == pytest.approx((3_000.0, 1_200.0))


def test_without_later_ones_the_first_must_do():
    past = Past(lessons(3.0), lessons(1.2, FEW - 1))
    assert past.band(1_000.0, now_s=0.0, fresh=False).high_s == pytest.approx(3_000.0)


def test_while_the_queue_grows_the_band_of_newcomers_does():
    # Linear growth from nothing: who came at t was told t, and is told `now` now.
    now = 600
    seen = [lesson(predicted_s=t, actual_s=now) for t in range(1, now)]
    factor = growth(seen)
    assert factor == pytest.approx(MOST_GROWTH, rel=0.1)
    past = Past(lessons(1.5), lessons(1.5), factor)
    assert past.band(1_000.0, now_s=0.0, fresh=True).high_s == pytest.approx(1_000.0 * factor)
    assert past.band(1_000.0, now_s=0.0, fresh=False).high_s == pytest.approx(1_500.0)
    assert past.band(1_000.0, now_s=0.0, fresh=True).low_s == pytest.approx(1_000.0)


@pytest.mark.parametrize(
    ("moved", "factor"),
    [(lessons(9.0, FEW - 1), 1.0), (lessons(0.5), 1.0), (lessons(1e6), MOST_GROWTH), ([], 1.0)],
)
def test_growth_has_its_limits(moved, factor):
    assert growth(moved) == factor
