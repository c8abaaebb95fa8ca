import heapq
import random
from dataclasses import replace

import pytest

from waystation.domains.staging.planner.choice import Policy, Window, choose, rank
from waystation.domains.staging.planner.drive import PROFILES
from waystation.domains.staging.planner.totals import TapeTotals, gather
from waystation.domains.staging.planner.usage import Usage

L9 = PROFILES["L9"]
HOUR = 3600.0
EFFICIENT = Policy(kind="efficiency")
FAIR = Policy(kind="fair")


def tape(name, files, *, owner="ana", at_s=0.0, length=2 * 10**9, **facts):
    totals = TapeTotals(name, **facts)
    for _ in range(files):
        totals.add(owner=owner, length=length, at_s=at_s)
    return totals


def pick(totals, *, policy=EFFICIENT, usage=None, now_s=0.0, slots=1, **more):
    chosen = choose(
        totals, usage=usage or Usage(), policy=policy, drive=L9, now_s=now_s, slots=slots, **more
    )
    return [choice.tape for choice in chosen]


def test_many_short_files_go_before_few_long_ones():
    few, many = tape("few", 10, length=20 * 10**9), tape("many", 100)
    assert pick([few, many], slots=2) == ["many", "few"]


def test_age_outweighs_rate_in_time():
    old, fresh = tape("old", 5, at_s=0.0), tape("fresh", 30, at_s=20 * HOUR)
    assert pick([old, fresh], now_s=20 * HOUR) == ["old"]
    assert pick(
        [replace(old, oldest_s=20 * HOUR, arrival_sum_s=100 * HOUR), fresh], now_s=20 * HOUR
    ) == ["fresh"]


def test_a_tape_already_mounted_saves_its_mount():
    there, away = tape("there", 5, mounted=True), tape("away", 6)
    assert pick([there, away]) == ["there"]


def test_a_choice_tells_the_mount_apart_from_the_service():
    here, away = tape("here", 5, mounted=True), tape("away", 5)
    chosen = choose([here, away], usage=Usage(), policy=EFFICIENT, drive=L9, now_s=0.0, slots=2)
    assert [c.mount_s for c in chosen] == [0.0, L9.mount_cycle_s()]
    assert chosen[0].service_s == chosen[1].service_s


def test_a_working_tape_and_an_empty_list_are_not_chosen():
    assert pick([tape("busy", 9, busy=True), TapeTotals("empty")], slots=5) == []


def test_the_rank_begins_with_the_guard_and_then_follows_the_scores():
    late, small, many = tape("late", 1, at_s=-30 * HOUR), tape("small", 3), tape("many", 90)
    ranked = rank(
        [small, late, many, tape("busy", 9, busy=True)],
        usage=Usage(),
        policy=EFFICIENT,
        drive=L9,
        now_s=0.0,
    )
    assert [choice.tape for choice in ranked] == ["late", "many", "small"]
    assert pick([small, late, many], slots=3) == ["late", "many", "small"]


def test_nothing_is_chosen_twice():
    totals = [tape(f"T{n}", n + 1) for n in range(5)]
    assert sorted(pick(totals, slots=9)) == [f"T{n}" for n in range(5)]


def test_the_guard_goes_before_any_rate_and_says_so():
    old, many = tape("old", 1, at_s=0.0), tape("many", 5000, at_s=25 * HOUR)
    chosen = choose(
        [old, many], usage=Usage(), policy=EFFICIENT, drive=L9, now_s=25 * HOUR, slots=1
    )
    assert chosen[0].tape == "old"
    assert chosen[0].reason == "oldest waits 25 h, longer than the guard of 24 h"


def test_reasons_are_words():
    reasons = [
        choose([totals], usage=Usage(), policy=policy, drive=L9, now_s=0.0, slots=1)[0].reason
        for totals, policy in (
            (tape("A", 1), EFFICIENT),
            (tape("B", 1200), FAIR),
            (tape("C", 2, mounted=True), FAIR),
        )
    ]
    assert reasons == [
        "best rate: 1 file in about 5 min",
        "best rate by fair share: 1,200 files in about 3 h",
        "already mounted: 2 files in about 77 s",
    ]


