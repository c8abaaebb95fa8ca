import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.planner.lists import block, cycle_s, in_runs, scattered
from waystation.domains.staging.planner.drive import PROFILES, locate_s
from waystation.domains.staging.planner.plan import Geometry, plan
from waystation.domains.staging.planner.runs import Extent

L9 = PROFILES["L9"]
TRUSTED = Geometry(trusted=True)

# Reading plus the assignment-problem bound on locating, by benchmarks.tapebench.bounds.
BOUNDS = [
    (scattered, 100, 1, 1794.4, 1.035),
    (scattered, 300, 2, 4919.3, 1.035),
    (scattered, 1000, 3, 13947.5, 1.035),
    (scattered, 3000, 4, 29783.1, 1.035),
    (in_runs, 100, 1, 616.0, 1.01),
    (in_runs, 300, 2, 1863.7, 1.01),
    (in_runs, 1000, 3, 6157.3, 1.01),
    (in_runs, 3000, 4, 17969.3, 1.01),
]


@pytest.mark.parametrize(("make", "count", "seed", "bound_s", "goal"), BOUNDS)
def test_plans_come_close_to_the_lower_bound(make, count, seed, bound_s, goal):
    made = plan(make(count, seed), head=None, drive=L9, geometry=TRUSTED, unload_after=False)
    assert 0.999 <= made.service_s / bound_s <= goal


@given(
    st.lists(st.tuples(st.integers(0, 17 * 10**12), st.integers(1, 10**11)), max_size=60),
    st.one_of(st.none(), st.integers(0, 17 * 10**12)),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_plan_reads_everything_once_and_tells_the_times_of_its_order(
    rows, head, trusted, unload_after
):
    extents = [Extent(n, start, length) for n, (start, length) in enumerate(rows)]
    made = plan(
        extents,
        head=head,
        drive=L9,
        geometry=Geometry(trusted),
        unload_after=unload_after,
        effort=5_000,
    )
    assert sorted(made.order) == list(range(len(extents)))
    assert made.predicted_s == sorted(made.predicted_s)
    assert made.service_s == (made.predicted_s[-1] if extents else 0.0)
    here, now = head or 0, 0.0
    for index, told in zip(made.order, made.predicted_s, strict=True):
        extent = extents[index]
        now += locate_s(L9, here, extent.start)
        now += extent.length / L9.rate_bytes_s + L9.per_file_s
        assert told == pytest.approx(now)
        here = extent.start + extent.length


@given(st.integers(1, 150), st.integers(0, 10**6), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_never_longer_than_block_order_when_the_geometry_is_right(count, seed, run):
    extents = in_runs(count, seed, run=run)
    made = plan(extents, head=None, drive=L9, geometry=TRUSTED, effort=5_000)
    _, ours = cycle_s(extents, made.order, L9)
    _, plain = cycle_s(extents, block(extents), L9)
    assert ours <= plain + 1e-6


@pytest.mark.parametrize("geometry", [None, Geometry(trusted=False)])
def test_without_trust_in_the_geometry_block_order_is_kept(geometry):
    extents = scattered(200, 7)
    made = plan(extents, head=None, drive=L9, geometry=geometry)
    assert (made.method, made.order) == ("block order", block(extents))


def test_a_small_promise_does_not_outweigh_a_known_error():
    extents = scattered(3000, 4)  # serpentine saves a tenth of the whole, half of the locating
    sure = plan(extents, head=None, drive=L9, geometry=TRUSTED, effort=0)
    unsure = plan(extents, head=None, drive=L9, geometry=Geometry(True, error=0.9), effort=0)
    assert (sure.method, unsure.method) == ("serpentine", "block order")


def test_real_wrap_ends_change_the_plan_and_pay():
    size = L9.capacity_bytes / L9.wraps
    real = tuple(size * 0.97 * (wrap + 1) for wrap in range(L9.wraps + 9))
    extents = scattered(300, 8)
    assumed = plan(extents, head=None, drive=L9, geometry=TRUSTED)
    informed = plan(extents, head=None, drive=L9, geometry=Geometry(True, real))
    assert (
        cycle_s(extents, informed.order, L9, real)[1]
        < 0.8 * (cycle_s(extents, assumed.order, L9, real)[1])
    )


def test_counting_the_rewind_frees_the_drive_sooner():
    saved = []
    for seed in range(5):
        extents = scattered(100, seed)
        short = plan(extents, head=None, drive=L9, geometry=TRUSTED, unload_after=False)
        whole = plan(extents, head=None, drive=L9, geometry=TRUSTED)
        saved.append(cycle_s(extents, short.order, L9)[1] - cycle_s(extents, whole.order, L9)[1])
    assert sum(saved) / 5 > 40.0


def test_files_passed_on_the_way_back_are_not_lost():
    """A list served from where the head is now, not from the beginning of the tape."""
    extents = scattered(50, 9)
    middle = int(L9.capacity_bytes / 2)
    made = plan(extents, head=middle, drive=L9, geometry=TRUSTED)
    assert sorted(made.order) == list(range(50))
    assert made.predicted_s[0] < 60.0


def test_an_empty_list_is_an_empty_plan():
    made = plan([], head=None, drive=L9, geometry=TRUSTED)
    assert (made.order, made.predicted_s, made.service_s) == ([], [], 0.0)
