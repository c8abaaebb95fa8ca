"""The disk that recalled files go to is full, and the reserve that keeps away from that."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from running import new_house, until

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk: run as root")


def test_nothing_is_sent_while_the_disk_has_less_than_the_reserve(world, tmp_path):
    world.put("T1", "a", "b")
    free = shutil.disk_usage(tmp_path).free
    world.post.roots = (str(tmp_path),)
    world.post.rules = dataclasses.replace(world.rules, reserve_bytes=2 * free)
    made = world.ask("a", "b")
    world.turn()
    assert world.states(made.request.id) == ["queued"] * 2
    assert world.tape.calls == []
    world.post.rules = dataclasses.replace(world.rules, reserve_bytes=free // 2)
    world.turn()
    assert world.staging.request(world.ana, made.request.id).state == "complete"


@pytest.mark.slow
@ROOT
def test_a_full_disk_costs_time_and_nothing_else(tmp_path):
    """What fits comes; the rest is tried again and comes as soon as there is room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", disk], check=True)
    try:
        _elsewhere(disk / "site", tmp_path)
        with new_house(
            directories=2,
            files_each=20,
            speed_up=4_000,
            largest=200_000,
            site_at=disk / "site",
            WAYSTATION_PLANNER__ATTEMPTS="50",
        ) as house:
            _leave(disk, 1_000_000)
            made = house.stage(house.paths)
            assert until(lambda: _trouble(house), 60)
            view = house.request(made["id"])
            assert view["state"] == "active"
            assert 0 < view["counts"]["online"] < len(house.paths)
            come = [path for path in house.paths if Path(path).stat().st_blocks]
            assert house.wrong_bytes(come) == [], "a file was left half written"
            (disk / "fill").unlink()
            view = house.ended(made["id"], 90)
            assert view["state"] == "complete", view
            assert house.wrong_bytes(house.paths) == []
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _elsewhere(site: Path, place: Path) -> None:
    """Only the cache is on the small disk; the tape library itself has room to write."""
    (place / "tapes").mkdir()
    site.mkdir()
    for name in ("tapes", "site.db"):
        (site / name).symlink_to(place / name)


def _leave(disk: Path, size: int) -> None:
    """Fill a disk up to so many bytes."""
    with (disk / "fill").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - size)


def _trouble(house) -> bool:
    """Some file is tried again because it could not be brought back."""
    return bool(house.rows("SELECT 1 FROM staging_recall WHERE tries > 0 LIMIT 1"))
