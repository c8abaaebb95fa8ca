"""One-file status: requests per second of server CPU, permission check included.

Goal: 5,000 requests per CPU-second of the web process. Beside it: mwa_staging's status of a
one-file job took 1.1 ms CPU (about 900 a CPU-second, contracts' measurement of the old system).
"""

import subprocess
import sys
import time
from urllib.parse import quote

from benchmarks.node import bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure
from benchmarks.service import seed

SECONDS, CONNECTIONS, FILES = 8, 16, 200_000
HELD = 4


def main() -> None:
    with bench_node() as node:
        seed.recalls(node.dsn, node.root, FILES, state=HELD)
        host, port = "127.0.0.1", node.url.rsplit(":", 1)[1]
        lines = []
        for i in range(1, FILES, 97):
            target = f"/api/v1/files/status?store=archive&path={quote(seed.path(node.root, i))}"
            lines.append(
                f"GET {target} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n"
                f"Authorization: Bearer {node.token}\\r\\n\\r\\n"
            )
        command = [sys.executable, "-m", "benchmarks.service.load", host, port]
        _load(command, 1, lines)
        before, before_db, began = cpu_s(node.web.pid), postgres_cpu_s(node.dsn), time.monotonic()
        count, bad = _load(command, SECONDS, lines)
        wall = time.monotonic() - began
        cpu, db = cpu_s(node.web.pid) - before, postgres_cpu_s(node.dsn) - before_db
        assert not bad, f"{bad} answers were not 200"
        figure(
            "one-file status per server CPU-second", count / cpu, ">=", 5_000, "req", peer="~900"
        )
        figure("  per second of wall time", count / wall, None, None, "req", peer="450-830")
        figure("  PostgreSQL CPU beside it", db / count * 1e6, None, None, "us/req")


def _load(command: list[str], seconds: int, lines: list[str]) -> tuple[int, int]:
    done = subprocess.run(
        [*command, str(seconds), str(CONNECTIONS)],
        input="\n".join(lines).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 60,
    )
    count, bad = done.stdout.split()
    return int(count), int(bad)


if __name__ == "__main__":
    main()
