"""Simulated cartridges and drives: what is written, and that an open waits its turn."""

import os
import threading

import pytest

from waystation_sim.library.geometry import locate_s
from waystation_sim.library.profiles import LTO9
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.cartridges import (
    BLOCK_BYTES,
    FIRST_BLOCK,
    Writing,
    position,
    write_tree,
)
from waystation_sim.ltfs.running import RunningDrives

NAMES = ["X00001L9", "X00002L9"]


@pytest.fixture
def source(tmp_path):
    for n in range(6):
        place = tmp_path / "source" / "d" / f"f{n}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bytes([n]) * 100 * n)
    return tmp_path / "source"


def test_files_are_written_with_bytes_times_and_attributes(source, tmp_path):
    write_tree(source, tmp_path / "ltfs", NAMES, below="archive")
    for n in range(6):
        (place,) = (tmp_path / "ltfs").glob(f"*/archive/d/f{n}")
        assert place.read_bytes() == (source / "d" / f"f{n}").read_bytes()
        assert place.stat().st_mtime_ns == (source / "d" / f"f{n}").stat().st_mtime_ns
        assert ("user.ltfs.startblock" in os.listxattr(place)) == bool(n)
        assert "user.ltfs.hash.sha256sum" in os.listxattr(place)


def test_packed_files_lie_one_after_the_other(source, tmp_path):
    how = Writing(spread=False, hashes=())
    write_tree(source, tmp_path / "ltfs", NAMES[:1], how=how)
    places = [position(tmp_path / "ltfs" / NAMES[0] / "d" / f"f{n}") for n in range(1, 6)]
    assert places == [(FIRST_BLOCK + n) * BLOCK_BYTES for n in range(5)]


def test_copies_go_to_different_cartridges(source, tmp_path):
    write_tree(source, tmp_path / "ltfs", NAMES, how=Writing(copies=2))
    assert all((tmp_path / "ltfs" / name / "d" / "f3").exists() for name in NAMES)


def test_opens_are_served_in_order_and_cost_what_the_geometry_says(source, tmp_path):
    mount = tmp_path / "ltfs"
    write_tree(source, mount, NAMES[:1])
    places = [mount / NAMES[0] / "d" / f"f{n}" for n in (5, 2, 4)]
    with RunningDrives(mount, tmp_path / "drives", speed_up=1e6) as drives:
        for place in places:
            os.stat(place)  # noqa: PTH116 - names and sizes never wait
            assert place.read_bytes()
        opened = drives.opened()
        assert places[0].read_bytes()
        assert len(drives.opened()) == 3
    assert [one.place for one in opened] == places
    mount_s = 3600 / 270 + LTO9.load_s
    head = 0
    for n, one in enumerate(opened):
        size = one.place.stat().st_size
        begin = position(one.place)
        cost = locate_s(LTO9, head, begin) + size / LTO9.rate_bytes_s + LTO9.per_file_s
        assert one.cost_s == pytest.approx(cost + (0 if n else mount_s), abs=0.01)
        head = begin + size
    assert opened[-1].at_s == pytest.approx(sum(one.cost_s for one in opened), abs=0.01)


def test_one_drive_changes_cartridges(source, tmp_path):
    mount = tmp_path / "ltfs"
    write_tree(source, mount, NAMES)
    places = [next(mount.glob(f"*/d/f{n}")) for n in (1, 2, 3)]
    with RunningDrives(mount, tmp_path / "drives", speed_up=1e6) as drives:
        for place in places:
            place.read_bytes()
        costs = [one.cost_s for one in drives.opened()]
    assert min(costs) > 3600 / 270 + LTO9.load_s  # each had to be mounted
    assert min(costs[1:]) > LTO9.unload_s + LTO9.load_s


def test_who_opens_waits(source, tmp_path):
    mount = tmp_path / "ltfs"
    write_tree(source, mount, NAMES[:1])
    place, read = mount / NAMES[0] / "d" / "f3", threading.Event()
    with RunningDrives(mount, tmp_path / "drives", speed_up=50.0) as drives:
        reader = threading.Thread(target=lambda: (place.read_bytes(), read.set()))
        reader.start()
        assert not read.is_set()
        assert drives.await_opened(1)[0].place == place
        reader.join(20)
    assert read.is_set()


def test_faults_are_what_they_say(source, tmp_path):
    mount = tmp_path / "ltfs"
    write_tree(source, mount, NAMES[:1])
    place = mount / NAMES[0] / "d" / "f3"
    before, seen = place.read_bytes(), place.stat()
    faults.spoil(place)
    assert place.read_bytes() != before
    assert (place.stat().st_size, place.stat().st_mtime_ns) == (seen.st_size, seen.st_mtime_ns)
    faults.truncate(place)
    assert place.stat().st_size == seen.st_size // 2
    faults.unmount(mount, NAMES[0])
    assert not (mount / NAMES[0]).exists()
    faults.mount_again(mount, NAMES[0])
    assert place.exists()
