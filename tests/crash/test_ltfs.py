"""LTFS with kill -9 before every call to the system: of a mover, of who recalls, of the scan.

Python's audit hooks tell of every open, link, unlink, rename, lock, attribute and process; a fork
of this process dies at one of them after the other, and then somebody else goes on.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from process_trees import processes
from running import House, free_port, until
from unit.ltfs.small import TWO, Small
from waystation.domains.staging.entities import ListState, Outcome, RecallList
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.running import RunningDrives
from waystation_testing.tape import ended

pytestmark = pytest.mark.slow

CALLS = ("open", "os.", "fcntl.", "sqlite3.", "subprocess.")
MOST = 400


def dies_at(number, work):
    """Whether a fork that does `work` was killed before its call of this number."""
    child = os.fork()
    if not child:
        signal.alarm(60)  # a fork that hangs is a failure, not a wait for ever
        left = [number]

        def count(event, _):
            if event.startswith(CALLS) and event != "os.kill":
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        with suppress(BaseException):
            sys.addaudithook(count)
            work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return os.WIFSIGNALED(status)


def every_place(folder, make, work, check, step=1):
    """Kill at each place in turn; `check` looks at the world afterwards. How many places."""
    for number in range(0, MOST, step):
        world = make(folder / str(number))
        if not dies_at(number, lambda world=world: work(world)):
            return number
        check(world)
    raise AssertionError("it never came to its end")


def whole(world):
    """Somebody else goes on, and everything is as it would have been."""
    for path in world.paths:  # never a part under the file's own name
        n = int(path.rpartition("f")[2])
        assert not Path(path).exists() or world.right(n)
    if not world.lists.ended("k"):
        assert world.move() == 1
    told = world.told()
    assert {n: file.outcome for n, file in told.items()} == dict.fromkeys(
        range(len(world.paths)), Outcome.ONLINE
    )
    assert all(world.right(n) for n in told)
    assert not world.leftovers()
    lines = world.lists.place("k", "journal").read_text().splitlines()
    settled = [line for line in lines if '"online"' in line]
    assert len(settled) == len(world.paths)


def test_a_mover_killed_anywhere_is_gone_on_with(tmp_path):
    def make(folder):
        world = Small(folder, files=3)
        world.want("k", world.paths)
        return world

    assert every_place(tmp_path, make, Small.move, whole) > 60


def test_a_mover_killed_twice_is_gone_on_with(tmp_path):
    def make(folder):
        world = Small(folder, files=2)
        world.want("k", world.paths)
        return world

    def again(world):
        dies_at(25, world.move)
        whole(world)

    assert every_place(tmp_path, make, Small.move, again, step=3) > 40


def test_a_mover_killed_with_a_bad_copy_still_takes_the_other(tmp_path):
    def make(folder):
        world = Small(folder, files=2, names=TWO, copies=2)
        faults.spoil(world.on_tape(0, TWO[0]))
        world.want("k", world.paths, TWO[0])
        return world

    assert every_place(tmp_path, make, Small.move, whole, step=3) > 60


def test_a_scan_killed_anywhere_leaves_a_true_index(tmp_path):
    def make(folder):
        world = Small(folder, files=3, names=TWO)
        (world.config.list_dir / "index.sqlite").unlink()
        return world

    def true(world):
        world.refresh()
        assert [len(some) for some in map(world.copies, range(3))] == [1, 1, 1]

    assert every_place(tmp_path, make, Small.refresh, true) > 20


def test_who_recalls_may_be_killed_anywhere(tmp_path):
    wanted = {}

    def make(folder):
        world = Small(folder, files=2)
        world.patience_s = 30.0
        wanted[world.folder] = RecallList("k", tuple(world.paths))
        return world

    def once(world):
        backend = world.backend()
        handle = backend.recall(wanted[world.folder])
        ended(world, backend, handle)
        whole(world)
        assert len(list(world.config.list_dir.glob("*.list"))) == 1

    places = every_place(
        tmp_path, make, lambda world: world.backend().recall(wanted[world.folder]), once, step=3
    )
    assert places > 15


def test_a_release_killed_anywhere_loses_nothing(tmp_path):
    def make(folder):
        world = Small(folder, files=2)
        world.brought()
        return world

    def safe(world):
        assert all(not Path(p).exists() or world.right(n) for n, p in enumerate(world.paths))
        assert all(world.on_tape(n).exists() for n in range(2))
        world.backend().release(world.paths)
        assert not any(Path(path).exists() for path in world.paths)

    def release(world):
        world.backend().release(world.paths)

    assert every_place(tmp_path, make, release, safe) > 10


def test_a_mover_killed_while_it_waits_for_its_tape_is_replaced_by_who_polls(tmp_path):
    world = Small(tmp_path, files=3)
    world.patience_s = 40.0
    backend = world.backend()
    # The first file takes as long as a mount and a locate: some seconds here.
    with RunningDrives(world.mount, tmp_path / "drives", speed_up=30.0) as drives:
        handle = backend.recall(RecallList("k", tuple(world.paths), tape=world.names[0]))
        pause = threading.Event()
        while not backend._journal(handle).begun:
            assert backend.poll([handle])[0].state is not ListState.ENDED
            pause.wait(0.02)
        (mover,) = backend._crew._movers.values()
        mover.kill()
        told = ended(world, backend, handle)
        assert len(drives.opened()) == 3
    assert {file.outcome for file in told.files} == {Outcome.ONLINE}
    whole(world)


def movers(lists):
    """Process ids of the movers of this back end."""
    return [p.pid for p in processes() if f"ltfs mover {lists} " in p.command]


@pytest.fixture
def node():
    """A real node whose tape system is two cartridges, named by its settings alone."""
    # Not pytest's own directory: the database runs as another user.
    tmp_path = Path(tempfile.mkdtemp(prefix="ws-ltfs-", dir="/tmp"))
    tmp_path.chmod(0o755)
    world = Small(tmp_path / "tapes", files=60, names=TWO)
    (tmp_path / "home").mkdir()
    config = tmp_path / "home" / "waystation.toml"
    port = free_port()
    config.write_text(
        f"""data_dir = {json.dumps(str(tmp_path / "home" / "data"))}
