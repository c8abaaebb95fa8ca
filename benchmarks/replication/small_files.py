"""1,000 small files from one site to another, both on this machine: seen there, known on both.

Goal (issue of replication): >= 300 files/s from the moment a rule is made until the sender knows
every copy, by the local engine; the old Librarian moves 2.6 files/s, 14-15 with its argon2 made
free (contracts/librarian.md 3). And one file more: known on both sides <= 1 s after its upload.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.node import BenchNode, bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

SIZE, SINGLES = 4096, 7
GOAL, GOAL_S = 300, 1.0
PEER = "2.6 files/s (14-15 argon2-free)"


@dataclass
class Pair:
    """Two sites; files of `lab` at the one go to `copy` at the other."""

    here: BenchNode
    there: BenchNode

    def known(self) -> int:
        """Copies that the sender knows of."""
        with psycopg.connect(self.here.dsn) as conn:
            row = conn.execute("SELECT count(*) FROM transfers_replica").fetchone()
        assert row is not None
        return int(row[0])

    def wait(self, copies: int, limit_s: float = 600) -> None:
        end = time.monotonic() + limit_s
        while self.known() < copies:
            assert time.monotonic() < end, f"{self.known()} of {copies} copies"
            time.sleep(0.02)

    def cpu(self) -> tuple[float, float]:
        """Own seconds and PostgreSQL's, of both."""
        own = sum(
            cpu_s(node.web.pid) + cpu_s(node.worker.pid)
            for node in (self.here, self.there)
            if node.worker is not None
        )
        return own, sum(postgres_cpu_s(node.dsn) for node in (self.here, self.there))


def main(files: int = 1_000) -> None:
    print(f"{files:,} files of {SIZE:,} bytes; {os.cpu_count()} cores that both sites share")
    with _pair() as pair:
        _put(pair.here, files)
        own, database = pair.cpu()
        began = time.monotonic()
        _rule(pair.here)
        pair.wait(files)
        took = time.monotonic() - began
        now = pair.cpu()
        figure("rule made -> all copies known", files / took, ">=", GOAL, "files/s", peer=PEER)
        figure("  own CPU of both", (now[0] - own) / files * 1000, None, None, "ms/file")
        figure(
            "  PostgreSQL CPU of both", (now[1] - database) / files * 1000, None, None, "ms/file"
        )
        singles = [_single(pair, n, files + n + 1) for n in range(SINGLES)]
        middle = statistics.median(singles)
        figure("one more: uploaded -> known on both", middle, "<=", GOAL_S, "s", peer="2.4 s")


@contextmanager
def _pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="ws-two-", dir="/tmp") as scratch:
        roots = {name: f"{scratch}/{name}" for name in ("here", "there")}
        with _node("here", roots) as here, _node("there", roots) as there:
            for node, space in ((here, "lab"), (there, "copy")):
                node.run("space", "add", space, "--owner", "bench", "--store", "disk")
            code = there.run("partner", "invite", "here", "--space", "copy")
            here.run("partner", "join", code)
            yield Pair(here, there)


def _node(name: str, roots: dict[str, str]):
    Path(roots[name]).mkdir()
    variables = {
        "WAYSTATION_SITES__NAME": name,
        "WAYSTATION_SITES__HOSTS": '["both"]',
        "WAYSTATION_SITES__PATHS": f'["{Path(roots[name]).parent}"]',
    }
    return bench_node(worker=True, stores={"disk": roots[name]}, **variables)


def _put(node: BenchNode, files: int, folder: str = "files") -> None:
    with tempfile.TemporaryDirectory(prefix="ws-files-", dir="/tmp") as scratch:
        for n in range(files):
            path = Path(scratch) / f"{n // 500:03}" / f"{n:06}.dat"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(os.urandom(SIZE))
        _way(node, "put", "-r", scratch, f"lab:/{folder}")


def _way(node: BenchNode, *words: str) -> None:
    env = {**node.env, "WAYSTATION_URL": node.url, "WAYSTATION_TOKEN": node.token}
    command = [sys.executable, "-m", "waystation_client", *words]
    subprocess.run(command, env=env, check=True, capture_output=True)


def _rule(node: BenchNode) -> None:
    body = {"name": "all", "space": "lab", "target_space": "copy", "partners": ["there"]}
    with node.client() as http:
        answer = http.post("/api/v1/rules", json=body)
    assert answer.is_success, answer.text


def _single(pair: Pair, n: int, copies: int) -> float:
    with pair.here.client() as http:
        assert http.put(f"/dav/lab/single {n}", content=os.urandom(SIZE)).is_success
    began = time.monotonic()
    pair.wait(copies, 60)
    return time.monotonic() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
