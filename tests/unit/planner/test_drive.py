import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.staging.planner.drive import PROFILES, locate_s, wrap_and_length
from waystation_sim import library

L9 = PROFILES["L9"]
WRAP = L9.capacity_bytes / L9.wraps

positions = st.floats(0, L9.capacity_bytes)


def test_mean_locate_from_the_beginning_is_the_published_45_s():
    draw = random.Random(1)
    mean = fmean(locate_s(L9, 0, draw.uniform(0, L9.capacity_bytes)) for _ in range(20_000))
    assert mean == pytest.approx(45.0, abs=1.0)


def test_mean_rewind_is_the_published_55_s_and_three_times_that_after_much_was_moved():
    assert L9.rewind_s(0.5, 1e9) == 55.0
    assert L9.rewind_s(0.5, 20e9) == 110.0
    assert L9.rewind_s(0.5, 1e12) == 165.0


def test_a_mount_cycle_costs_what_the_sources_add_up_to():
    assert L9.mount_cycle_s() == pytest.approx(165 + 30 + 13.3 + 17, abs=0.1)


def test_wraps_run_out_and_back():
    ends = L9.wrap_ends()
    assert wrap_and_length(ends, 0) == (0, 0.0)
    assert wrap_and_length(ends, WRAP / 4) == (0, pytest.approx(0.25))
    assert wrap_and_length(ends, WRAP * 1.25) == (1, pytest.approx(0.75))
    assert wrap_and_length(ends, L9.capacity_bytes) == (L9.wraps - 1, pytest.approx(0.0))
    assert wrap_and_length(ends, L9.capacity_bytes * 2)[0] == L9.wraps - 1


def test_a_short_gap_is_read_through_and_a_step_back_is_dear():
    assert locate_s(L9, 1e9, 1.4e9) == pytest.approx(1.0)
    assert locate_s(L9, 1e9, 1e9) == 0.0
    assert locate_s(L9, 1.4e9, 1e9) > L9.base_s + L9.step_back_s


@given(positions, positions)
def test_locating_is_never_negative_and_never_longer_than_all_terms_together(a, b):
    most = L9.base_s + L9.full_seek_s + L9.wrap_s + L9.band_s + L9.direction_s + L9.step_back_s
    assert 0.0 <= locate_s(L9, a, b) <= most


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_agrees_with_the_simulated_drive(name):
    """Two people wrote the same physics from the same sources; the benchmark relies on it."""
    drive, draw = PROFILES[name], random.Random(2)
    for _ in range(2_000):
        a = draw.uniform(0, drive.capacity_bytes)
        b = draw.choice([draw.uniform(0, drive.capacity_bytes), a + draw.uniform(-3e10, 3e10)])
        b = min(max(b, 0.0), drive.capacity_bytes)
        theirs = library.locate_s(library.PROFILES[name], a, b)
        assert locate_s(drive, a, b) == pytest.approx(theirs, abs=1e-6)
    assert drive.load_s == library.PROFILES[name].load_s
    assert drive.unload_s == library.PROFILES[name].unload_s
