"""A node for benchmarks: its own database, web process and account, all on loopback."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from waystation.backends.postgres.supervisor import EmbeddedPostgres
from waystation.bootstrap.up import free_port

CONFIG = """
data_dir = "{home}/data"
[web]
port = {port}
[log]
level = "WARNING"
[backends.none]
kind = "spectrum_archive"
eeadm = "/nonexistent/eeadm"
[stores.archive]
backend = "none"
root = "{home}/cache"
readers = ["*"]
confirm_above_files = 10000000
"""


@dataclass
class BenchNode:
    """A running node; `web` is the process whose CPU is counted, with its children."""

    url: str
    token: str
    dsn: str
    root: str
    web: subprocess.Popen
    worker: subprocess.Popen | None
    env: dict[str, str]
    parts: dict[str, subprocess.Popen]

    def run(self, *argv: str) -> str:
        """The operator's command on this node; what it printed."""
        return _run(self.env, *argv)

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=300)


@contextmanager
def bench_node(
    *,
    worker: bool = False,
    stores: Mapping[str, str] | None = None,
    parts: Sequence[str] = (),
    **variables: str,
) -> Iterator[BenchNode]:
    """A node with a web process, a worker and other parts if wanted; gone afterwards.

    Args:
        worker: start one.
        stores: roots of more stores by name.
        parts: commands of more processes, `mover`.
        variables: more settings by their environment names.
    """
    with tempfile.TemporaryDirectory(prefix="ws-bench-", dir="/tmp") as scratch:
        home = Path(scratch)
        home.chmod(0o755)
        (home / "cache").mkdir()
        port = free_port("127.0.0.1", 0)
        config = home / "waystation.toml"
        more = "".join(f'[stores.{n}]\nroot = "{r}"\n' for n, r in (stores or {}).items())
        config.write_text(CONFIG.format(home=home, port=port) + more)
        postgres = EmbeddedPostgres(home / "data")
        env = {**os.environ, "WAYSTATION_CONFIG": str(config), **variables}
        started: list[subprocess.Popen] = []
        try:
            env["WAYSTATION_POSTGRES__DSN"] = dsn = postgres.start()
            _run(env, "migrate")
            _run(env, "user", "add", "bench", "--admin")
            token = _run(env, "user", "token", "bench")
            web = _start(env, "web")
            started.append(web)
            hands = _start(env, "worker") if worker else None
            if hands:
                started.append(hands)
            others = {part: _start(env, part) for part in parts}
            started.extend(others.values())
            url = f"http://127.0.0.1:{port}"
            _wait(url)
            yield BenchNode(url, token, dsn, str(home / "cache"), web, hands, env, others)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(30)
            postgres.stop()


def cpu_s(pid: int) -> float:
    """User and system seconds of a process and everything below it, now alive."""
    total, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for each in (pid, *descendants(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def peak_mb(pid: int) -> float:
    """Largest resident memory of a process or one below it, in megabytes."""
    peaks = []
    for each in (pid, *descendants(pid)):
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]) / 1024)
    return max(peaks)


def postgres_cpu_s(dsn: str) -> float:
    """CPU of the database's processes."""
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        postmaster = int(Path(f"/proc/{row[0]}/stat").read_text().rsplit(")", 1)[1].split()[1])
        return cpu_s(postmaster)


def _run(env: dict[str, str], *argv: str) -> str:
    command = [sys.executable, "-m", "waystation", *argv]
    return (
        subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE)
        .stdout.decode()
        .strip()
    )


def _start(env: dict[str, str], *argv: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "waystation", *argv], env=env)


def _wait(url: str) -> None:
    for _ in range(400):
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the node did not come up")