[web]
port = {port}
[backends.tapes]
kind = "ltfs"
mount = {json.dumps(str(world.mount))}
drives = 2
poll_s = 0.5
[stores.archive]
backend = "tapes"
root = {json.dumps(str(world.root))}
readers = ["*"]
"""
    )
    site = SimpleNamespace(eeadm="waystation.backends.tape.ltfs")
    source = {path: world.source / "set" / f"f{n}" for n, path in enumerate(world.paths)}
    quick = {"WAYSTATION_PLANNER__BACKOFF_FIRST_S": "1", "WAYSTATION_PLANNER__LEASE_S": "5"}
    house = House(tmp_path / "home", site, source, config, port, quick)
    with RunningDrives(world.mount, tmp_path / "drives", speed_up=400.0, drives=2) as drives:
        try:
            yield house.start(), drives
        finally:
            house.stop()
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_movers_and_workers_are_killed_while_files_come(node):
    house, drives = node
    lists = house.home / "data" / "lists" / "tapes"
    made = house.stage(house.paths)
    for opened in (3, 15, 30, 40):
        drives.await_opened(opened, 60.0)
        for pid in movers(lists):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if opened in {15, 40}:
            house.kill("worker")
    view = house.ended(made["id"], 120.0)
    assert view["state"] == "complete", (view, house.log[-3000:])
    assert house.wrong_bytes(house.paths) == []
    assert not list(Path(house.paths[0]).parent.glob(".waystation*"))
    assert until(lambda: not movers(lists), 20)
    # Each file was read from tape once: what was opened, and killed on, was read before.
    assert sorted(one.place.name for one in drives.opened()) == sorted(
        Path(path).name for path in house.paths
    )
    sql = "SELECT tape FROM staging_tapetrust WHERE backend = 'tapes' ORDER BY tape"
    assert until(lambda: house.rows(sql) == [(name,) for name in TWO], 30)
    told = house.command("doctor")
    assert "cartridges are mounted" in told
