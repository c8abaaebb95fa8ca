"""The life of requests, driven step by step over a real database."""

import dataclasses

import pytest

from waystation.domains.staging.entities import Ask, Residency
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError


def test_files_come_up_and_the_request_completes(small):
    small.put("a", "b", "c")
    made = small.ask("a", "b", "c", "b")
    assert made.folded == 1
    small.turn()
    view = small.staging.request(small.ana, made.request.id)
    assert view.state == "complete"
    assert view.counts.online == 3
    assert view.bytes == view.bytes_online == 3000
    kinds = [e.kind for e in small.staging.events(small.ana, view.id)]
    assert kinds == ["submitted", "queued", "recalling", "online", "finished"]
    assert [e.seq for e in small.staging.events(small.ana, view.id)] == [1, 2, 3, 4, 5]


def test_one_recall_for_two_requests(small):
    small.put("a", "b")
    first, second = small.ask("a", "b"), small.ask("b", who=small.ben)
    small.turn()
    assert [len(c.paths) for c in small.tape.calls] == [2]
    for who, made in ((small.ana, first), (small.ben, second)):
        assert small.staging.request(who, made.request.id).state == "complete"


def test_file_online_already_needs_no_recall(small):
    small.put("a")
    small.tape.set("/arc/a", Residency.BOTH)
    made = small.ask("a")
    small.turn()
    assert small.staging.request(small.ana, made.request.id).state == "complete"
    assert small.tape.calls == []


def test_unknown_file_fails_and_the_rest_goes_on(small):
    small.put("a")
    made = small.ask("a", "nope")
    small.turn()
    view = small.staging.request(small.ana, made.request.id)
    assert view.state == "partial"
    errors = small.staging.errors(small.ana, view.id)
    assert errors[0].words == "The tape system knows no such file."


def test_bad_file_is_tried_again_then_fails_then_retried(small):
    small.put("a", "b")
    small.tape.bad["/arc/b"] = "read error on T1"
    made = small.ask("a", "b")
    for _ in range(8):
        small.turn()
        small.clock.forward(hours=6)
    view = small.staging.request(small.ana, made.request.id)
    assert view.state == "partial"
    files = small.staging.files(small.ana, view.id, state="failed")
    assert (files[0].error, files[0].attempts) == ("read error on T1", 5)
    small.tape.bad.clear()
    small.staging.retry(small.ana, view.id)
    small.turn()
    assert small.staging.request(small.ana, view.id).state == "complete"


def test_cancel_leaves_what_others_want(small):
    small.put("a", "b", "c")
    small.tape.instant = False
    mine, theirs = small.ask("a", "b"), small.ask("b", "c", who=small.ben)
    small.turn(rounds=2)
    view = small.staging.cancel(small.ana, mine.request.id)
    assert view.state == "cancelled"
    small.turn(rounds=2)
    assert small.tape.cancelled == ["/arc/a"]
    small.tape.instant = True
    small.tape.bring()
    small.turn()
    assert small.staging.request(small.ben, theirs.request.id).state == "complete"
    assert small.rows("SELECT count(*) FROM staging_recall WHERE path = '/arc/a'") == [(0,)]


def test_cancel_before_it_is_sent_shrinks_the_queue(small):
    small.put("a", "b")
    small.skip = {"plan"}
    made = small.ask("a", "b")
    small.turn()
    assert small.rows("SELECT files FROM staging_queue") == [(2,)]
    small.staging.cancel(small.ana, made.request.id, ["/arc/a"])
    assert small.rows("SELECT files, bytes FROM staging_queue") == [(1, 1000)]
    small.staging.cancel(small.ana, made.request.id)
    assert small.rows("SELECT count(*) FROM staging_queue") == [(0,)]
    assert small.rows("SELECT count(*) FROM staging_recall") == [(0,)]


def test_evicted_behind_our_back_is_recalled_before_complete(small):
    small.put("a", "b", tape="T1")
    small.put("c", tape="T2")
    small.tape.instant = False
    made = small.ask("a", "b", "c")
    small.turn(rounds=2)
    small.tape.bring(1)
    small.turn(rounds=2)
    assert small.staging.request(small.ana, made.request.id).counts.online == 2
    small.tape.set("/arc/a", Residency.NEARLINE)
    small.clock.forward(minutes=5)
    small.tape.instant = True
    small.tape.bring()
    small.turn()
    view = small.staging.request(small.ana, made.request.id)
    assert view.state == "complete"
    assert small.tape.files["/arc/a"].residency is Residency.BOTH
    assert "evicted" in [e.kind for e in small.staging.events(small.ana, view.id)]


