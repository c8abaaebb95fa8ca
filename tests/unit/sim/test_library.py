"""The library in virtual time: hand-computed schedules, choices, cancelling, totals."""

import random
import time

import pytest

from waystation_sim.library import (
    PROFILES,
    FileRead,
    Library,
    ListDone,
    Mounted,
    Read,
    ReadError,
    UnknownTapeError,
    Unmounted,
    locate_s,
    rewind_s,
)

L9 = PROFILES["L9"]
GB = 1_000_000_000
EXCHANGE = 3600 / 270
FOREVER = float("inf")


def library(tapes="AB", **settings):
    return Library("L9", tapes=list(tapes), **{"drives": 1, **settings})


def times(events, kind):
    return [event.at for event in events if isinstance(event, kind)]


def test_a_tiny_schedule_computed_by_hand():
    world = library()
    first = world.submit("A", [Read("x", 0, 4 * GB), Read("y", 4 * GB, 8 * GB)])
    second = world.submit("B", [Read("z", 2 * GB, 2 * GB)])
    events = world.advance(FOREVER)
    loaded = EXCHANGE / 2 + 17
    x = loaded + 10 + 0.05
    y = x + 20 + 0.05
    away = y + rewind_s(L9, 12 * GB, 12 * GB) + 30 + EXCHANGE
    z = away + 17 + locate_s(L9, 0, 2 * GB) + 5 + 0.05
    expected = [
        (Mounted, loaded),
        (FileRead, x),
        (FileRead, y),
        (ListDone, y),
        (Unmounted, away),
        (Mounted, away + 17),
        (FileRead, z),
        (ListDone, z),
    ]
    assert [type(event) for event in events] == [kind for kind, _ in expected]
    assert [event.at for event in events] == pytest.approx([at for _, at in expected])
    assert [event.job for event in events if isinstance(event, ListDone)] == [first, second]
    assert world.totals.mounts == 2
    assert world.totals.read_s == pytest.approx(35.15)
    assert world.totals.locate_s == pytest.approx(5)
    assert world.totals.mount_s == pytest.approx(loaded + away + 17 - y)


def test_a_mounted_tape_goes_on_with_its_lists_before_another_is_fetched():
    world = library()
    world.submit("A", [Read(1, 0, GB)])
    world.submit("B", [Read(2, 0, GB)])
    world.submit("A", [Read(3, GB, GB)])
    events = world.advance(FOREVER)
    assert [event.id for event in events if isinstance(event, FileRead)] == [1, 3, 2]
    assert world.totals.mounts == 2


def test_an_idle_mounted_tape_is_used_and_an_empty_drive_preferred_to_unmounting():
    world = library(drives=2)
    world.submit("A", [Read(1, 0, GB)])
    world.advance(1000)
    world.submit("B", [Read(2, 0, GB)])
    world.submit("A", [Read(3, GB, GB)])
    events = world.advance(FOREVER)
    assert not times(events, Unmounted)
    assert {state.tape for state in world.drive_states()} == {"A", "B"}
    assert times(events, FileRead)[0] == pytest.approx(1000 + 2.5 + 0.05)


def test_without_lazy_unmount_a_tape_goes_home_at_once():
    world = library(lazy_unmount=False)
    world.submit("A", [Read(1, 0, GB)])
    events = world.advance(FOREVER)
    assert isinstance(events[-1], Unmounted)
    assert world.drive_states()[0].state == "empty"
    world.submit("A", [Read(2, 0, GB)])
    assert len(times(world.advance(FOREVER), FileRead)) == 1


def test_robots_are_shared():
    world = library("ABC", drives=3, robots=1)
    for tape in "ABC":
        world.submit(tape, [Read(tape, 0, GB)])
    loaded = times(world.advance(FOREVER), Mounted)
    assert loaded == pytest.approx([17 + EXCHANGE / 2 * arm for arm in (1, 2, 3)])


def test_block_order_sorts_and_given_order_does_not():
    reads = [Read("far", 100 * GB, GB), Read("near", 0, GB)]
    for order, ids in (("given", ["far", "near"]), ("block", ["near", "far"])):
        world = library()
        world.submit("A", reads, order)
        events = world.advance(FOREVER)
        assert [event.id for event in events if isinstance(event, FileRead)] == ids


def test_a_list_can_arrive_later():
    world = library()
    world.submit("A", [Read(1, 0, GB)], at=500)
    assert world.next_at() == 500
    assert times(world.advance(FOREVER), Mounted) == pytest.approx([500 + EXCHANGE / 2 + 17])
    with pytest.raises(ValueError, match="cannot arrive"):
        world.submit("A", [Read(1, 0, GB)], at=1)


def test_only_reads_that_have_not_begun_can_be_withdrawn():
    world = library()
    job = world.submit("A", [Read(n, n * GB, GB) for n in range(4)])
    world.advance(EXCHANGE / 2 + 17 + 1)
    assert world.drive_states()[0].state == "reading"
    assert world.cancel(job, [0, 1, 3, "unknown"]) == {1, 3}
    events = world.advance(FOREVER)
    assert [event.id for event in events if isinstance(event, FileRead)] == [0, 2]
    assert len(times(events, ListDone)) == 1
    assert world.cancel(job, [2]) == set()


def test_a_waiting_list_withdrawn_wholly_is_done_at_once():
    world = library()
    world.submit("A", [Read(1, 0, 400 * GB)])
    job = world.submit("B", [Read(2, 0, GB)])
    world.advance(100)
    assert world.cancel(job, [2]) == {2}
    assert world.advance(world.next_at()) == [ListDone(100, job)]
    world.advance(FOREVER)
    assert world.totals.mounts == 1


