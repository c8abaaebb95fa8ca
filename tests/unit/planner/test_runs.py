from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.staging.planner.runs import Extent, coalesce

extents = st.lists(st.tuples(st.integers(0, 10**13), st.integers(1, 10**11)), max_size=40).map(
    lambda rows: [Extent(n, start, length) for n, (start, length) in enumerate(rows)]
)


@given(extents, st.integers(0, 10**11))
def test_runs_hold_every_extent_once_and_are_apart(given_extents, gap):
    runs = coalesce(given_extents, gap)
    assert sorted(runs.expand(range(len(runs)))) == list(range(len(given_extents)))
    for run in range(len(runs)):
        inside = [given_extents[i] for i in runs.order[runs.cuts[run] : runs.cuts[run + 1]]]
        assert runs.starts[run] == min(e.start for e in inside)
        assert runs.ends[run] == max(e.start + e.length for e in inside)
        if run:
            assert runs.starts[run] - runs.ends[run - 1] > gap


def test_files_written_one_after_the_other_make_one_run():
    extents = [Extent(2, 200, 100), Extent(0, 0, 100), Extent(1, 100, 100), Extent(3, 900, 5)]
    runs = coalesce(extents, 0)
    assert (runs.starts, runs.ends) == ([0, 900], [300, 905])
    assert runs.expand([1, 0]) == [3, 1, 2, 0]


def test_a_file_asked_twice_stays_in_its_run():
    runs = coalesce([Extent(0, 0, 100), Extent(1, 0, 100), Extent(2, 50, 10)], 0)
    assert (runs.starts, runs.ends) == ([0], [100])
