"""The index of cartridges: what is looked through, when, and what is never."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from unit.ltfs.small import ONE, TWO, Small, fuse_mounts
from waystation.backends.tape.ltfs.attributes import Checksum, Volume
from waystation.backends.tape.ltfs.config import Tree
from waystation.backends.tape.ltfs.index import Index, Seen
from waystation.backends.tape.ltfs.scan import lines_of, refresh
from waystation.backends.tape.ltfs.trees import Trees, objection
from waystation.domains.staging.entities import Residency
from waystation.domains.staging.errors import BackendUnavailableError
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.cartridges import position, wrote


def test_an_unchanged_cartridge_is_not_looked_through_again(tmp_path):
    small = Small(tmp_path, names=TWO)
    assert small.refresh() == 0
    wrote(small.mount / TWO[0])
    assert small.refresh() == 1


def test_copies_are_told_by_cartridge_with_their_places(tmp_path):
    small = Small(tmp_path, names=TWO, copies=2)
    copies = small.copies(1)
    assert [copy.tape for copy in copies] == list(TWO)
    for copy in copies:
        place = small.on_tape(1, copy.tape)
        assert copy.position == position(place)
        assert (copy.size, copy.mtime_ns) == (place.stat().st_size, place.stat().st_mtime_ns)
    faults.unmount(small.mount, TWO[0])
    small.refresh()
    assert [(copy.tape, copy.present) for copy in small.copies(1)] == [
        (TWO[1], True),
        (TWO[0], False),
    ]


def test_without_a_generation_changed_directories_are_looked_at(tmp_path):
    small = Small(tmp_path)
    tape = small.mount / ONE[0]
    os.removexattr(tape, "user.ltfs.indexGeneration")
    small.refresh()
    (tape / "set" / "deep" / "er").mkdir(parents=True)
    (tape / "set" / "deep" / "er" / "new").write_bytes(b"x")
    (tape / "set" / "f0").unlink()
    small.refresh()
    ask = [b"set/deep/er/new", b"set/f0", b"set/f1"]
    assert [len(some) for some in small.index.copies(ask)] == [1, 0, 1]
    shutil.rmtree(tape / "set" / "deep")
    small.refresh()
    assert [len(some) for some in small.index.copies(ask)] == [0, 0, 1]
    (tape / "set").rename(tape / "other")
    small.refresh()
    ask = [b"set/f1", b"other/f1"]
    assert [len(some) for some in small.index.copies(ask)] == [0, 1]


def test_another_volume_under_a_known_name_begins_with_nothing(tmp_path):
    small = Small(tmp_path)
    tape = small.mount / ONE[0]
    shutil.rmtree(tape / "set")
    os.setxattr(tape, "user.ltfs.volumeUUID", b"formatted anew")
    small.refresh()
    assert small.copies(0) == []


def test_links_and_directories_that_are_no_cartridges_are_passed_over(tmp_path):
    small = Small(tmp_path)
    tape = small.mount / ONE[0]
    (tape / "set" / "link").symlink_to("/etc/passwd")
    (tape / "out").symlink_to("/etc")
    (small.mount / "of LTFS itself").mkdir()
    (small.mount / "B00001L9").symlink_to(tape)
    wrote(tape)
    small.refresh()
    assert small.index.copies([b"set/link", b"out/passwd"]) == [[], []]
    assert set(small.index.cartridges()) == {ONE[0]}


@fuse_mounts
def test_a_cartridge_that_does_not_answer_does_not_keep_the_others(tmp_path):
    small = Small(tmp_path, names=TWO, copies=2)
    wrote(small.mount / TWO[0])
    daemon = faults.Daemonless(small.mount / TWO[0] / "set")
    daemon.die()
    try:
        assert small.refresh() == 0
        assert [copy.present for copy in small.copies(0)] == [True, False]
        assert small.backend(fresh_s=0.0).locate(small.paths)[0].tape == TWO[1]
    finally:
        daemon.end()
    assert small.refresh() == 1
    assert [copy.present for copy in small.copies(0)] == [True, True]


def test_the_trees_decide_what_is_looked_through_and_whose_it_is(tmp_path):
    small = Small(tmp_path)
    inner = small.root / "inner"
    config = replace(small.config, trees=(Tree(small.root, "elsewhere"), Tree(inner, "/set/")))
    small.index._place.unlink()
    refresh(config, small.index)
    trees = Trees(config.trees)
    assert trees.spot(f"{inner}/f0").on_tape == b"set/f0"
    assert trees.spot(f"{small.root}/f0").on_tape == b"elsewhere/f0"
    assert trees.spot(str(small.root)) is None
    assert trees.spot("/somewhere/else") is None
    assert [len(some) for some in small.index.copies([b"set/f0", b"elsewhere/f0"])] == [1, 0]


@pytest.mark.parametrize(
    "path", ["relative", "/a\0b", "/a\nb", "/a/../b", "/a//b", "/a/./b", "/a/", "", "/"]
)
def test_paths_that_are_not_plain_are_objected_to(path):
    assert objection(path)


def test_names_that_are_no_text_are_names_all_the_same(tmp_path):
    small = Small(tmp_path)
    odd = os.fsencode(small.mount / ONE[0]) + b"/set/\xff odd"
    Path(os.fsdecode(odd)).write_bytes(b"x")
    wrote(small.mount / ONE[0])
    small.refresh()
    path = os.fsdecode(os.fsencode(small.root) + b"/set/\xff odd")
    (report,) = small.backend().locate([path])
    assert report.residency is Residency.NEARLINE


def test_the_sites_own_checksums_are_found_by_any_way_of_writing(tmp_path):
    small = Small(tmp_path)
    sums = tmp_path / "sums"
    sums.write_text(
        f"{'A' * 64}  set/f0\n{'b' * 32} *./set/f1\n{'c' * 40}  {small.root}/set/f2\n"
        f"{'d' * 64}  /elsewhere/f3\n# a remark\n{'e' * 64}\nnot hex  set/f3\n\n"
        f"{'f' * 8}  ../out\n"
    )
    config = replace(small.config, checksums=sums)
    assert list(lines_of(config)) == [
        (b"set/f0", Checksum("sha256", "a" * 64)),
        (b"set/f1", Checksum("md5", "b" * 32)),
        (b"set/f2", Checksum("sha1", "c" * 40)),
    ]
    refresh(config, small.index)
    asked = [b"set/f3", b"set/f1"]
    assert small.index.checksums(asked) == {1: Checksum("md5", "b" * 32)}
    sums.write_text(f"{'0' * 8}  set/f3\n")
    refresh(config, small.index)
    assert small.index.checksums(asked) == {0: Checksum("crc32", "0" * 8)}
    refresh(small.config, small.index)
    assert small.index.checksums(asked) == {}


def test_a_broken_index_is_told_in_the_ports_words(tmp_path):
    small = Small(tmp_path)
    small.index._place.write_bytes(b"this is no database, and long enough to be sure" * 100)
    with pytest.raises(BackendUnavailableError, match="index of cartridges") as caught:
        small.copies(0)
    assert "made anew" in caught.value.advice


def test_a_hundred_thousand_paths_are_one_question(tmp_path):
    index = Index(tmp_path)
    folder = Seen(b"d", 0, 1)
    files = [Seen(b"d/f%06d" % n, n, n, n) for n in range(100_000)]
    with index.change() as change:
        change.cartridge("T1", Volume("u", 1, 512))
        change.files("T1", folder, files)
    began = time.monotonic()
    found = index.copies([seen.path for seen in files])
    print(f"100,000 paths in the index: {time.monotonic() - began:.2f} s")
    assert [some[0].position for some in found[:3]] == [0, 512, 1024]
    assert all(len(some) == 1 for some in found)
