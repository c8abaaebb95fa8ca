"""Real processes, really killed: whoever dies, every byte comes, once, and nothing is left over.

The moments are drawn from a fixed seed; each of them lies somewhere between two of thousands of
steps, so every run tries others.
"""

import functools
import os
import random
import signal
import threading
from pathlib import Path

import pytest

from running import House, new_house, until

pytestmark = pytest.mark.slow

PATIENCE_S = 300.0
ONLINE = "SELECT path FROM staging_item WHERE request_id = %(request)s AND state = 3"
VICTIMS = ("worker", "serving", "web", "postgres", "up", "worker")


@pytest.fixture(scope="module")
def node():
    with new_house(directories=8, files_each=50, speed_up=1_000) as house:
        yield house


def test_every_process_is_killed_while_files_come(node):
    chance, pause, wanted = random.Random(90), threading.Event(), node.paths[::2]
    ask = {"external_id": "the one", "confirm": True}
    # Three of four drives do not move until all were killed: it is never over too soon.
    with node.held(3):
        made = node.stage(wanted, **ask)
        for victim in VICTIMS:
            pause.wait(chance.uniform(0.1, 2.0))
            assert node.request(made["id"])["state"] == "active", "it was over before the kill"
            assert node.kill(victim), f"there is no {victim}"
            if victim == "up":
                assert until(lambda: not node.left(), 5), f"left behind: {node.left()}"
                assert until(node.port_is_free, 5)  # a thread of it may end later
                node.start()
            there = functools.partial(node.pids, victim)
            assert until(there, 60), node.log[-2000:]
            assert until(node.answers, 60), node.log[-2000:]
    # A client that did not hear the answer asks again, and it is the same request.
    assert node.stage(wanted, **ask)["id"] == made["id"]
    view = node.ended(made["id"], PATIENCE_S)
    assert view["state"] == "complete", view
    assert node.wrong_bytes(wanted) == []
    brought = [path for paths in node.recalls().values() for path in paths if path in wanted]
    assert sorted(brought) == wanted, "a file was not recalled exactly once"


def test_the_tape_library_is_killed_while_files_come(node):
    wanted = node.paths[1::2]
    made = node.stage(wanted)
    assert until(lambda: _online(node, made["id"]) > 0, 60)
    tasks = set(node.recalls())
    come = {row[0] for row in node.rows(ONLINE, request=made["id"])}
    node.site.kill()
    threading.Event().wait(2)
    node.site.start()
    view = node.ended(made["id"], PATIENCE_S)
    assert view["state"] == "complete", view
    assert node.wrong_bytes(wanted) == []
    later = {path for task, paths in node.recalls().items() if task not in tasks for path in paths}
    assert not later & come, "what had come before the library died was asked for again"


def test_kill_of_the_top_process_leaves_nothing_within_five_seconds(node):
    node.remember()
    assert len(node.seen) > 5
    node.kill("up")
    assert until(lambda: not node.left(), 5), node.left()
    assert until(node.port_is_free, 5)  # a thread of it may end later
    node.start()
    assert node.answers()


def test_started_again_at_once_after_a_kill(node):
    """The old database may still be ending: the new one waits for it."""
    for _ in range(3):
        node.kill("up")
        node.start()
        assert node.answers()


def test_stopped_for_a_while_it_goes_on(node):
    """As by Ctrl-Z and fg: being continued is no signal to end."""
    os.kill(node.up.pid, signal.SIGSTOP)
    threading.Event().wait(3)
    os.kill(node.up.pid, signal.SIGCONT)
    first = node.kill("worker")
    assert until(lambda: node.pids("worker") not in ([], first), 20), "nobody looks after it"
    assert node.answers()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops_in_order_and_takes_everything_along(node, sign):
    """Also when its children are not the first ones: those that were started again listen too."""
    for child in ("worker", "web"):
        first = node.kill(child)
        assert until(lambda first=first, child=child: node.pids(child) not in ([], first), 20)
    assert until(node.answers, 20)
    node.remember()
    os.kill(node.up.pid, sign)
    assert node.up.wait(15) in {0, -sign}
    assert until(lambda: not node.left(), 5), node.left()
    pid_file = Path(node.home / "data" / "postgres" / "data" / "postmaster.pid")
    assert not pid_file.exists(), "the database was not shut down in order"
    node.start()


def _online(house: House, number: object) -> int:
    counts = house.request(number).get("counts")
    return int(counts["online"]) if isinstance(counts, dict) else 0