def test_fair_share_prefers_who_used_little():
    heavy, light = tape("heavy", 400, owner="ana"), tape("light", 40, owner="ben")
    used = Usage(0.0, {"ana": 40 * HOUR, "ben": 0.0})
    assert pick([heavy, light], policy=FAIR) == ["heavy"]
    assert pick([heavy, light], policy=FAIR, usage=used) == ["light"]
    assert pick([heavy, light], policy=EFFICIENT, usage=used) == ["heavy"]


def test_a_share_lets_an_owner_use_more():
    one, two = tape("one", 50, owner="ana"), tape("two", 50, owner="ben")
    used = Usage(0.0, {"ana": 4 * HOUR, "ben": 3 * HOUR})
    assert pick([one, two], policy=FAIR, usage=used) == ["two"]
    assert pick([one, two], policy=replace(FAIR, shares={"ana": 10.0}), usage=used) == ["one"]


def test_several_free_drives_do_not_all_go_to_one_owner():
    totals = [tape(f"A{n}", 100, owner="ana") for n in range(8)]
    totals.append(tape("B", 60, owner="ben"))
    assert "B" in pick(totals, policy=FAIR, slots=2)
    assert "B" not in pick(totals, policy=EFFICIENT, slots=2)


def test_beyond_the_mount_budget_only_what_is_worth_it_is_mounted():
    policy = replace(EFFICIENT, mounts_per_day=10, window=Window(bytes=100e9, wait_s=HOUR))
    small, big = tape("small", 5, at_s=100.0), tape("big", 60, at_s=100.0)
    there = tape("there", 1, mounted=True, at_s=100.0)
    totals = [small, big, there]
    assert len(pick(totals, policy=policy, now_s=200.0, slots=3, mounts_last_day=0)) == 3
    assert set(pick(totals, policy=policy, now_s=200.0, slots=3, mounts_last_day=10)) == {
        "big",
        "there",
    }
    assert "small" in pick([small], policy=policy, now_s=4000.0, mounts_last_day=10)


def test_the_longest_list_is_begun_in_time():
    long = tape("long", 100, length=40 * 10**9)
    short = [tape(f"S{n}", 50) for n in range(4)]
    many = [tape(f"S{n}", 50) for n in range(4_000)]
    assert pick([long, *short], drives=2) == ["long"]
    assert pick([long, *short]) != ["long"]
    assert pick([long, *many], drives=2) != ["long"], "there is time enough"


def serve(arrivals, policy, drives):
    """All waits when lists take what the estimate tells: (waits, longest list)."""
    waiting, usage, waits, longest = {}, Usage(), [], 0.0
    free, pending = [0.0] * drives, sorted(arrivals)
    while pending or waiting:
        now = heapq.heappop(free)
        if not waiting:
            now = max(now, pending[0][0])
        while pending and pending[0][0] <= now:
            at, name, owner = pending.pop(0)
            waiting.setdefault(name, []).append((name, owner, 2 * 10**9, at))
        totals = gather(row for rows in waiting.values() for row in rows)
        chosen = choose(
            totals.values(),
            usage=usage,
            policy=policy,
            drive=L9,
            now_s=now,
            slots=1,
            drives=drives,
        )[0]
        took = chosen.service_s + L9.mount_cycle_s()
        longest = max(longest, took)
        waits += [now + took - at for _, _, _, at in waiting.pop(chosen.tape)]
        heapq.heappush(free, now + took)
    return waits, longest


@pytest.mark.parametrize("kind", ["fair", "efficiency"])
def test_nobody_waits_much_longer_than_the_guard(kind):
    """A big owner keeps asking for the popular tapes; one file lies on a tape nobody else wants.

    After the guard it goes to the next free drive: longest wait <= guard + longest list.
    """
    draw = random.Random(3)
    flood = [(draw.uniform(0, 40 * HOUR), f"P{draw.randrange(12)}", "ana") for _ in range(20_000)]
    lonely = [(100.0, "lonely", "ana")]
    guarded, longest = serve(flood + lonely, Policy(kind=kind, guard_s=4 * HOUR), drives=2)
    assert max(guarded) <= 4 * HOUR + 2 * longest
    unguarded, _ = serve(flood + lonely, Policy(kind=kind, guard_s=1e9, tau_s=1e9), drives=2)
    assert max(unguarded) > max(guarded)
