"""Another site on bad days: requests that go wrong there, and our own crashes.

Numbers are dCache's issues (and one of Rucio's) in the list of the contract: "User issues worth
designing for" and the deviations of each implementation.
"""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from contracts.other_site import RECALL, Later, as_json, other_site, outcomes
from running import until
from waystation.domains.staging.entities import ListState, Outcome
from waystation.domains.staging.errors import BackendUnavailableError
from waystation_testing.tape import ended, news, wanted

SECONDS = 40.0


@pytest.fixture(scope="module")
def dcache(tmp_path_factory):
    with other_site(tmp_path_factory.mktemp("dcache"), "dcache", "http token") as world:
        yield world


@pytest.fixture
def fresh(tmp_path):
    """Settings of a back end that remembers nothing."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return {"state_dir": folder}


# -------------------------------------------------------------------- requests that go wrong there


def test_dcache_7744_a_file_started_for_ever_after_a_tape_error_has_failed(dcache, fresh):
    paths, clock = dcache.nearline(3), Later()
    backend = dcache.backend(clock, **fresh)
    dcache.break_file(paths[1])
    with dcache.running.trouble("tape-stuck"):
        handle = backend.recall(wanted("stuck", paths))
        came = lambda: len(backend.poll([handle])[0].files) == 2  # noqa: E731
        assert until(came, SECONDS)
    clock.ahead = timedelta(days=6)
    assert backend.poll([handle])[0].state is ListState.RUNNING
    clock.ahead = timedelta(days=8)
    with dcache.running.calls() as made:
        (report,) = backend.poll([handle])
    assert report.state is ListState.ENDED
    assert news(report)[paths[1]].outcome is Outcome.FAILED
    assert "started for 192 hours" in news(report)[paths[1]].words
    assert [call.files for call in made if call.path.endswith("/cancel")] == [1]


def test_rucio_3164_a_bulk_recall_may_take_days(dcache, fresh):
    paths, clock = dcache.nearline(3), Later()
    backend = dcache.backend(clock, **fresh)
    with dcache.held():
        handle = backend.recall(wanted("bulk", paths))
        clock.ahead = timedelta(days=3)
        (report,) = backend.poll([handle])
        assert report.state in {ListState.WAITING, ListState.RUNNING}
        assert report.files == ()
    assert set(outcomes(dcache, backend, handle)) == set(paths)


def test_dcache_7508_a_500_on_staging_again_is_asked_again_with_the_same_key(dcache, fresh):
    backend, paths, before = dcache.backend(**fresh), dcache.nearline(2), dcache.accepted()
    once = wanted("again", paths)
    dcache.running.fault("tape-answer", "stage", rc=500, calls=1)
    with pytest.raises(BackendUnavailableError, match="500"):
        backend.recall(once)
    assert len(outcomes(dcache, backend, backend.recall(once))) == 2
    assert dcache.accepted() == before + 1


def test_dcache_7508_one_file_that_makes_a_500_does_not_stop_the_others(dcache, fresh):
    backend, paths = dcache.backend(request_files=8, **fresh), dcache.nearline(12)
    once = wanted("poison", paths)
    dcache.running.fault("tape-poison", dcache.there(paths[5]))
    try:
        for _ in range(2):
            with pytest.raises(BackendUnavailableError, match="500"):
                backend.recall(once)
        came = outcomes(dcache, backend, backend.recall(once))
    finally:
        dcache.running.fault("tape-poison")
    assert came.pop(paths[5]) is Outcome.FAILED
    assert len(came) == 11
    assert set(came.values()) == {Outcome.ONLINE}


def test_a_site_that_answers_500_to_everything_is_nobodys_failure(dcache, fresh):
    backend, once = dcache.backend(**fresh), wanted("broken", dcache.nearline(2))
    dcache.running.fault("tape-answer", "stage", rc=500, calls=1000)
    try:
        for _ in range(7):
            with pytest.raises(BackendUnavailableError):
                backend.recall(once)
    finally:
        dcache.running.fault("tape-answer", "stage", rc=500, calls=0)
    assert len(outcomes(dcache, backend, backend.recall(once))) == 2


def test_dcache_7585_a_long_path_that_the_site_lost_has_failed_and_the_rest_comes(dcache, fresh):
    backend, paths = dcache.backend(**fresh), [*dcache.nearline(2), dcache.long.pop()]
    assert len(dcache.there(paths[-1])) > 256
    with dcache.running.trouble("tape-long"):
        handle = backend.recall(wanted("long", paths))
    report = ended(dcache, backend, handle)
    assert news(report)[paths[-1]].outcome is Outcome.FAILED
    assert "does not list it" in news(report)[paths[-1]].words
    assert [news(report)[path].outcome for path in paths[:2]] == [Outcome.ONLINE] * 2
    came = outcomes(dcache, backend, backend.recall(wanted("whole", paths[-1:])))
    assert came == {paths[-1]: Outcome.ONLINE}


def test_dcache_6894_files_that_are_not_listed_at_once_are_waited_for(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(4)
    with dcache.running.trouble("tape-late"):
        with dcache.held():
            handle = backend.recall(wanted("late", paths))
            for _ in range(3):
                assert backend.poll([handle])[0].files == ()
        # What is not listed is seen by archiveinfo all the same.
        came = lambda: len(backend.poll([handle])[0].files) == 4  # noqa: E731
        assert until(came, SECONDS)
    assert outcomes(dcache, backend, handle) == dict.fromkeys(paths, Outcome.ONLINE)


def test_dcache_7786_a_file_that_was_skipped_because_it_is_on_disk_has_come(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    outcomes(dcache, backend, backend.recall(wanted("first", paths)))
    with dcache.running.trouble("tape-skip"):
        came = outcomes(dcache, backend, backend.recall(wanted("second", paths)))
    assert came == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_site_that_forgot_its_requests_makes_lists_unknown(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    with dcache.held():
        handle = backend.recall(wanted("forgotten", paths))
        dcache.running.fault("tape-forget")
        assert backend.poll([handle])[0].state is ListState.UNKNOWN
        # It is not forgotten for good: the same files under another key.
        again = backend.recall(wanted("again", paths))
    assert outcomes(dcache, backend, again) == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_404_of_a_proxy_in_front_makes_no_list_unknown(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    handle = backend.recall(wanted("proxy", paths))
    dcache.running.fault("tape-answer", rc=404, calls=1000)
    try:
        with pytest.raises(BackendUnavailableError, match="404"):
            backend.poll([handle])
    finally:
        dcache.running.fault("tape-answer", rc=404, calls=0)
    assert outcomes(dcache, backend, handle) == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_site_killed_and_restarted_goes_on_with_what_it_accepted(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(3)
    dcache.hold()
    handle = backend.recall(wanted("kept", paths))
    dcache.die()
    with pytest.raises(BackendUnavailableError):
        backend.poll([handle])
    dcache.revive()
    assert outcomes(dcache, backend, handle) == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_hanging_site_costs_one_deadline_however_many_requests_wait(dcache, fresh):
    backend = dcache.backend(request_files=1, at_once=2, timeout_s=1.0, **fresh)
    handle = backend.recall(wanted("hang", dcache.nearline(8)))
    with (
        dcache.running.trouble("tape-hang"),
        dcache.running.calls() as made,
        pytest.raises(BackendUnavailableError, match="no answer in time"),
    ):
        backend.poll([handle])
    assert len(made) <= 4
    ended(dcache, backend, handle)


# --------------------------------------------------------------------------------- our own crashes


def test_kill_9_between_the_sites_yes_and_our_note_starts_nothing_twice(dcache, fresh, caplog):
    paths = dcache.nearline(3)
    once = wanted("between", paths)
    before, requests = dcache.accepted(), dcache.running.requests()
    dcache.running.fault("tape-mute", calls=1)  # the discovery document is never muted
    config = dcache.backend(timeout_s=30.0, **fresh)._config
    words = [as_json(config), once.key, *paths]
    with dcache.held():
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        assert until(lambda: dcache.running.requests() == requests + 1, SECONDS)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        dcache.running.fault("tape-mute", calls=0)
        backend = dcache.backend(**fresh)
        assert backend.poll([once.key])[0].state is ListState.UNKNOWN
        handle = backend.recall(once)
    assert "request for files 0 and on that we do not know" in caplog.text
    assert outcomes(dcache, backend, handle) == dict.fromkeys(paths, Outcome.ONLINE)
    assert dcache.accepted() == before + 1
    assert dcache.running.requests() == requests + 2  # the stray, which ends by its lifetime


def test_a_site_that_never_heard_us_is_not_taken_for_one_that_may_have(dcache, fresh, caplog):
    backend, once = dcache.backend(**fresh), wanted("unheard", dcache.nearline(2))
    backend.locate(once.paths)  # it has the discovery document
    dcache.die()
    try:
        with pytest.raises(BackendUnavailableError):
            backend.recall(once)
    finally:
        dcache.revive()
    assert len(outcomes(dcache, backend, backend.recall(once))) == 2
    assert "that we do not know" not in caplog.text


def test_a_line_that_a_crash_cut_short_costs_only_that_line(dcache, fresh):
    backend, paths = dcache.backend(request_files=1, **fresh), dcache.nearline(3)
    once = wanted("torn", paths)
    dcache.running.fault("tape-cancel-all")  # what other tests left must not count
    with dcache.running.switched(most_requests=1), dcache.held():
        backend.recall(once)
    (journal,) = fresh["state_dir"].glob("sent-*.journal")
    with journal.open("ab") as file:
        file.write(b'{"request":"half of a na')
    again = dcache.backend(request_files=1, **fresh)
    assert outcomes(dcache, again, again.recall(once)) == dict.fromkeys(paths, Outcome.ONLINE)
    assert dcache.backend(**fresh).poll([once.key])[0].state is not ListState.UNKNOWN


def test_a_memory_that_cannot_be_written_is_said_in_words(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(1)
    fresh["state_dir"].rmdir()
    with pytest.raises(BackendUnavailableError, match="cannot be kept") as caught:
        backend.recall(wanted("nowhere", paths))
    assert "list_dir" in caught.value.advice


def test_old_lists_are_forgotten(dcache, fresh):
    clock = Later()
    backend, paths = dcache.backend(clock, **fresh), dcache.nearline(2)
    first = backend.recall(wanted("old", paths[:1]))
    outcomes(dcache, backend, first)
    clock.ahead = timedelta(days=61)
    backend.recall(wanted("new", paths[1:]))
    assert backend.poll([first])[0].state is ListState.UNKNOWN
