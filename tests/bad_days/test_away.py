"""What a running node does while something it needs is away, slow, hanging or full."""

import os
import subprocess
import threading
import time
from collections import Counter

import httpx
import pytest

from running import new_house, until

pytestmark = pytest.mark.slow
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk: run as root")


@pytest.fixture(scope="module")
def node():
    with new_house(
        directories=4,
        files_each=25,
        speed_up=3_000,
        WAYSTATION_BACKENDS__LIBRARY__COMMAND_TIMEOUT_S="3",
    ) as house:
        yield house


def test_the_database_is_killed_under_load(node):
    """Calls are refused in words and never with an error of ours; soon all is well again."""
    seen: Counter[object] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                with node.client(timeout=15) as http:
                    for path in ("/files/status", "/stage-requests", "/whoami"):
                        answer = http.get(path, params={"path": node.paths[0]})
                        seen[answer.status_code] += 1
            except httpx.TransportError as gone:
                seen[type(gone).__name__] += 1

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    assert until(lambda: seen[200] > 20, 10)
    node.kill("postgres")
    assert until(lambda: bool(node.pids("postgres")), 20)
    assert until(node.answers, 20)
    began = seen[200]
    assert until(lambda: seen[200] > began + 20, 20)
    stop.set()
    for caller in callers:
        caller.join()
    assert set(seen) <= {200, 503}, seen


@pytest.mark.parametrize("trouble", ["hangs", "slow", "fails", "killed"])
def test_the_tape_system_is_away_and_comes_back(node, trouble):
    """Status and new requests are answered quickly all the while; nothing fails for good."""
    wanted = node.paths[["hangs", "slow", "fails", "killed"].index(trouble) :: 4]
    take, give = {
        "hangs": (node.site.suspend, node.site.resume),
        "slow": (
            lambda: node.site.fault("delay", "all", seconds=8),
            lambda: node.site.fault("delay", "all", seconds=0),
        ),
        "fails": (
            lambda: node.site.fault("fail", rc=9, stderr="GLESL500E: no", calls=10**6),
            lambda: node.site.fault("fail", rc=0, stderr="", calls=0),
        ),
        "killed": (node.site.kill, node.site.start),
    }[trouble]
    take()
    try:
        began = time.monotonic()
        made = node.stage(wanted)
        assert time.monotonic() - began < 7, "it waited for the tape system"
        assert until(lambda: _backend(node)["state"] == "down", 20)
        began = time.monotonic()
        view = node.request(made["id"])
        assert time.monotonic() - began < 7, "it waited for the tape system"
        assert view["state"] == "active"
        assert view["counts"]["failed"] == 0
        assert _backend(node)["message"]
    finally:
        give()
    assert until(lambda: _backend(node)["state"] == "up", 40)
    view = node.ended(made["id"], 90)
    assert view["state"] == "complete", view
    assert node.wrong_bytes(wanted) == []


def _backend(node) -> dict[str, object]:
    with node.client() as http:
        (found,) = http.get("/library").json()["backends"]
    return dict(found)


@ROOT
def test_recall_lists_cannot_be_written(node, tmp_path):
    """The disk of the list directory is full: nothing is lost, it says what is wrong."""
    lists = node.home / "data" / "lists" / "library"
    paths = _evicted(node, node.paths[:10])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "none", lists], check=True)
    try:
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={lists}/fill", "bs=1k"], capture_output=True, check=False
        )
        made = node.stage(paths)
        assert until(lambda: _trouble(node) != "", 30)
        assert "No space left" in _trouble(node)
        assert node.request(made["id"])["counts"]["failed"] == 0
    finally:
        subprocess.run(["umount", lists], check=True)
    view = node.ended(made["id"], 90)
    assert view["state"] == "complete", view
    assert node.wrong_bytes(paths) == []


def _trouble(node) -> str:
    sql = "SELECT coalesce(max(error), '') FROM staging_recalllist WHERE stage = 0"
    return str(node.rows(sql)[0][0])


def _evicted(node, paths: list[str]) -> list[str]:
    """Make sure that files are on tape only."""
    names = node.home / "evict.list"
    names.write_text("".join(f"0 0 0 -- {path}\n" for path in paths))
    subprocess.run([node.site.eeadm, "migrate", names], check=True, capture_output=True)
    return paths
