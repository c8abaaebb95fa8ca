import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.planner.lists import block, cycle_s, in_runs, scattered
from waystation.domains.staging.planner.drive import PROFILES
from waystation.domains.staging.planner.plan import Plan, plan
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.planner.trust import (
    ENOUGH,
    ZONES,
    Step,
    Trust,
    observe,
    on_time,
    steps_of,
    zone_of,
)

L9 = PROFILES["L9"]


def real_wraps(*, scale, jitter, seed):
    """A cartridge whose wraps hold more or less than assumed, each a little different."""
    draw, size, end, ends = random.Random(seed), L9.capacity_bytes / L9.wraps, 0.0, []
    while len(ends) < L9.wraps or end < L9.capacity_bytes:
        end += size * (1.0 + scale) * max(0.2, 1.0 + draw.gauss(0, jitter))
        ends.append(end)
    return tuple(ends)


def recalls(extents_of, ends, lists):
    """Serve lists from one cartridge, learning as we go; (method, time, block order's time)."""
    trust, served = Trust(), []
    for number in range(lists):
        extents = extents_of(number)
        made = plan(
            extents, head=None, drive=L9, geometry=trust.geometry(extents, L9), effort=10_000
        )
        times, whole = cycle_s(extents, made.order, L9, ends)
        _, plain = cycle_s(extents, block(extents), L9, ends)
        served.append((made.method, whole, plain))
        read = [extents[index] for index in made.order]
        trust = observe(trust, steps_of(read, times, head=0, drive=L9), L9)
    return served


@given(
    scale=st.one_of(st.floats(-0.2, 0.2), st.floats(-0.003, 0.003)),
    jitter=st.one_of(st.just(0.0), st.floats(0.0, 0.05), st.floats(0.0, 0.004)),
    count=st.integers(5, 300),
    run=st.sampled_from([1, 1, 3, 20]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_never_worse_than_block_order_whatever_the_cartridge_is_like(
    scale, jitter, count, run, seed
):
    ends = real_wraps(scale=scale, jitter=jitter, seed=seed)
    served = recalls(lambda number: in_runs(count, seed + number, run=run), ends, 4)
    for _, whole, plain in served:
        assert whole <= 1.01 * plain


def test_a_cartridge_as_assumed_is_trusted_from_the_second_list_on():
    ends = L9.wrap_ends()
    served = recalls(lambda number: scattered(200, number), ends, 3)
    assert [method for method, _, _ in served] == ["block order", "serpentine", "serpentine"]
    assert all(whole < 0.6 * plain for _, whole, plain in served[1:])


def test_a_cartridge_two_percent_off_is_not():
    ends = real_wraps(scale=0.02, jitter=0.0, seed=1)
    served = recalls(lambda number: scattered(200, number), ends, 4)
    assert {method for method, _, _ in served} == {"block order"}


def zone_steps(count, *, ratio, zone=0):
    at = int((zone + 0.5) / ZONES * L9.capacity_bytes)
    return [Step(at, at, 20.0, 20.0 * ratio)] * count


def test_trust_is_for_the_zones_that_were_seen():
    trust = observe(Trust(), zone_steps(ENOUGH, ratio=1.0), L9)
    near, far = Extent(0, 10**9, 10**9), Extent(1, int(0.9 * L9.capacity_bytes), 10**9)
    assert trust.geometry([near], L9).trusted
    assert not trust.geometry([near, far], L9).trusted
    assert trust.geometry([near], L9).error == 0.0
    assert trust.geometry([near, far], L9).error == 1.0


def test_between_the_two_errors_nothing_changes():
    """20 % is too much to begin to believe, and too little to stop."""
    assert not observe(Trust(), zone_steps(50, ratio=1.2), L9).zones[0].trusted
    believed = observe(Trust(), zone_steps(ENOUGH, ratio=1.0), L9)
    assert observe(believed, zone_steps(400, ratio=1.2), L9).zones[0].trusted


def test_doubt_ends_trust_and_more_is_asked_the_second_time():
    trust = observe(Trust(), zone_steps(ENOUGH, ratio=1.0), L9)
    trust = observe(trust, zone_steps(60, ratio=2.0), L9)
    assert not trust.zones[0].trusted
    assert trust.zones[0].doubted
    after = observe(Trust((trust.zones[0].__class__(doubted=True), *trust.zones[1:])), [], L9)
    assert not observe(after, zone_steps(ENOUGH, ratio=1.0), L9).zones[0].trusted
    assert observe(after, zone_steps(3 * ENOUGH, ratio=1.0), L9).zones[0].trusted


def test_old_observations_fade():
    trust = observe(Trust(), zone_steps(2_000, ratio=1.0), L9)
    trust = observe(trust, zone_steps(40, ratio=1.9), L9)
    assert not trust.zones[0].trusted


def test_short_steps_as_short_as_told_say_nothing():
    steps = [Step(0, 1, 1.0, 1.0)] * 500
    assert observe(Trust(), steps, L9) == Trust()


@pytest.mark.parametrize("position", [0, 10**12, 18 * 10**12, 40 * 10**12])
def test_every_position_has_a_zone(position):
    assert 0 <= zone_of(position, L9) < ZONES


def test_a_list_that_falls_behind_its_promise_is_stopped():
    promised = Plan([0, 1], [1000.0, 2000.0], "serpentine", 2000.0)
    assert on_time(promised, 0, 99_999.0)
    assert on_time(promised, 1, 1300.0)
    assert not on_time(promised, 1, 1500.0)
    plain = Plan([0, 1], [1000.0, 2000.0], "block order", 2000.0)
    assert on_time(plain, 1, 9000.0)
