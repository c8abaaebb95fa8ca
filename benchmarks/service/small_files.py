"""10,000 files of 4 kB up and down: `way put -r` beside `cp -r` and rclone to the same server.

Goal (issue of the data host): `way put -r` >= 1,500 files/s on two cores that the client, the
server and PostgreSQL share. Sources and targets are on the same disk; the space is durable (each
file is on the disk itself before it is acknowledged), which `cp -r` is not: its sync is printed too.
rclone begins a call of WebDAV every 10 ms at most, so it sends 33 files a second and fetches 100.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.node import bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

FILES, FOLDERS, SIZE = 10_000, 100, 4096
FEW = 5
"""Folders that rclone gets, which has a request, and we a disk to wait for, a file."""

GOAL = 1500


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ws-small-", dir="/tmp") as scratch:
        here, root = Path(scratch) / "here", Path(scratch) / "disk"
        root.mkdir()
        _make(here)
        print(f"{FILES:,} files of {SIZE:,} bytes in {FOLDERS} folders; {os.cpu_count()} cores")
        _copy(here)
        with bench_node(stores={"disk": str(root)}) as node:
            node.run("space", "add", "bench", "--owner", "bench", "--store", "disk")
            env = {**node.env, "WAYSTATION_URL": node.url, "WAYSTATION_TOKEN": node.token}

            def way(*words: str) -> None:
                command = [sys.executable, "-m", "waystation_client", *words]
                done = subprocess.run(
                    command, env=env, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr

            _measured(node, "way put -r", lambda: way("put", "-r", str(here), "bench:/way"), GOAL)
            _measured(
                node,
                "way put -r again, all there",
                lambda: way("put", "-r", str(here), "bench:/way"),
            )
            back = Path(scratch) / "back"
            _measured(node, "way get -r", lambda: way("get", "-r", "bench:/way", str(back)))
            for folder in (root / "bench/way", back):
                same = subprocess.run(["diff", "-r", str(here), str(folder)], check=False)
                assert same.returncode == 0
            _rclone(node, here, Path(scratch) / "back2")


def _make(here: Path) -> None:
    for n in range(FOLDERS):
        folder = here / f"folder-{n:03}"
        folder.mkdir(parents=True)
        for i in range(FILES // FOLDERS):
            (folder / f"file-{i:04}.dat").write_bytes(os.urandom(SIZE))


def _copy(here: Path) -> None:
    """What the disk itself does."""
    began = time.monotonic()
    subprocess.run(["cp", "-r", str(here), str(here.with_name("copy"))], check=True)
    figure("cp -r", FILES / (time.monotonic() - began), None, None, "files/s")
    os.sync()
    figure("  and sync", FILES / (time.monotonic() - began), None, None, "files/s")
    shutil.rmtree(here.with_name("copy"))


def _measured(
    node, what: str, act: Callable[[], None], goal: float | None = None, files: int = FILES
) -> None:
    web, db, mine = cpu_s(node.web.pid), postgres_cpu_s(node.dsn), os.times()
    began = time.monotonic()
    act()
    took, after = time.monotonic() - began, os.times()
    ours = after.children_user + after.children_system - mine.children_user - mine.children_system
    figure(what, files / took, ">=" if goal else None, goal, "files/s")
    for who, spent in (
        ("client", ours),
        ("server", cpu_s(node.web.pid) - web),
        ("PostgreSQL", postgres_cpu_s(node.dsn) - db),
    ):
        figure(f"  CPU of the {who}", spent * 1e6 / files, None, None, "us/file")


def _rclone(node, here: Path, back: Path) -> None:
    program = shutil.which("rclone")
    if program is None:
        print("rclone is not installed: not compared")
        return
    words = [
        "--webdav-url", f"{node.url}/dav/bench", "--webdav-vendor", "owncloud",
        "--webdav-bearer-token", node.token, "--config", "/dev/null", "--transfers", "8",
        "--checkers", "8", "-q",
    ]  # fmt: skip

    files = FEW * FILES // FOLDERS
    some = here.with_name("some")
    for folder in sorted(here.iterdir())[:FEW]:
        shutil.copytree(folder, some / folder.name)

    def copy(source: str, target: str) -> None:
        subprocess.run([program, "copy", source, target, *words], check=True)

    _measured(
        node, "rclone copy, 8 at a time", lambda: copy(str(some), ":webdav:rclone"), files=files
    )
    _measured(node, "rclone copy back", lambda: copy(":webdav:rclone", str(back)), files=files)


if __name__ == "__main__":
    main()