def test_an_empty_list_is_done_at_once_and_wrong_ones_are_refused():
    world = library()
    job = world.submit("A", [])
    assert world.advance(0) == [ListDone(0, job)]
    with pytest.raises(UnknownTapeError):
        world.submit("nowhere", [Read(1, 0, 1)])
    with pytest.raises(ValueError, match="twice"):
        world.submit("A", [Read(1, 0, 1), Read(1, 5, 1)])


def break_or_fix(world, chance):
    drive = chance.randrange(3)
    match chance.randrange(4):
        case 0:
            world.stick_drive(drive, 400)
        case 1:
            world.stick_drive(drive)
        case 2:
            world.take_out_drive(drive)
        case _:
            world.fix_drive(drive)


def storm(seed, *, faults=True):
    """Random lists on few drives, with faults at random moments; return events and the lists."""
    chance = random.Random(seed)
    tapes = [f"T{n:02}" for n in range(12)]
    world = Library("L9", drives=3, robots=1, tapes=tapes, lazy_unmount=chance.random() < 0.5)
    if faults:
        world.tape("T03").bad_from = 0
        world.tape("T04").bad_from = 9e12
        world.tape("T05").bad_starts[5 * GB] = "gone"
    asked, events, gone = {}, [], set()
    for _ in range(60):
        count = chance.randrange(1, 30)
        starts = [chance.randrange(0, 17_000) * GB for _ in range(count)] + [5 * GB]
        reads = [Read(n, start, GB) for n, start in enumerate(starts)]
        at = world.now + chance.choice([0, 50])
        job = world.submit(chance.choice(tapes), reads, chance.choice(["given", "block"]), at)
        asked[job] = {read.id for read in reads}
        events += world.advance(world.now + chance.randrange(600))
        for other in chance.sample(sorted(asked), 1):
            withdrawn = world.cancel(other, chance.sample(range(40), 5))
            gone |= {(other, name) for name in withdrawn}
        if faults:
            break_or_fix(world, chance)
    for drive in range(3):
        world.fix_drive(drive)
    return events + world.advance(FOREVER), asked, gone, world


@pytest.mark.parametrize("seed", range(40))
def test_every_read_ends_exactly_once_whatever_breaks(seed):
    events, asked, gone, world = storm(seed)
    ended = [(e.job, e.id) for e in events if isinstance(e, FileRead | ReadError)]
    assert len(ended) == len(set(ended))
    assert not set(ended) & gone
    assert set(ended) | gone == {(job, name) for job, ids in asked.items() for name in ids}
    done = [event.job for event in events if isinstance(event, ListDone)]
    assert sorted(done) == sorted(asked)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert world.next_at() is None
    mounts = {event.tape: 0 for event in events if isinstance(event, Mounted | Unmounted)}
    for event in events:
        if isinstance(event, Mounted | Unmounted):
            mounts[event.tape] += 1 if isinstance(event, Mounted) else -1
            assert mounts[event.tape] in (0, 1)


def test_the_same_calls_give_the_same_events():
    assert storm(5)[0] == storm(5)[0]


def test_time_may_be_cut_into_any_pieces():
    def run(step):
        world = library("ABC", drives=2)
        for n in range(30):
            world.submit("ABC"[n % 3], [Read(n, n * 7 * GB % (900 * GB), GB)], at=n * 40)
        events = []
        while world.next_at() is not None:
            events += world.advance(world.now + step)
        return events

    assert run(13) == run(100_000)


def test_a_bad_tape_fails_its_reads_and_goes_on():
    world = library()
    world.tape("A").bad_from = 50 * GB
    world.tape("A").code = "GLESL401E"
    world.submit("A", [Read(1, 0, GB), Read(2, 60 * GB, GB), Read(3, 2 * GB, GB)])
    events = world.advance(FOREVER)
    assert [type(e) for e in events[1:]] == [FileRead, ReadError, FileRead, ListDone]
    assert events[2].code == "GLESL401E"


def test_a_stuck_drive_loses_exactly_the_time_it_was_stuck():
    plain, stuck = library(), library()
    for world in (plain, stuck):
        world.submit("A", [Read(1, 0, 40 * GB)])
        world.advance(60)
    stuck.stick_drive(0, 500)
    assert stuck.drive_states()[0].state == "stuck"
    late = stuck.advance(FOREVER)[-1].at
    assert late == pytest.approx(plain.advance(FOREVER)[-1].at + 500)


def test_the_work_of_a_drive_taken_out_goes_to_another():
    world = library(drives=2)
    job = world.submit("A", [Read(n, n * GB, GB) for n in range(10)])
    world.advance(32)
    world.take_out_drive(0)
    assert world.drive_states()[0].state == "out"
    events = world.advance(FOREVER)
    assert [e.drive for e in events if isinstance(e, Mounted)] == [1]
    assert events[-1] == ListDone(events[-1].at, job)


def test_a_hundred_thousand_reads_cost_little_cpu():
    chance = random.Random(1)
    tapes = [f"T{n:03}" for n in range(200)]
    world = Library("L9", tapes=tapes)
    began = time.process_time()
    for n in range(3000):
        starts = [chance.randrange(17_000 * GB) for _ in range(33)]
        reads = [Read(k, start, 2 * GB) for k, start in enumerate(starts)]
        world.submit(chance.choice(tapes), reads, "block", at=n * 30)
    events = world.advance(FOREVER)
    assert sum(isinstance(event, FileRead) for event in events) == 99_000
    assert time.process_time() - began < 20
