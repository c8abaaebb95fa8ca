"""Giving disk space back: never the only copy, never a file changed since."""

import os
from pathlib import Path

import pytest

from unit.ltfs.small import TWO, Small
from waystation.domains.staging.entities import Residency
from waystation_sim.ltfs import faults


@pytest.fixture
def small(tmp_path):
    made = Small(tmp_path, names=TWO)
    made.brought()
    return made


def kept(small, n=0):
    """Whether the file is still there after its release was asked for."""
    small.backend().release(small.paths)
    assert not Path(small.paths[1]).exists()  # nothing is wrong with this one
    return Path(small.paths[n]).exists()


def test_what_a_cartridge_has_is_removed_and_can_come_again(small):
    assert not kept(small)
    assert small.backend().locate(small.paths)[0].residency is Residency.NEARLINE
    small.brought(key="again")
    assert small.right(0)


def test_a_changed_file_is_kept(small):
    with Path(small.paths[0]).open("ab") as file:
        file.write(b"more")
    assert kept(small)
    (report,) = small.backend().locate(small.paths[:1])
    assert report.residency is Residency.ONLINE
    assert "changed since" in report.words


def test_a_file_written_anew_with_the_same_length_is_kept(small):
    Path(small.paths[0]).write_bytes(Path(small.paths[0]).read_bytes())
    assert kept(small)


def test_the_only_copy_is_kept(small):
    new = Path(small.paths[0]).with_name("new")
    new.write_bytes(b"only here")
    small.backend().release([str(new)])
    assert new.read_bytes() == b"only here"


def test_a_file_is_kept_when_the_tapes_copy_is_not_there_any_more(small):
    small.on_tape(0).unlink()  # the index does not know it yet
    assert kept(small)


def test_a_file_is_kept_when_the_tapes_copy_is_another(small):
    faults.truncate(small.on_tape(0))
    assert kept(small)


def test_a_file_is_kept_while_its_cartridge_is_away(small):
    tape = small.on_tape(0).parts[-3]
    faults.unmount(small.mount, tape)
    assert kept(small)


def test_a_file_is_kept_while_somebody_has_it_open(small):
    with Path(small.paths[0]).open("rb"):
        assert kept(small)
    small.backend().release(small.paths)
    assert not Path(small.paths[0]).exists()


def test_links_and_strangers_are_passed_over(small, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"x")
    Path(small.paths[0]).unlink()
    Path(small.paths[0]).symlink_to(target)
    small.backend().release([*small.paths, "/etc/passwd", f"{small.root}/../x", "\n"])
    assert target.exists()
    assert Path(small.paths[0]).is_symlink()


def test_it_can_be_switched_off(small):
    backend = small.backend(releases=False)
    assert not backend.capabilities.releases
    backend.release(small.paths)
    assert all(os.path.exists(path) for path in small.paths)  # noqa: PTH110
