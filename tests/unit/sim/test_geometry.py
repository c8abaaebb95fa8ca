"""The locate model against the published means, and its special cases."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from waystation_sim.library import PROFILES, locate_s, rewind_s

L9 = PROFILES["L9"]
WRAP = L9.wrap_bytes


def anywhere(count, seed=7):
    chance = random.Random(seed)
    return [chance.uniform(0, L9.capacity_bytes) for _ in range(count)]


def test_the_mean_locate_from_the_beginning_is_ibms():
    targets = anywhere(20_000)
    assert sum(locate_s(L9, 0, to) for to in targets) / len(targets) == pytest.approx(45, abs=0.7)


def test_the_mean_locate_between_random_places_is_that_of_the_fit():
    places = anywhere(20_001)
    total = sum(locate_s(L9, a, b) for a, b in pairwise(places))
    assert total / 20_000 == pytest.approx(34.3, abs=0.7)


def test_the_mean_rewind_is_ibms_and_grows_with_the_bytes_moved():
    heads = anywhere(20_000)
    mean = sum(rewind_s(L9, head, 0) for head in heads) / len(heads)
    assert mean == pytest.approx(55, abs=0.7)
    assert rewind_s(L9, WRAP / 2, 4e9) == pytest.approx(55)
    assert rewind_s(L9, WRAP / 2, 6e9) == pytest.approx(110)
    assert rewind_s(L9, WRAP / 2, 60e9) == pytest.approx(165)
    assert rewind_s(replace(L9, archive_unthread=False), WRAP / 2, 60e9) == pytest.approx(55)


def test_the_next_byte_costs_nothing_and_a_small_gap_is_read_through():
    assert locate_s(L9, 5e9, 5e9) == 0
    assert locate_s(L9, 5e9, 5e9 + 400e6) == pytest.approx(1)


def test_stepping_back_on_a_wrap_pays_for_it():
    back = locate_s(L9, 10e9, 9e9)
    assert back == pytest.approx(4.29 + 11.32 + 64.1 * 1e9 / WRAP)
    odd = locate_s(L9, WRAP + 10e9, WRAP + 9e9)
    assert odd == pytest.approx(back)


def test_another_wrap_band_and_direction_are_added_up():
    two_on = locate_s(L9, 1e9, 2 * WRAP + 1e9)
    assert two_on == pytest.approx(4.29 + 6.69)
    next_band = locate_s(L9, 1e9, 70 * WRAP + 1e9)
    assert next_band == pytest.approx(4.29 + 6.69 + 3.2)


def test_no_locate_is_negative_or_dearer_than_reading_through():
    places = anywhere(5_000)
    for a, b in pairwise(places):
        cost = locate_s(L9, a, b)
        assert cost >= 0
        assert b < a or cost <= (b - a) / L9.rate_bytes_s
    middle = WRAP / 2
    assert locate_s(L9, middle - 1, middle + 1) == pytest.approx(0, abs=1e-6)
    assert locate_s(L9, middle + 1e9, middle - 1e9) >= 0


def test_real_wrap_ends_equal_to_the_nominal_ones_change_nothing():
    eowp = [WRAP * (wrap + 1) for wrap in range(L9.wraps)]
    places = anywhere(500)
    for a, b in pairwise(places):
        assert locate_s(L9, a, b, eowp) == pytest.approx(locate_s(L9, a, b), abs=1e-6)


def test_longer_wraps_move_the_turning_points():
    eowp = [WRAP * 1.02 * (wrap + 1) for wrap in range(L9.wraps)]
    assert locate_s(L9, 0, 2 * WRAP, eowp) != pytest.approx(locate_s(L9, 0, 2 * WRAP), abs=1)