def test_pin_ends_and_the_file_is_released_once_nobody_holds_it(small):
    small.put("a")
    small.ask("a", pin_lifetime_s=3600)
    long = small.ask("a", who=small.ben, pin_lifetime_s=36_000)
    small.turn()
    small.clock.forward(hours=2)
    small.turn()
    assert small.tape.released == []
    small.staging.release(small.ben, long.request.id)
    assert small.tape.released == ["/arc/a"]
    assert small.rows("SELECT count(*) FROM staging_recall") == [(0,)]


def test_extend_holds_longer(small):
    small.put("a")
    made = small.ask("a", pin_lifetime_s=3600)
    small.turn()
    small.staging.extend(small.ana, made.request.id, lifetime_s=36_000)
    small.clock.forward(hours=2)
    small.turn()
    assert small.states(made.request.id) == ["online"]
    small.clock.forward(hours=9)
    small.turn()
    assert small.states(made.request.id) == ["released"]
    assert small.tape.released == ["/arc/a"]


def test_request_expires(small):
    small.put("a")
    small.tape.instant = False
    made = small.ask("a")
    small.turn(rounds=2)
    small.clock.forward(days=31)
    small.turn()
    view = small.staging.request(small.ana, made.request.id)
    assert (view.state, view.counts.failed) == ("expired", 1)


def test_system_down_then_back(small):
    small.put("a")
    small.tape.down = "eeadm does not answer"
    made = small.ask("a")
    small.turn(rounds=3)
    assert small.states(made.request.id) == ["queued"]
    small.tape.down = ""
    small.clock.forward(minutes=10)
    small.turn()
    assert small.staging.request(small.ana, made.request.id).state == "complete"


def test_forgotten_list_is_sent_again(small):
    small.put("a")
    small.tape.instant = False
    made = small.ask("a")
    small.turn(rounds=2)
    small.tape.forget()
    small.tape.instant = True
    small.turn()
    assert small.staging.request(small.ana, made.request.id).state == "complete"
    assert len(small.tape.calls) == 2


def test_same_external_id_is_the_same_request(small):
    small.put("a")
    first, again = small.ask("a", external_id="x"), small.ask("a", external_id="x")
    assert (first.made, again.made) == (True, False)
    assert first.request.id == again.request.id


def test_nobody_sees_what_others_asked(small):
    small.put("a")
    made = small.ask("a")
    with pytest.raises(NotFoundError):
        small.staging.request(small.ben, made.request.id)
    assert small.staging.request(small.admin, made.request.id).owner == "ana"


@pytest.mark.parametrize(
    "name", ["", "../etc/passwd", "a/../b", "a//b", "a/", "a\nb", "a\x00b", "x" * 3000, "./a"]
)
def test_malformed_paths_change_nothing(small, name):
    with pytest.raises(MalformedError):
        small.ask(name)
    assert small.rows("SELECT count(*) FROM staging_request") == [(0,)]


def test_good_paths_are_taken_and_bad_ones_reported(small):
    small.put("a")
    made = small.ask("a", "b/../c")
    assert made.refused_count == 1
    assert "without" in made.refused[0].reason
    assert made.request.files == 1


def test_sizes_are_counted_once_through_retry(small):
    small.put("a", "b")
    small.tape.bad["/arc/b"] = "read error on T1"
    made = small.ask("a", "b")
    for _ in range(8):
        small.turn()
        small.clock.forward(hours=6)
    small.tape.bad.clear()
    small.staging.retry(small.ana, made.request.id)
    small.turn()
    view = small.staging.request(small.ana, made.request.id)
    assert (view.state, view.bytes, view.bytes_online) == ("complete", 2000, 2000)


def test_a_store_on_disk_only_is_not_staged_and_not_the_one_that_is_meant(small):
    tape = small.catalogue.store(small.admin, "arc")
    disk = dataclasses.replace(tape, name="disk", root="/disk", backend="")
    small.catalogue.sync_stores([tape, disk])
    assert small.catalogue.store(small.ana, "").name == "arc"
    with pytest.raises(ConflictError, match="on disk"):
        small.staging.submit(small.ana, Ask(["/disk/a"], "disk"))
    assert small.rows("SELECT count(*) FROM staging_request") == [(0,)]
