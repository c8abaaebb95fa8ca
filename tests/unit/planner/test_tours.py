import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.planner.lists import in_runs, scattered
from waystation.domains.staging.planner.drive import PROFILES, locate_s
from waystation.domains.staging.planner.layout import Layout
from waystation.domains.staging.planner.repair import Repair
from waystation.domains.staging.planner.runs import coalesce
from waystation.domains.staging.planner.tours import block_order, greedy_edges

L9 = PROFILES["L9"]


def layout_of(extents, *, head=0, rewind_factor=0.0, gap=0):
    return Layout(
        coalesce(extents, gap),
        head=head,
        drive=L9,
        wrap_ends=L9.wrap_ends(),
        rewind_factor=rewind_factor,
    )


@pytest.mark.parametrize("head", [0, 9_000_000_000_000])
def test_flat_costs_are_the_drive_models(head):
    layout = layout_of(scattered(60, 1), head=head)
    for a in range(layout.count + 1):
        for b in range(layout.count):
            if a != b:
                told = locate_s(L9, layout.end_byte[a], layout.start_byte[b])
                assert layout.cost(a, b) == pytest.approx(told, abs=1e-9)


def test_near_starts_are_in_order_and_begin_with_the_nearest_but_for_a_band():
    layout = layout_of(scattered(300, 2))
    near = layout.near_starts(12)
    for node in range(0, layout.count + 1, 7):
        costs = [cost for cost, _ in near[node]]
        assert costs == sorted(costs)
        best = min(layout.cost(node, run) for run in range(layout.count) if run != node)
        assert best <= costs[0] + 1e-9
        assert costs[0] <= best + L9.band_s


@given(st.integers(1, 80), st.integers(0, 10**6), st.booleans())
@settings(max_examples=40, deadline=None)
def test_greedy_and_repair_visit_every_run_once_and_repair_never_worsens(count, seed, runs):
    extents = in_runs(count, seed, run=4) if runs else scattered(count, seed)
    layout = layout_of(extents, rewind_factor=3.0)
    near = layout.near_starts(8)
    first = greedy_edges(layout, near)
    assert sorted(first) == block_order(layout)
    repair = Repair(layout, near, first)
    repair.settle()
    settled = repair.tour
    assert sorted(settled) == block_order(layout)
    assert layout.tour_s(settled) <= layout.tour_s(first) + 1e-6
    repair.shake(3_000, seed)
    assert sorted(repair.tour) == block_order(layout)
    assert layout.tour_s(repair.tour) <= layout.tour_s(settled) + 1e-6


@pytest.mark.parametrize("count", [4, 5, 6, 7])
@pytest.mark.parametrize("rewind_factor", [0.0, 3.0])
def test_small_tours_are_the_best_there_are(count, rewind_factor):
    for seed in range(6):
        layout = layout_of(scattered(count, seed), rewind_factor=rewind_factor)
        near = layout.near_starts(12)
        repair = Repair(layout, near, greedy_edges(layout, near))
        repair.settle()
        repair.shake(2_000 * count)
        best = min(layout.tour_s(order) for order in permutations(range(layout.count)))
        assert layout.tour_s(repair.tour) == pytest.approx(best)


def test_the_same_list_gives_the_same_tour():
    extents = scattered(120, 5)
    tours = []
    for _ in range(2):
        layout = layout_of(extents)
        near = layout.near_starts(12)
        repair = Repair(layout, near, greedy_edges(layout, near))
        repair.settle()
        repair.shake(20_000)
        tours.append(repair.tour)
    assert tours[0] == tours[1]


def test_a_bad_tour_is_repaired():
    layout = layout_of(scattered(200, 6))
    bad = list(range(layout.count))
    random.Random(1).shuffle(bad)
    repair = Repair(layout, layout.near_starts(12), bad)
    repair.settle()
    assert layout.tour_s(repair.tour) < 0.5 * layout.tour_s(bad)
