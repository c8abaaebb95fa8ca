"""Is memory flat while many clients move large files: 8 of them at a time, then 64.

Goal (issue of the data host): memory flat while 64 clients move 1 GiB files. Flat is that one more
client costs less than `EACH_MB` of the web process: its sockets, its task, and the bytes that are
under way for it. Downloads are of a file of 1 GiB in memory, by the mover and as a stream from the
web process; uploads are of zeros, 1 GiB each where a quarter of what is free on the disk has room
for all of them, else as much as fits (printed). Last 64 of each at once.

    python -m benchmarks.service.memory
"""

import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.node import BenchNode, bench_node
from benchmarks.resident import Resident
from benchmarks.say import figure
from waystation.bootstrap.up import free_port

GIB = 2**30
FEW, MANY = 8, 64
EACH_MB = 2.0
PREFER = ("-L", "-H", "Prefer: redirect")


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="ws-memory-", dir="/dev/shm") as shared,
        tempfile.TemporaryDirectory(prefix="ws-memory-", dir="/tmp") as scratch,
    ):
        zeros = Path(scratch) / "zeros"
        with zeros.open("wb") as file:
            file.truncate(_fits(scratch))
        stores = {"disk": shared, "sent": f"{scratch}/sent"}
        (Path(scratch) / "sent").mkdir()
        port = str(free_port("127.0.0.1", 0))
        with bench_node(stores=stores, parts=["mover"], WAYSTATION_MOVER__PORT=port) as node:
            for name in stores:
                node.run("space", "add", f"b-{name}", "--owner", "bench", "--store", name)
            _put_one(node)
            _measure(node, zeros)


def _fits(folder: str) -> int:
    """Bytes that each of many may send: three quarters of what is free are left to others."""
    free = shutil.disk_usage(folder).free // 4
    return min(GIB, free // MANY // 2**20 * 2**20)


def _put_one(node: BenchNode) -> None:
    words = [*_curl(node), "-X", "PUT", "-H", f"Content-Length: {GIB}", "-T", "-"]
    with subprocess.Popen(
        ["head", "-c", str(GIB), "/dev/urandom"], stdout=subprocess.PIPE
    ) as some:
        subprocess.run([*words, f"{node.url}/dav/b-disk/big"], stdin=some.stdout, check=True)


def _measure(node: BenchNode, zeros: Path) -> None:
    sent = zeros.stat().st_size
    big, into = f"{node.url}/dav/b-disk/big", f"{node.url}/dav/b-sent"
    names = itertools.count()
    fetch = [*_curl(node), "-o", "/dev/null"]

    def up(n: int) -> list[list[str]]:
        return [[*_curl(node), "-T", str(zeros), f"{into}/{next(names)}"] for _ in range(n)]

    ways = {
        "fetch 1 GiB each by the mover": lambda n: [[*fetch, *PREFER, big]] * n,
        "fetch 1 GiB each from the web process": lambda n: [[*fetch, big]] * n,
        f"send {sent // 2**20} MiB each": up,
        f"send {sent // 2**20} MiB, and as many fetch 1 GiB": lambda n: (
            [[*fetch, big]] * n + up(n)
        ),
    }
    for what, commands in ways.items():
        few, _ = _peak(node, f"{FEW} clients {what}", commands(FEW))
        _empty(zeros)
        many, wall = _peak(node, f"{MANY} clients {what}", commands(MANY))
        for name, more in ((n, many[n] - few[n]) for n in many):
            figure(f"  {name}: one more client", more / (MANY - FEW), "<=", EACH_MB, "MB")
        figure(f"  wall of {MANY}", wall, None, None, "s")
        _empty(zeros)


def _empty(zeros: Path) -> None:
    """Give the disk back, behind the product's back: its trash would keep all for a month."""
    for file in (zeros.parent / "sent" / "b-sent").iterdir():
        if file.is_file():
            file.unlink()


def _peak(
    node: BenchNode, what: str, commands: list[list[str]]
) -> tuple[Mapping[str, float], float]:
    """Run all at once: the peak of each process, and the time."""
    pids = {"web": node.web.pid, "mover": node.parts["mover"].pid}
    began = time.monotonic()
    with Resident(what, pids) as seen:
        running = [subprocess.Popen(each, stdout=subprocess.DEVNULL) for each in commands]
        failed = [each.args for each in running if each.wait(1_800)]
        assert not failed, failed[0]
    return seen.peaks(), time.monotonic() - began


def _curl(node: BenchNode) -> list[str]:
    return ["curl", "-sS", "--fail", "-H", f"Authorization: Bearer {node.token}"]


if __name__ == "__main__":
    main()
