"""The small parts of the Spectrum Archive back end."""

import os
from pathlib import Path

import pytest

from waystation.backends.tape.spectrum_archive.command import complaint, portions
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.backends.tape.spectrum_archive.glance import Glance, look, objection
from waystation.backends.tape.spectrum_archive.listing import ListFolder
from waystation.backends.tape.spectrum_archive.parse import FileResult, Place, TapeRow, TaskRow
from waystation.backends.tape.spectrum_archive.places import report
from waystation.backends.tape.spectrum_archive.tasks import KnownTasks, outcomes, state_of
from waystation.domains.staging.entities import ListState, Outcome, Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError


def row(full_id, status="running", result="", command="eeadm recall /l/waystation-k.list"):
    return TaskRow(full_id, full_id.partition("@")[0], command, status, result)


def test_command_lines_are_cut_by_count_and_by_bytes():
    assert [len(part) for part in portions(["/a"] * 5, 2)] == [2, 2, 1]
    long = "/" + "x" * 4000
    parts = list(portions([long] * 1000, 10_000))
    assert sum(map(len, parts)) == 1000
    assert max(sum(map(len, part)) for part in parts) <= 512 * 1024
    assert list(portions([], 5)) == []


def test_the_line_that_says_what_is_wrong_is_chosen():
    assert complaint("GLESL268I: 3 files\nGLESL010E: not running\nbye") == "GLESL010E: not running"
    assert complaint("first\nlast\n") == "last"
    assert complaint("") == "it said nothing"


def test_sudo_is_put_before_the_command():
    config = EeadmConfig(Path("/opt/eeadm"), Path("/l"), sudo_user="ee")
    assert config.argv("task", "list") == [
        *["sudo", "-n", "-u", "ee", "--", "/opt/eeadm", "task", "list"]
    ]


@pytest.mark.parametrize("path", ["-s", "a/b", "/a\nb", "/a\0b", "/a\r", "/a -- /b"])
def test_names_that_could_be_something_else_meet_an_objection(path):
    assert objection(path)
    assert not objection("/gpfs/a b/-c--d")


def test_a_glance_tells_what_the_file_system_knows(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "file").write_bytes(b"x" * 10)
    assert look(str(tmp_path / "empty"), "dmapi.IBMTPS").residency is Residency.ONLINE
    doubtful = look(str(tmp_path / "file"), "dmapi.IBMTPS")
    assert (doubtful.residency, doubtful.size_bytes, doubtful.words) == (Residency.UNKNOWN, 10, "")
    assert look(str(tmp_path / "file" / "x"), "").residency is Residency.MISSING
    assert look(str(tmp_path), "").words == "not a regular file"


def test_a_stub_with_the_attribute_is_nearline(tmp_path):
    stub = tmp_path / "stub"
    with stub.open("wb") as file:
        file.truncate(1000)
    try:
        os.setxattr(stub, "user.dmapi.IBMTPS", b"1 A00001L9@p@l")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    seen = look(str(stub), "dmapi.IBMTPS")
    assert seen.places[0].tape == "A00001L9"
    assert seen.residency is Residency.NEARLINE
    assert look(str(stub), "").residency is Residency.UNKNOWN


def test_lists_are_private_and_name_their_key(tmp_path):
    folder = ListFolder(tmp_path)
    place = folder.write_list("k-1", ["/gpfs/a b", "/gpfs/\udce4"])
    assert place.name == "waystation-k-1.list"
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.read_bytes() == b"0 0 0 -- /gpfs/a b\n0 0 0 -- /gpfs/\xe4\n"
    assert folder.paths_in(f"eeadm recall {place} -l lib1") == ["/gpfs/a b", "/gpfs/\udce4"]
    assert folder.paths_in("eeadm recall /etc/waystation-k-1.list") is None
    assert list(tmp_path.iterdir()) == [place]
    with pytest.raises(BackendRefusedError):
        folder.list_of("../x")


def test_a_folder_that_cannot_be_used_is_said_in_the_ports_words(tmp_path):
    file = tmp_path / "file"
    file.touch()
    folder = ListFolder(file)
    for call in (
        lambda: folder.handle_of("k"),
        lambda: folder.keep_handle("k", "1"),
        lambda: folder.write_list("k", ["/a"]),
        lambda: folder.said("k"),
        lambda: folder.output_of("k").__enter__(),
    ):
        with pytest.raises(BackendUnavailableError):
            call()
    assert folder.paths_in(f"eeadm recall {file}/waystation-k.list") is None
    folder.prune(1)


def test_the_output_is_for_one_at_a_time(tmp_path):
    folder = ListFolder(tmp_path)
    with folder.output_of("k") as (_, first), folder.output_of("k") as (_, second):
        assert (first, second) == (True, False)
    with folder.output_of("k") as (_, again):
        assert again


def test_old_lists_are_removed_and_others_kept(tmp_path):
    folder = ListFolder(tmp_path)
    old, new = folder.write_list("old", ["/a"]), folder.write_list("new", ["/a"])
    foreign = tmp_path / "foreign"
    foreign.touch()
    for path in (old, foreign):
        os.utime(path, (1000, 1000))
    folder.prune(2000)
    assert sorted(tmp_path.iterdir()) == sorted([new, foreign])


def test_a_duplicate_is_no_news_and_other_failures_have_words():
    news = outcomes(
        [FileResult("/a", ""), FileResult("/b", "GLESM431E"), FileResult("/c", "GLESL999E")]
    )
    assert [(file.path, file.outcome) for file in news] == [
        ("/a", Outcome.ONLINE),
        ("/c", Outcome.FAILED),
    ]
    assert "GLESL999E" in news[1].words


def test_numbers_wrap_and_the_newest_wins():
    old, new = row("1000@2026-01-01T00:00:00", "completed", "failed"), row("1000@2026-02-01T00:00")
    known = KnownTasks((old, new))
    assert known.of("1000") is new
    assert known.of(old.full_id) is old
    assert known.shows(new)
    assert not known.shows(old)
    assert KnownTasks((row("7@x", command="eeadm recall /somebody/else"),)).of("7") is None


@pytest.mark.parametrize(
    ("status", "result", "state"),
    [
        ("waiting", "", ListState.WAITING),
        ("running", "", ListState.RUNNING),
        ("interrupted", "", ListState.RUNNING),
        ("completed", "failed", ListState.ENDED),
        ("odd", "aborted", ListState.ENDED),
    ],
)
def test_statuses(status, result, state):
    assert state_of(row("1@x", status, result)) is state


@pytest.mark.parametrize(
    ("library", "away", "tape"),
    [
        ("", "", "A1"),
        ("lib1", "", "A1"),
        ("lib2", "", "B1"),
        ("lib3", "", "A1"),
        ("lib2", "B1", "A1"),
    ],
)
def test_of_several_copies_the_one_in_the_wanted_library_is_read(library, away, tape):
    """Unless it cannot be read now: then any other will do."""
    tapes = {
        name: TapeRow(name, "offline" if name == away else "appendable", where)
        for name, where in (("A1", "lib1"), ("B1", "lib2"))
    }
    # The attribute names libraries by their serial numbers.
    copies = (Place("A1", "p1", "00078D"), Place("B1", "p2", "00078E"))
    seen = Glance(Residency.NEARLINE, 10, copies)
    found = report("/a", seen, None, tapes, library=library)
    assert (found.tape, found.library) == (tape, tapes[tape].library)
