"""What a mount decision sees: shares, drives and geometry, from a real database."""

import dataclasses

import pytest

from waystation.domains.staging.controller import forecast, sight, watch
from waystation.domains.staging.entities import DriveReport, LibraryReport
from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.plan import Geometry
from waystation.domains.staging.planner.usage import weights
from waystation_testing.memory_tape import MemoryTape


class Holding(MemoryTape):
    """A library with a tape left in an idle drive."""

    def __init__(self, tape):
        super().__init__()
        self._report = LibraryReport((DriveReport("D0", "idle", tape), DriveReport("D1", "empty")))

    def library(self):
        return self._report


def queued(small, **policy):
    """Two owners wait on two tapes, nothing is sent."""
    small.post.rules = dataclasses.replace(small.post.rules, policy=Policy(**policy))
    small.put("a", "b", tape="T1")
    small.put("c", tape="T2")
    small.ask("a", "b")
    small.clock.forward(seconds=100)
    small.ask("c", who=small.ben)
    small.skip = {"plan"}
    small.turn()


def idle(small, tape):
    watch.step(dataclasses.replace(small.post, backend=Holding(tape)))
    small.skip.add("watch")


def test_shares_are_set_by_account_name_and_count_for_that_account(small):
    queued(small, shares={"ben": 4.0, "nobody": 9.0})
    seen = sight.look(small.post)
    assert seen.policy.shares == {str(small.ben.user_id): 4.0}
    used = dataclasses.replace(
        seen.usage, seconds={str(small.ana.user_id): 6e3, str(small.ben.user_id): 6e3}
    )
    owners = {owner for tape in seen.tapes for owner in tape.by_owner}
    weight = weights(used, owners, seen.policy.shares)
    assert weight[str(small.ben.user_id)] > 1.9 * weight[str(small.ana.user_id)]


def test_a_tape_left_in_an_idle_drive_needs_no_mount(small):
    queued(small)
    idle(small, "T2")
    assert {t.tape: t.mounted for t in sight.look(small.post).tapes} == {"T1": False, "T2": True}


def test_an_old_look_at_the_drives_says_nothing(small):
    queued(small)
    idle(small, "T2")
    small.clock.forward(minutes=5)
    assert not any(t.mounted for t in sight.look(small.post).tapes)


def test_the_list_of_a_mounted_tape_is_expected_sooner(small):
    queued(small)
    idle(small, "T2")
    small.skip.remove("plan")
    small.tape.instant = False
    small.turn(1)
    found = dict(small.rows("SELECT tape, predicted_s FROM staging_recalllist"))
    assert found["T1"] > found["T2"] + 0.9 * small.post.rules.drive.mount_cycle_s()


@pytest.mark.parametrize("known", [True, False])
def test_serpentine_times_are_expected_only_of_known_cartridges(small, known):
    queued(small)
    small.post.geometry = lambda _tape, _extents: Geometry(trusted=known)
    assert {t.serpentine for t in sight.look(small.post).tapes} == {known}


def told(small):
    """A forecast, now."""
    small.post.forecast_due = 0.0
    forecast.step(small.post)


def test_first_and_later_forecasts_teach_by_themselves(small):
    """Of the later ones one is kept; each kind is held against the end."""
    small.tape.instant = False
    small.put("a")
    small.ask("a")
    small.turn(3)
    told(small)
    small.clock.forward(minutes=5)
    told(small)
    kept = "SELECT later_eta IS NULL, later_forecasts FROM staging_request"
    assert small.rows(kept) == [(True, 0)]
    for looks in (1, 2):
        small.clock.forward(minutes=20)
        told(small)
        assert small.rows(kept) == [(False, looks)]
    small.tape.bring()
    small.turn(5)
    learnt = "SELECT later, round(actual_s / 60) FROM staging_forecast ORDER BY later"
    (first, since), (later, rest) = small.rows(learnt)
    assert (first, since, later) == (False, 45, True)
    assert rest in {0, 20}


def test_a_request_that_is_asked_again_is_forecast_anew(small):
    small.tape.instant = False
    small.put("a")
    request = small.ask("a", "nobody knows it").request.id
    small.turn(3)
    told(small)
    assert small.staging.request(small.ana, request).eta is not None
    small.tape.bring()
    small.turn(5)
    assert small.staging.request(small.ana, request).state == "partial"
    small.staging.retry(small.ana, request)
    assert small.rows("SELECT first_eta, later_eta FROM staging_request") == [(None, None)]


def test_who_comes_while_the_tape_is_read_hears_when_too(small):
    """Files that wait for a tape whose list is running come after it; that can be told."""
    small.tape.instant = False
    small.put("a", "b", "c")
    first = small.ask("a", "b").request.id
    small.turn(3)
    second = small.ask("a", "c").request.id
    small.turn(3)
    assert small.states(second) == ["recalling", "queued"]
    told(small)
    one, two = (small.staging.request(small.ana, r).eta for r in (first, second))
    assert one is not None
    assert two is not None
    assert one.at < two.at


def test_each_tape_says_when_its_turn_is(small):
    """Two drives read; the third and fourth tapes wait for one of them."""
    small.tape.instant = False
    for n in range(1, 5):
        small.put(f"f{n}", tape=f"T{n}")
    asked = small.ask("f1", "f2", "f3", "f4").request.id
    small.turn(3)
    told(small)
    tapes = small.staging.tapes(small.ana, asked)
    assert [(each.state, each.position) for each in tapes] == [
        ("mounted", None),
        ("mounted", None),
        ("next", 1),
        ("waiting", 2),
    ]
    bands = [each.eta for each in tapes]
    assert all(each.low < each.at < each.high for each in bands if each)
    assert [each.at for each in bands if each] == sorted(each.at for each in bands if each)
    whole = small.staging.request(small.ana, asked).eta
    assert bands[-1] == whole, "its last tape ends it"
    for _ in range(4):
        small.tape.bring()
        small.turn(9)
    assert {each.eta for each in small.staging.tapes(small.ana, asked)} == {None}
