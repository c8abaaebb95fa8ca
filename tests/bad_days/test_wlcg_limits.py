"""Another site that takes only so much, or refuses: nothing is lost and nobody is misled.

Numbers are dCache's issues (and one of Rucio's) in the list of the contract: "User issues worth
designing for" and the deviations of each implementation.
"""

from datetime import timedelta

import pytest

from contracts.other_site import Later, other_site, outcomes
from waystation.domains.staging.entities import ListState, Outcome, RecallList, Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation_testing.tape import ended, wanted


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


# ------------------------------------------------------------------------------ limits of the site


@pytest.mark.parametrize("words", ["Maximum number of targets exceeded", "Permission refused"])
def test_dcache_7997_a_403_for_too_many_files_is_no_matter_of_permission(dcache, fresh, words):
    paths, before = dcache.nearline(25), dcache.accepted()
    with dcache.running.switched(most_files=10, many_status=403, many_words=words):
        backend = dcache.backend(request_files=20, **fresh)
        came = outcomes(dcache, backend, backend.recall(wanted("many", paths)))
        assert set(came.values()) == {Outcome.ONLINE}
        with dcache.running.calls() as made:
            again = dcache.backend(request_files=20, **fresh)  # after a restart
            again.recall(wanted("again", paths))
    assert dcache.accepted() > before
    assert [call.files for call in made] == [10, 10, 5]


def test_dcache_7997_a_403_that_is_one_of_permission_says_what_to_mend(dcache, fresh):
    backend, before = dcache.backend(**fresh), dcache.running.requests()
    dcache.running.fault("tape-answer", "stage", rc=403, calls=1000, stderr="not yours")
    try:
        with pytest.raises(BackendUnavailableError, match="does not let us stage") as caught:
            backend.recall(wanted("forbidden", dcache.nearline(3)))
        assert "storage.stage" in caught.value.advice
    finally:
        dcache.running.fault("tape-answer", "stage", rc=403, calls=0)
    assert dcache.running.requests() == before


@pytest.mark.parametrize("status", [400, 403, 422])
def test_one_file_that_the_site_refuses_does_not_stop_the_others(dcache, fresh, status):
    backend, paths = dcache.backend(request_files=8, **fresh), dcache.nearline(14)
    dcache.running.fault("tape-poison", dcache.there(paths[3]), rc=status)
    try:
        came = outcomes(dcache, backend, backend.recall(wanted("refused", paths)))
    finally:
        dcache.running.fault("tape-poison")
    assert came.pop(paths[3]) is Outcome.FAILED
    assert set(came.values()) == {Outcome.ONLINE}
    assert len(came) == 13
    with dcache.running.calls() as made:  # and it is not taken for a limit
        backend.recall(wanted("all", paths[4:12]))
    assert [call.files for call in made] == [8]


def test_rights_withdrawn_in_the_middle_fail_few_files_and_keep_the_rest(dcache, fresh):
    backend, paths = dcache.backend(request_files=2, **fresh), dcache.nearline(12)
    dcache.running.fault("tape-cancel-all")  # what other tests left must not count
    with dcache.running.switched(most_requests=1), dcache.held():
        handle = backend.recall(wanted("withdrawn", paths))
    dcache.running.fault("tape-answer", "stage", rc=403, calls=1000, stderr="not any more")
    try:
        for _ in range(3):
            backend.poll([handle])
    finally:
        dcache.running.fault("tape-answer", "stage", rc=403, calls=0)
    came = outcomes(dcache, backend, handle)
    assert set(came) == set(paths)
    assert list(came.values()).count(Outcome.FAILED) <= 3


def test_a_413_halves_requests_and_is_remembered(dcache, fresh):
    paths = dcache.nearline(9)
    with dcache.running.switched(most_files=3), dcache.running.calls() as made:
        backend = dcache.backend(request_files=200, **fresh)
        came = outcomes(dcache, backend, backend.recall(wanted("large", paths)))
    assert set(came.values()) == {Outcome.ONLINE}
    stages = [call.files for call in made if call.path.endswith("/stage")]
    assert stages == [9, 4, 2, 2, 2, 2, 1]
    with dcache.running.calls() as made:
        dcache.backend(request_files=200, **fresh).recall(wanted("after", paths))
    assert max(call.files for call in made) == 2


def test_a_429_in_the_middle_keeps_what_was_taken_and_the_rest_follows(dcache, fresh):
    backend, paths = dcache.backend(request_files=2, timeout_s=1.0, **fresh), dcache.nearline(9)
    dcache.running.fault("tape-cancel-all")  # what other tests left must not count
    with dcache.running.switched(most_requests=2):
        with dcache.held():
            handle = backend.recall(wanted("busy", paths))
            (report,) = backend.poll([handle])
            assert report.state in {ListState.WAITING, ListState.RUNNING}
            words = "unfinished|not ended|429"
            with pytest.raises(BackendUnavailableError, match=words):
                backend.recall(wanted("refused", dcache.nearline(1)))
        came = outcomes(dcache, dcache.backend(request_files=2, **fresh), handle)
    assert came == dict.fromkeys(paths, Outcome.ONLINE)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_site_is_given_the_time_that_it_asks_for(dcache, fresh, status):
    backend, paths = dcache.backend(timeout_s=4.0, **fresh), dcache.nearline(2)
    dcache.running.fault("tape-answer", rc=status, calls=2, seconds=1)
    assert backend.locate(paths)[0].residency is Residency.NEARLINE
    dcache.running.fault("tape-answer", "stage", rc=status, calls=1, seconds=1)
    assert len(outcomes(dcache, backend, backend.recall(wanted("wait", paths)))) == 2
    dcache.running.fault("tape-answer", rc=status, calls=1000, seconds=3600)
    try:
        with pytest.raises(BackendUnavailableError) as caught:
            backend.locate(paths)
        assert caught.value.facts["status"] == status
    finally:
        dcache.running.fault("tape-answer", rc=status, calls=0)


# -------------------------------------------------------------------------------------------- pace


def test_a_request_is_not_looked_at_before_its_time_and_the_oldest_come_first(dcache, fresh):
    clock = Later()
    backend = dcache.backend(
        clock, request_files=1, request_poll_s=60.0, polls_per_call=2, **fresh
    )
    with dcache.held():
        handle = backend.recall(wanted("paced", dcache.nearline(5)))
        rounds = []
        for seconds in (0, 1, 2, 3, 62):
            clock.ahead = timedelta(seconds=seconds)
            with dcache.running.calls() as made:
                backend.poll([handle])
            rounds.append([call.path for call in made if call.method == "GET"])
    assert [len(paths) for paths in rounds] == [2, 2, 1, 0, 2]
    assert len(set(rounds[0] + rounds[1] + rounds[2])) == 5
    assert set(rounds[4]) == set(rounds[0])
    ended(dcache, dcache.backend(**fresh), handle)


def test_the_activity_is_told_under_the_sites_own_name(dcache):
    backend = dcache.backend(activity="Data Challenge")
    assert backend._sender._metadata() == {"SIM-T1": {"activity": "Data Challenge"}}
    named = dcache.backend(activity="x", endpoint=dcache.running.endpoint)
    assert named._sender._metadata() == {"default": {"activity": "x"}}


def test_a_list_that_is_too_long_or_empty_is_refused(dcache):
    backend = dcache.backend(list_limit=2)
    for paths in ((), tuple(dcache.nearline(3))):
        with pytest.raises(BackendRefusedError):
            backend.recall(RecallList("no-list", paths))
