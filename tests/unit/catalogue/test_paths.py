"""Sifting paths: the quick look over all of them never takes what the look at each refuses."""

import posixpath
import time

from hypothesis import example, given, settings
from hypothesis import strategies as st

from waystation.domains.catalogue.paths import MAX_BYTES, reason_against, sift

ROOTS = st.sampled_from(["/arc", "/arc/", "/a b/ü", "/"])
ODD = ["", ".", "..", "...", "a", "b.c", " ", "ü", "\n", "\0", "\t", "\x7f", "\u2028", "\u0085"]
PARTS = st.one_of(
    st.sampled_from([*ODD, "\ud800", "x" * 600, "😀" * 200, "é" * 400]), st.text(max_size=5)
)
BELOW = st.lists(PARTS, max_size=5).map("/".join)
ANY = st.one_of(BELOW, st.text(max_size=12))


@st.composite
def asked(draw):
    """A root, and paths most of which lie below it."""
    root = draw(ROOTS)
    front = st.sampled_from([root.rstrip("/") + "/"] * 5 + [root, "", "/", "/other/", root + "x/"])
    return root, draw(st.lists(st.tuples(front, ANY).map("".join), max_size=8))


@settings(max_examples=500)
@given(asked())
@example(("/arc", ["/arc/a\n/arc/b"]))
@example(("/arc", ["/arc/a\n", "/arc/b"]))
@example(("/arc", ["/arc/a\n/arc", "/arc/b"]))
@example(("/arc", ["/arc/" + "é" * 999]))
@example(("/", ["/a", "//b"]))
def test_sift_is_the_look_at_each(case):
    root, paths = case
    good, refused, folded = sift(paths, root)
    once = list(dict.fromkeys(paths))
    assert good == [p for p in once if reason_against(p, root) is None]
    assert [r.path for r in refused] == [p for p in once if reason_against(p, root) is not None]
    assert all(r.reason for r in refused)
    assert folded == len(paths) - len(once)


@settings(max_examples=500)
@given(asked())
def test_what_is_taken_lies_below_the_root_and_is_one_line(case):
    root, paths = case
    for path in sift(paths, root)[0]:
        assert posixpath.normpath(path) == path
        assert posixpath.commonpath([path, root]) == (root.rstrip("/") or "/")
        assert len(path.encode()) <= MAX_BYTES
        assert path.isprintable() or not set(path) & {"\n", "\r", "\0", "\t"}
        assert len(path.splitlines()) == 1


def test_a_million_are_looked_at_in_moments():
    paths = [f"/arc/run{n // 1000}/file-{n}.fits" for n in range(1_000_000)]
    began = time.process_time()
    good, refused, folded = sift(paths, "/arc")
    assert time.process_time() - began < 5
    assert (len(good), refused, folded) == (1_000_000, [], 0)
