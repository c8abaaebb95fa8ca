"""Files of another site: given back, gone too soon, and what the site says of them.

Numbers are dCache's issues (and one of Rucio's) in the list of the contract: "User issues worth
designing for" and the deviations of each implementation.
"""

import pytest

from contracts.other_site import OURS, other_site, outcomes
from waystation.domains.staging.entities import Outcome, Residency
from waystation_testing.tape import ended, news, wanted


@pytest.fixture(scope="module")
def dcache(tmp_path_factory):
    with other_site(tmp_path_factory.mktemp("dcache"), "dcache", "http token") as world:
        yield world


@pytest.fixture(scope="module")
def eos(tmp_path_factory):
    with other_site(tmp_path_factory.mktemp("eos"), "eos", "http token", files=10) as world:
        yield world


@pytest.fixture(scope="module")
def storm(tmp_path_factory):
    with other_site(tmp_path_factory.mktemp("storm"), "storm", "http token", files=10) as world:
        yield world


@pytest.fixture
def fresh(tmp_path):
    """Settings of a back end that remembers nothing."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return {"state_dir": folder}


# ---------------------------------------------------------------------- giving back, and lifetimes


def test_dcache_7516_a_release_that_unpins_nothing_does_no_harm_and_the_lifetime_bounds_it(
    dcache, fresh
):
    backend, paths = dcache.backend(disk_lifetime_s=7_200.0, **fresh), dcache.nearline(2)
    outcomes(dcache, backend, backend.recall(wanted("deaf", paths)))
    with dcache.running.trouble("tape-deaf"):
        backend.release(paths)
    assert {file.residency for file in backend.locate(paths)} == {Residency.BOTH}
    assert dcache.running.longest_pin_s(dcache.there(paths[0])) <= 7_200


def test_dcache_7946_and_7635_a_release_names_every_request_that_holds_a_file(dcache, fresh):
    """The wire shows no pins: we remember them, over restarts, with the path as it was staged."""
    paths = dcache.nearline(3)
    for key in ("first", "second"):
        backend = dcache.backend(request_files=2, **fresh)
        outcomes(dcache, backend, backend.recall(wanted(key, paths)))
    assert [dcache.running.pins(dcache.there(path)) for path in paths] == [2, 2, 2]
    with dcache.running.calls() as made:
        dcache.backend(**fresh).release(paths[:2])
    assert len({call.path for call in made}) == 2
    assert [dcache.running.pins(dcache.there(path)) for path in paths] == [0, 0, 2]
    states = [file.residency for file in dcache.backend().locate(paths)]
    assert states == [Residency.NEARLINE, Residency.NEARLINE, Residency.BOTH]
    with dcache.running.calls() as made:
        dcache.backend(**fresh).release(paths[:2])  # nothing of ours is held any more
    assert all("no-request" in call.path for call in made)


@pytest.mark.parametrize("seconds", [3_600.0, 5_400.0, 86_400.0, 100_000.0, 604_800.0])
def test_dcache_7414_every_disk_lifetime_is_sent_in_a_form_that_is_taken(dcache, fresh, seconds):
    backend, paths = dcache.backend(disk_lifetime_s=seconds, **fresh), dcache.nearline(1)
    backend.recall(wanted("lifetime", paths))
    held = dcache.running.longest_pin_s(dcache.there(paths[0]))
    assert seconds - 120 <= held <= seconds + 3_600


def test_dcache_7687_a_file_that_left_before_its_lifetime_is_nearline_and_comes_again(
    dcache, fresh
):
    backend, paths = dcache.backend(**fresh), dcache.nearline(1)
    handle = backend.recall(wanted("short", paths))
    outcomes(dcache, backend, handle)
    dcache.running.fault("tape-evict", str(dcache.place(paths[0])))
    assert backend.locate(paths)[0].residency is Residency.NEARLINE
    came = outcomes(dcache, backend, backend.recall(wanted("anew", paths)))
    assert came == {paths[0]: Outcome.ONLINE}
    assert dcache.content_is_right(paths[0])


def test_a_cancel_without_files_of_the_list_says_nothing_and_never_cancels_all(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    with dcache.held():
        handle = backend.recall(wanted("cancel", paths))
        with dcache.running.calls() as made:
            backend.cancel(handle, [])
            backend.cancel(handle, [f"{OURS}/another/file"])
    assert made == []
    assert outcomes(dcache, backend, handle) == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_cancel_refused_for_one_path_is_repeated_for_those_that_the_site_lists(dcache, fresh):
    backend, paths = dcache.backend(**fresh), [*dcache.nearline(2), dcache.long.pop()]
    with dcache.held():
        with dcache.running.trouble("tape-long"):
            handle = backend.recall(wanted("listed", paths))
        backend.cancel(handle, paths[1:])
    assert set(outcomes(dcache, backend, handle)) == {paths[0]}


def test_files_cancelled_before_they_were_sent_are_never_sent(dcache, fresh):
    backend, paths = dcache.backend(request_files=2, **fresh), dcache.nearline(6)
    dcache.running.fault("tape-cancel-all")  # what other tests left must not count
    with dcache.held():
        with dcache.running.switched(most_requests=1):
            handle = backend.recall(wanted("unsent", paths))
            backend.cancel(handle, paths[2:5])
        with dcache.running.calls() as made:
            backend.poll([handle])
    assert [call.files for call in made if call.path.endswith("/stage")] == [1]
    came = outcomes(dcache, backend, handle)
    assert set(came) == {paths[0], paths[1], paths[5]}


def test_somebody_else_may_cancel_our_request_there(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    with dcache.held():
        handle = backend.recall(wanted("theirs", paths))
        dcache.backend().cancel(handle, paths)  # another memory: no list of that name
        assert backend.poll([handle])[0].files == ()
        dcache.running.fault("tape-cancel-all")
    report = ended(dcache, backend, handle)
    assert {file.outcome for file in report.files} == {Outcome.FAILED}
    assert {file.words for file in report.files} == {"The recall was cancelled at the other site."}


# --------------------------------------------------------------------------- what it says of files


def test_an_answer_that_is_cut_silently_is_asked_on(dcache):
    paths = dcache.nearline(11)
    with dcache.running.switched(info_most=4), dcache.running.calls() as made:
        reports = dcache.backend(info_files=10).locate(paths)
    assert {file.residency for file in reports} == {Residency.NEARLINE}
    assert [call.files for call in made if call.path.endswith("/archiveinfo")] in (
        [10, 6, 2, 1],
        [10, 1, 6, 2],
        [1, 10, 6, 2],
        [10, 6, 1, 2],
    )


def test_an_error_that_is_null_is_none(dcache, fresh):
    backend, paths = dcache.backend(**fresh), dcache.nearline(2)
    with dcache.running.switched(null_errors=True):
        assert backend.locate(paths)[0].residency is Residency.NEARLINE
        came = outcomes(dcache, backend, backend.recall(wanted("null", paths)))
    assert came == dict.fromkeys(paths, Outcome.ONLINE)


def test_a_file_without_bytes_is_online_by_either_word(dcache):
    place = next(dcache.running.cache.rglob("empty"))
    path = f"{OURS}/{place.relative_to(dcache.running.cache)}"
    assert dcache.backend().locate([path])[0].residency is Residency.ONLINE
    with dcache.running.switched(empty_word="NONE"):
        (report,) = dcache.backend().locate([path])
    assert (report.residency, report.size_bytes) == (Residency.ONLINE, 0)


def test_a_cartridge_that_is_away_is_lost_by_either_word_and_says_so(dcache, storm):
    for world in (dcache, storm):
        paths = world.nearline(1)
        tapes = world.running.tapes_of(world.there(paths[0]))
        for barcode in tapes:
            world.running.fault("tape-state", barcode, state="offline")
        try:
            (report,) = world.backend().locate(paths)
        finally:
            for barcode in tapes:
                world.running.fault("tape-state", barcode, state="appendable")
        assert report.residency is Residency.LOST
        assert report.words


def test_a_failure_without_a_reason_is_told_in_our_words(storm, fresh):
    backend, paths = storm.backend(**fresh), storm.nearline(2)
    storm.break_file(paths[0])
    report = ended(storm, backend, backend.recall(wanted("silent", paths)))
    assert news(report)[paths[0]].words == "The other site: the other site gives no reason."


def test_eos_counts_releases_and_one_of_each_request_frees_the_file(eos, fresh):
    paths = eos.nearline(1)
    for key in ("first", "second"):
        backend = eos.backend(**fresh)
        outcomes(eos, backend, backend.recall(wanted(key, paths)))
    eos.backend(**fresh).release(paths)
    assert eos.backend().locate(paths)[0].residency is Residency.NEARLINE


def test_storm_takes_no_release_for_nobodys_request_and_is_not_asked_again(storm, fresh):
    backend, paths = storm.backend(releases=True, **fresh), storm.nearline(1)
    with storm.running.calls() as made:
        backend.release(paths)
        backend.release(paths)
    assert len(made) == 1


def test_a_file_named_twice_is_one_file(storm, dcache, fresh):
    for world in (storm, dcache):
        paths = world.nearline(2)
        backend = world.backend(**fresh)
        came = outcomes(world, backend, backend.recall(wanted("twice", [*paths, paths[0]])))
        assert came == dict.fromkeys(paths, Outcome.ONLINE)
