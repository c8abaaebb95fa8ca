"""LTFS on bad days: copies that are wrong or away, full disks, files that change meanwhile."""

import os
import subprocess
from pathlib import Path

import pytest

from unit.ltfs.small import TWO, Small, fuse_mounts
from waystation.backends.tape.ltfs.copying import Copying, DamagedError, SourceError
from waystation.domains.staging.entities import Outcome, Residency
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.cartridges import wrote

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="a mount of our own needs root")


def test_wrong_bytes_are_refused_in_plain_words_and_the_rest_comes(tmp_path):
    small = Small(tmp_path)
    faults.spoil(small.on_tape(1))
    told = small.brought()
    assert told[1].outcome is Outcome.REFUSED
    assert "read twice" in told[1].words
    assert "sha256" in told[1].words
    assert not Path(small.paths[1]).exists()
    assert {told[n].outcome for n in (0, 2, 3)} == {Outcome.ONLINE}
    assert all(small.right(n) for n in (0, 2, 3))
    assert not small.leftovers()


def test_wrong_bytes_on_one_cartridge_come_from_the_other(tmp_path):
    small = Small(tmp_path, names=TWO, copies=2)
    faults.spoil(small.on_tape(1, TWO[0]))
    told = small.brought(tape=TWO[0])
    assert {file.outcome for file in told.values()} == {Outcome.ONLINE}
    assert small.right(1)
    assert {n: entry.tape for n, entry in small.entries().items()} == {
        0: TWO[0],
        1: TWO[1],
        2: TWO[0],
        3: TWO[0],
    }


def test_a_copy_that_ends_too_soon_fails_and_its_cartridge_is_looked_through_again(tmp_path):
    small = Small(tmp_path)
    faults.truncate(small.on_tape(2))
    told = small.brought()
    assert told[2].outcome is Outcome.FAILED
    assert "changed since" in told[2].words
    assert small.refresh() == 1
    assert small.copies(2)[0].size == small.on_tape(2).stat().st_size
    assert small.refresh() == 0


def test_without_a_checksum_the_size_counts_and_that_is_said(tmp_path):
    small = Small(tmp_path, hashes=())
    told = small.brought()
    assert all("size only" in file.words for file in told.values())


def test_a_cartridge_that_is_away_gives_the_list_back_with_words(tmp_path):
    small = Small(tmp_path)
    faults.unmount(small.mount, small.names[0])
    told = small.brought()
    assert {file.outcome for file in told.values()} == {Outcome.FAILED}
    assert {file.words for file in told.values()} == {"Cartridge A00001L9 is not mounted."}
    faults.mount_again(small.mount, small.names[0])
    again = small.brought(key="again")
    assert {file.outcome for file in again.values()} == {Outcome.ONLINE}


def test_files_of_a_cartridge_that_is_away_come_from_the_other(tmp_path):
    small = Small(tmp_path, names=TWO, copies=2)
    faults.unmount(small.mount, TWO[0])
    told = small.brought(tape=TWO[0])
    assert {file.outcome for file in told.values()} == {Outcome.ONLINE}
    assert {entry.tape for entry in small.entries().values()} == {TWO[1]}


def test_another_volume_under_the_same_name_is_not_read(tmp_path):
    small = Small(tmp_path)
    os.setxattr(small.mount / small.names[0], "user.ltfs.volumeUUID", b"another")
    told = small.brought()
    assert all("formatted anew" in file.words for file in told.values())


@fuse_mounts
def test_a_cartridge_that_does_not_answer_any_more_is_given_up(tmp_path):
    small = Small(tmp_path)
    daemon = faults.Daemonless(small.mount / small.names[0])
    daemon.die()
    try:
        told = small.brought()
    finally:
        daemon.end()
    assert {file.outcome for file in told.values()} == {Outcome.FAILED}
    assert all("does not answer" in file.words for file in told.values())


@as_root
def test_a_full_disk_gives_the_rest_back_without_reading_it(tmp_path):
    small = Small(tmp_path, files=6)
    words = ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(small.root)]
    subprocess.run(words, check=True)
    try:
        told = small.brought()
        left = small.leftovers()
        there = [n for n in told if Path(small.paths[n]).exists()]
    finally:
        subprocess.run(["umount", str(small.root)], check=True)
    failed = [n for n, file in told.items() if file.outcome is Outcome.FAILED]
    assert there == [n for n in told if n not in failed]
    assert failed
    assert all("disk takes no more" in told[n].words for n in failed)
    assert not left
    assert all(not small.entries()[n].tape for n in failed)


@pytest.mark.parametrize("change", ["vanishes", "grows", "shrinks"])
def test_a_file_that_changes_while_it_is_read_is_not_put_in_its_place(tmp_path, change):
    small = Small(tmp_path, hashes=())
    place = small.on_tape(0)

    def meanwhile():  # the moment of the first byte
        if change == "grows":
            with place.open("ab") as file:
                file.write(b"more")
        elif change == "shrinks":
            os.truncate(place, 10)
        else:
            place.unlink()
        return 1.0

    (copy,) = small.copies(0)
    copying = Copying(meanwhile, fsync=False)
    cartridge, spot = small.mount / small.names[0], small.spot(0)
    if change == "vanishes":  # an open file is read to its end all the same
        copying.bring(cartridge, spot, copy, part="p", known=None)
        assert small.right(0)
        with pytest.raises(SourceError, match="not there any more"):
            copying.bring(cartridge, spot, copy, part="p", known=None)
        return
    with pytest.raises(DamagedError):
        copying.bring(cartridge, spot, copy, part="p", known=None)
    assert not Path(small.paths[0]).exists()
    assert list((small.root / "set").iterdir()) == []


def test_a_file_that_came_there_meanwhile_is_not_written_over(tmp_path):
    small = Small(tmp_path)

    def meanwhile():
        Path(small.paths[0]).write_bytes(b"the owner's")
        return 1.0

    (copy,) = small.copies(0)
    Copying(meanwhile, fsync=False).bring(
        small.mount / small.names[0], small.spot(0), copy, part="p", known=None
    )
    assert Path(small.paths[0]).read_bytes() == b"the owner's"


def test_a_link_in_the_way_is_not_followed(tmp_path):
    small = Small(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (small.root / "set").symlink_to(outside)
    told = small.brought()
    assert {file.outcome for file in told.values()} == {Outcome.FAILED}
    assert all("link" in file.words for file in told.values())
    assert list(outside.iterdir()) == []


def test_a_file_that_was_written_anew_on_its_tape_is_found(tmp_path):
    small = Small(tmp_path)
    place = small.on_tape(0)
    place.write_bytes(b"another length")
    assert small.refresh() == 0  # LTFS has not written its index yet
    wrote(small.mount / small.names[0])
    assert small.refresh() == 1
    (report,) = small.backend().locate(small.paths[:1])
    assert (report.residency, report.size_bytes) == (Residency.NEARLINE, 14)


def test_a_library_without_cartridges_is_away_and_not_empty(tmp_path):
    small = Small(tmp_path)
    faults.unmount(small.mount, small.names[0])
    with pytest.raises(Exception, match="No LTFS cartridge is mounted") as caught:
        small.backend(fresh_s=0.0).locate(small.paths)
    assert caught.value.retryable
