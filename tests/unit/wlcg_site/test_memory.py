"""Journals, names and the index of what is held: pure, or on a directory of the test's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.backends.tape.wlcg_tape import journal
from waystation.backends.tape.wlcg_tape.holding import Holdings
from waystation.backends.tape.wlcg_tape.journal import Part
from waystation.backends.tape.wlcg_tape.naming import Prefixes, likeness, objection
from waystation.backends.tape.wlcg_tape.notes import Notes

PATHS = tuple(f"/a/{n}" for n in range(6))


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path, 1.0)


def sent(notes, key="k", paths=PATHS, size=3):
    """A list of which every part was accepted."""
    with notes.held(key):
        note = notes.begin(key, paths)
        while not note.whole:
            notes.sending(note)
            part = Part(f"{key}-{note.taken}", note.taken, min(size, len(paths) - note.taken))
            note = notes.answered(note, part)
    return note


def test_a_journal_is_read_as_it_was_written(notes):
    note = sent(notes)
    notes.drop("k", ["/a/0"])
    notes.release("k", ["/a/5"])
    found = notes.read("k")
    assert found.paths == PATHS
    assert found.parts == note.parts
    assert (found.dropped, found.released) == ({"/a/0"}, {"/a/5"})
    assert found.whole
    assert found.accepted
    assert not found.doubtful
    assert found.size == notes.size("k") > 0


@given(cut=st.integers(min_value=0, max_value=2_000))
def test_a_journal_cut_anywhere_is_what_was_known_before(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("cut")
    notes = Notes(folder, 1.0)
    sent(notes)
    (place,) = folder.iterdir()
    content = place.read_bytes()[:cut]
    place.write_bytes(content)
    found = notes.read("k")
    if found is None:
        assert content.count(b"\n") == 0
        return
    assert found.paths == PATHS
    assert [part.id for part in found.parts] == ["k-0", "k-3"][: len(found.parts)]
    # What is written after a crash is whole, whatever the crash has left.
    with notes.held("k"):
        notes.drop("k", ["/a/1"])
    assert notes.read("k").dropped == {"/a/1"}


def test_what_was_sent_and_not_answered_is_in_doubt(notes):
    with notes.held("k"):
        note = notes.begin("k", PATHS)
        notes.sending(note)
        assert notes.read("k").doubtful
        notes.not_taken(note)
        assert not notes.read("k").doubtful
        notes.sending(note)
        notes.answered(note, Part("x", 0, 6))
    assert not notes.read("k").doubtful


@given(st.binary(max_size=200))
def test_no_content_of_a_journal_is_a_crash(content):
    journal.read("k", content)


@pytest.mark.parametrize("key", ["", "A", "../x", "a" * 65, "a/b"])
def test_what_is_no_key_is_nothing(notes, key):
    assert notes.read(key) is None
    assert notes.size(key) == 0


def test_who_holds_a_file_is_found_among_all_lists(notes):
    for key in ("one", "two"):
        sent(notes, key)
    sent(notes, "other", ("/b/0",))
    holdings = Holdings(notes)
    held = {(each.request, each.paths) for each in holdings.of(["/a/1", "/a/4", "/c"])}
    assert held == {
        ("one-0", ("/a/1",)),
        ("one-3", ("/a/4",)),
        ("two-0", ("/a/1",)),
        ("two-3", ("/a/4",)),
    }
    notes.release("one", ["/a/1"])
    notes.drop("two", ["/a/1"])
    assert holdings.of(["/a/1"]) == []
    sent(notes, "late", ("/c",))
    assert [each.request for each in holdings.of(["/c"])] == ["late-0"]
    notes.prune(before=float("inf"))
    assert holdings.of(PATHS) == []


def test_paths_are_named_by_the_longest_prefix():
    names = Prefixes({"/a": "/pnfs/x/", "/a/b/": "/other", "/": "/all"})
    assert names.there("/a/f") == "/pnfs/x/f"
    assert names.there("/a/b/f") == "/other/f"
    assert names.there("/ab/f") == "/all/ab/f"
    assert names.there("/a") == "/pnfs/x"
    assert Prefixes({}).there("/a/f") == "/a/f"


def test_spellings_of_one_path_are_alike_and_bad_names_are_refused():
    assert likeness("/a//b%20c") == likeness("/a/b c")
    assert likeness("/a/b") != likeness("/a/B")
    assert objection("/a b -- é%20/..f") == ""
    for bad in ("relative", "/a/../b", "/..", "/a\nb", "/a\0", "/a\udcff", ""):
        assert objection(bad)
