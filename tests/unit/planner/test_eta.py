import random

import pytest

from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.drive import PROFILES
from waystation.domains.staging.planner.eta import Span, forecast, last_of
from waystation.domains.staging.planner.totals import gather
from waystation.domains.staging.planner.usage import Usage

L9 = PROFILES["L9"]
POLICY = Policy(kind="efficiency")


def queue(tapes, seed=1):
    draw = random.Random(seed)
    return gather(
        (f"T{n:03d}", draw.choice(["ana", "ben"]), 2 * 10**9, draw.uniform(0, 100))
        for n in range(tapes)
        for _ in range(draw.randint(1, 60))
    )


def told(totals, busy_until_s, policy=POLICY, now_s=100.0):
    return forecast(
        totals.values(),
        usage=Usage(),
        policy=policy,
        drive=L9,
        now_s=now_s,
        busy_until_s=busy_until_s,
    )


@pytest.mark.parametrize("tapes", [1, 10, 150])
@pytest.mark.parametrize("kind", ["fair", "efficiency"])
def test_every_waiting_tape_gets_a_span_and_no_drive_does_two_things(tapes, kind):
    totals, drives = queue(tapes), 4
    spans = told(totals, [0.0] * drives, Policy(kind=kind))
    assert set(spans) == set(totals)
    moments = sorted((s.begins_s, 1) for s in spans.values())
    moments += [(s.ends_s, -1) for s in spans.values()]
    running = 0
    for _, change in sorted(moments):
        running += change
        assert running <= drives
    work = sum(s.ends_s - s.begins_s for s in spans.values())
    assert max(s.ends_s for s in spans.values()) >= 100.0 + work / drives


def test_a_drive_that_works_is_waited_for():
    spans = told(queue(1), [5_000.0])
    assert spans["T000"].begins_s == 5_000.0


def test_a_working_tape_is_left_out_and_a_mounted_one_saves_its_mount():
    totals = queue(2)
    totals["T000"].busy = True
    totals["T001"].mounted = True
    spans = told(totals, [0.0])
    assert set(spans) == {"T001"}
    service = totals["T001"].service_s(L9)
    assert spans["T001"].ends_s - spans["T001"].begins_s == pytest.approx(service)


def test_a_share_of_a_list_is_reached_after_the_mount():
    span = Span(begins_s=100.0, loaded_s=300.0, ends_s=1_300.0)
    assert [span.reached_s(share) for share in (0.0, 0.5, 1.0)] == [300.0, 800.0, 1_300.0]


@pytest.mark.parametrize(("mine", "files"), [(1, 1), (1, 9), (3, 40), (40, 40)])
def test_the_last_of_my_files_stands_where_chance_puts_it(mine, files):
    draw = random.Random(7)
    places = [max(draw.sample(range(1, files + 1), mine)) for _ in range(4_000)]
    assert last_of(mine, files) == pytest.approx(sum(places) / len(places) / files, rel=0.05)


def test_more_files_than_the_list_has_end_with_it():
    assert last_of(5, 3) == 1.0
    assert last_of(1, 0) == 1.0


def test_without_drives_nobody_can_say():
    assert told(queue(3), []) == {}
