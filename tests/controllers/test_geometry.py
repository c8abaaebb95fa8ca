"""Cartridges whose geometry is as assumed, or is not: what is sent after their times were seen.

The whole way: steps over PostgreSQL, the LTFS back end, its work on a list, and simulated drives
that make every open wait. Time is the drives' own: a moment is how long they have worked.
"""

import fcntl
import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from waystation.backends.tape.ltfs.backend import Ltfs
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.backends.tape.ltfs.errand import Errand
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.controller.geometry import Geometries
from waystation.domains.staging.entities import Ask
from waystation.domains.staging.planner.runs import Extent
from waystation_sim.library.geometry import locate_s
from waystation_sim.library.profiles import LTO9
from waystation_sim.ltfs.cartridges import position, write_tree
from waystation_sim.ltfs.running import RunningDrives

FILES = 40
TAPE = "G00001L9"
START_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


class Mounted:
    """One cartridge, many small files scattered over the whole of it."""

    def __init__(self, small, folder, lists):
        self.small, self.folder, self.asked = small, folder, 0
        self.mount, self.root = folder / "ltfs", folder / "cache"
        (folder / "source").mkdir()
        for n in range(lists * FILES):
            (folder / "source" / f"f{n:04}").write_bytes(bytes([n % 251]) * 100)
        write_tree(folder / "source", self.mount, [TAPE])
        self.root.mkdir()
        (folder / "lists").mkdir(mode=0o700)
        self.config = LtfsConfig(
            mount=self.mount,
            list_dir=folder / "lists",
            trees=(Tree(self.root),),
            fsync=False,
        )
        self.lists = ListFolder(self.config.list_dir)
        post = small.post
        post.backend = Ltfs(self.config, small.clock)
        post.geometry = Geometries(small.database, small.clock, "mem", post.rules.drive)
        small.catalogue.sync_stores(
            [StoreInfo(0, "ltfs", str(self.root), "mem", ("*",), 50_000, 0)]
        )
        self.names = [f"f{n:04}" for n in range(lists * FILES)]
        random.Random(3).shuffle(self.names)

    @contextmanager
    def drives(self, wrap_ends=None):
        """Real movers find the drive taken: lists are worked on by `served`."""
        folder = self.folder / "drives"
        lock = self.config.list_dir / "waystation-drive.0.lock"
        with (
            lock.open("ab") as taken,
            RunningDrives(self.mount, folder, speed_up=1e7, wrap_ends=wrap_ends) as running,
        ):
            fcntl.flock(taken, fcntl.LOCK_EX)
            yield running

    def served(self, drives):
        """Ask for the next files and see them come; their positions in the order read."""
        names = self.names[self.asked : self.asked + FILES]
        self.asked += FILES
        before = len(drives.opened())
        ask = Ask([f"{self.root}/{name}" for name in names], "ltfs")
        request = self.small.staging.submit(self.small.ana, ask).request.id
        for _ in range(40):
            self.small.turn(1)
            for key in self.lists.waiting():
                stored = self.lists.read(key)
                Errand(
                    self.config,
                    stored,
                    now_s=lambda: START_S + drives.virtual_s(),
                    show=lambda _tape: None,
                ).run()
            if set(self.small.states(request)) == {"online"}:
                break
        assert set(self.small.states(request)) == {"online"}
        return [position(opened.place) for opened in drives.opened()[before:]]

    def wanted(self):
        """Positions of the files asked for last, as they were asked for."""
        names = self.names[self.asked - FILES : self.asked]
        return [position(self.mount / TAPE / name) for name in names]

    def known(self):
        extents = [Extent(n, int(n * 4.4e12), 10**6) for n in range(4)]
        return Geometries(
            self.small.database, self.small.clock, "mem", self.small.post.rules.drive
        )(TAPE, extents)


def locating_s(order):
    """Virtual seconds that the drive needs to get from each to the next."""
    return sum(locate_s(LTO9, *pair) for pair in pairwise([0, *order]))


def wraps(scale):
    size = LTO9.capacity_bytes / LTO9.wraps * scale
    return [size * (n + 1) for n in range(int(LTO9.wraps / scale) + 1)]


def test_a_cartridge_as_assumed_gains_trust_and_loses_it_when_it_is_another(small, tmp_path):
    world = Mounted(small, tmp_path, lists=5)
    with world.drives() as drives:
        first = world.served(drives)
        assert first == sorted(first)
        assert not world.known().trusted  # nothing is planned, so nothing was learnt yet
        second = world.served(drives)
        assert second != sorted(second)
        costs = {"as read": second, "block order": sorted(second), "as asked": world.wanted()}
        seconds = {name: locating_s(order) for name, order in costs.items()}
        print(", ".join(f"{name} {s:.0f} s" for name, s in seconds.items()))
        assert seconds["as read"] < 0.7 * seconds["block order"] < seconds["as asked"]
        assert world.known().trusted
        assert world.known().error < 0.02
    with world.drives(wraps(0.9)) as drives:
        third = world.served(drives)
        assert third != sorted(third)  # still believed
        for _ in range(2):
            later = world.served(drives)
            assert later == sorted(later)
        assert not world.known().trusted
    verdict = small.rows("SELECT zones FROM staging_tapetrust")[0][0]
    assert any(zone["doubted"] for zone in verdict)


@pytest.mark.parametrize("scale", [0.98, 1.03])
def test_a_cartridge_a_little_off_is_read_in_block_order_always(small, tmp_path, scale):
    world = Mounted(small, tmp_path, lists=3)
    with world.drives(wraps(scale)) as drives:
        for _ in range(3):
            order = world.served(drives)
            assert len(order) == FILES
            assert order == sorted(order)
    assert not world.known().trusted


def test_a_verdict_counts_each_list_once_and_outlives_the_process(small, tmp_path):
    world = Mounted(small, tmp_path, lists=2)
    with world.drives() as drives:
        world.served(drives)
        world.served(drives)
    small.turn()
    (before,) = small.rows("SELECT zones, list_id FROM staging_tapetrust")
    small.clock.at += timedelta(seconds=60)
    small.turn()
    assert small.rows("SELECT zones, list_id FROM staging_tapetrust") == [before]
    assert world.known().trusted
    assert (
        Geometries(small.database, small.clock, "other", small.post.rules.drive)(TAPE, ())
        != world.known()
    )


def test_a_verdict_of_another_version_counts_as_nothing(small):
    with small.database.transaction() as conn:
        conn.execute(
            b"INSERT INTO staging_tapetrust VALUES"
            b" ('mem', 'T1', '[{\"steps\": 9}]', 1, now()), ('mem', 'T2', '{}', 1, now()),"
            b" ('mem', 'T3', '[{\"no such\": 9}]', 1, now())"
        )
    geometries = Geometries(small.database, small.clock, "mem", small.post.rules.drive)
    for tape in ("T1", "T2", "T3", "T4"):
        assert not geometries(tape, ()).trusted
        assert not geometries(tape, [Extent(0, 0, 1)]).trusted
