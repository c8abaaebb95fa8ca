import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.staging.planner.drive import PROFILES
from waystation.domains.staging.planner.estimate import guessed_runs, locate_total_s, service_s
from waystation.domains.staging.planner.totals import TapeTotals, gather
from waystation.domains.staging.planner.usage import IDLE_S, Usage, charge, decay, weights

L9 = PROFILES["L9"]

rows = st.lists(
    st.tuples(
        st.sampled_from(["T1", "T2", "T3"]),
        st.sampled_from(["ana", "ben"]),
        st.integers(0, 10**12),
        st.floats(0, 1e9),
    ),
    max_size=60,
)


@given(rows)
def test_totals_are_the_sums_of_what_was_added(recalls):
    totals = gather(recalls)
    assert set(totals) == {row[0] for row in recalls}
    for name, one in totals.items():
        mine = [row for row in recalls if row[0] == name]
        assert one.files == len(mine)
        assert one.bytes == sum(row[2] for row in mine)
        assert one.oldest_s == min(row[3] for row in mine)
        assert one.arrival_sum_s == pytest.approx(sum(row[3] for row in mine))
        assert sum(own.files for own in one.by_owner.values()) == one.files
        assert sum(own.bytes for own in one.by_owner.values()) == one.bytes


@given(rows, st.floats(1, 1e6))
def test_owners_are_charged_the_whole_list_between_them(recalls, extra):
    for one in gather(recalls).values():
        took = one.bytes / L9.rate_bytes_s + extra
        assert sum(one.drive_seconds(took, L9).values()) == pytest.approx(took)


def test_a_plans_time_is_used_until_another_file_comes():
    totals = TapeTotals("T")
    totals.add(owner="ana", length=10**9, at_s=0.0)
    totals.planned_s = 77.0
    assert totals.service_s(L9) == 77.0
    totals.add(owner="ana", length=10**9, at_s=1.0)
    assert totals.service_s(L9) != 77.0


def test_where_order_cannot_be_made_the_list_takes_longer():
    ours, blocks = TapeTotals("T"), TapeTotals("T", serpentine=False)
    for totals in (ours, blocks):
        for _ in range(100):
            totals.add(owner="ana", length=10**9, at_s=0.0)
    assert blocks.service_s(L9) > 1.2 * ours.service_s(L9)


# Mean locating of planned lists of scattered files, measured with `plan` on LTO-9.
@pytest.mark.parametrize(
    ("runs", "serpentine", "block"),
    [(4, 132, 152), (30, 481, 945), (98, 1320, 3154), (365, 4321, 9955), (1050, 11482, 17280)],
)
def test_estimates_come_near_planned_lists(runs, serpentine, block):
    assert locate_total_s(runs, L9, serpentine=True) == pytest.approx(serpentine, rel=0.2)
    assert locate_total_s(runs, L9, serpentine=False) == pytest.approx(block, rel=0.25)


def test_hidden_positions_are_guessed_from_the_number_of_files():
    assert guessed_runs(4) == 4
    assert guessed_runs(1000) == 258
    assert service_s(1000, 2e12, L9) < service_s(1000, 2e12, L9, runs=900)
    assert locate_total_s(0, L9, serpentine=True) == 0.0


def test_use_is_forgotten_by_halves():
    usage = decay(Usage(0.0, {"ana": 100.0, "ben": 1e-6}), 7200.0, 7200.0)
    assert usage == Usage(7200.0, {"ana": 50.0})
    assert decay(usage, 3600.0, 7200.0) is usage


def test_a_correction_never_goes_below_nothing():
    usage = charge(Usage(5.0, {"ana": 10.0}), {"ana": -30.0, "ben": 7.0})
    assert usage == Usage(5.0, {"ana": 0.0, "ben": 7.0})


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_who_used_more_weighs_less(a, b):
    told = weights(Usage(0.0, {"a": a, "b": b}), {"a", "b", "new"}, {})
    assert told["new"] == 1.0
    assert 0.0 < told["a"] <= 1.0
    if a > b:
        assert told["a"] <= told["b"]


def test_a_share_of_four_may_use_four_times_as_much():
    used = Usage(0.0, {"ana": 4 * IDLE_S, "ben": IDLE_S})
    told = weights(used, {"ana", "ben"}, {"ana": 4.0})
    assert told["ana"] == told["ben"]
