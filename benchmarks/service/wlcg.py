"""WLCG Tape REST at the size WLCG DOMA asks for: 5,000 requests of 200 files outstanding at once.

Beside it: dCache refuses the 5,001st unfinished request of a user with 429, and more than 500
files with 413; FTS polls each request every ten minutes, so 5,000 of them are 8.3 polls a second.
`python -m benchmarks.service.wlcg [requests]` for another size.
"""

import sys
import time

from benchmarks.node import BenchNode, bench_node, cpu_s, peak_mb, postgres_cpu_s
from benchmarks.say import figure

REQUESTS, FILES = 5_000, 200
POLL_GOAL_MS, SUBMIT_GOAL_MS = 5, 10
BASE = "/api/tape/v1"
FTS_POLL_EVERY_S = 600


def main(requests: int = REQUESTS) -> None:
    with bench_node() as node, node.client() as client:
        _submit(client, -1)
        what = "submit of 200 files"
        numbers, _ = _measured(
            node, what, SUBMIT_GOAL_MS, [lambda n=n: _submit(client, n) for n in range(requests)]
        )
        _poll(client, numbers[0])
        what = "poll of 200 files"
        seen, each = _measured(
            node, what, POLL_GOAL_MS, [lambda n=n: _poll(client, n) for n in numbers]
        )
        assert seen == [FILES] * requests
        share = each * requests / FTS_POLL_EVERY_S * 100
        figure("  polls of FTS take of one processor", share, "<=", 5, "%")
        figure("  peak memory of the web process", peak_mb(node.web.pid), "<=", 500, "MB")


def _measured(node: BenchNode, what: str, goal_ms: float, calls: list) -> tuple[list, float]:
    """Make all calls; their answers, and processor seconds of the server for each."""
    before, db, began = cpu_s(node.web.pid), postgres_cpu_s(node.dsn), time.monotonic()
    walls, answers = [], []
    for call in calls:
        start = time.monotonic()
        answers.append(call())
        walls.append(time.monotonic() - start)
    wall, count = time.monotonic() - began, len(calls)
    cpu, pg = (cpu_s(node.web.pid) - before) / count, (postgres_cpu_s(node.dsn) - db) / count
    walls.sort()
    figure(f"{what}, web CPU each, of {count:,}", cpu * 1e3, "<=", goal_ms, "ms")
    figure("  PostgreSQL CPU each", pg * 1e3, None, None, "ms")
    figure("  wall, median", walls[count // 2] * 1e3, None, None, "ms")
    figure("  wall, 99 of 100", walls[count * 99 // 100] * 1e3, None, None, "ms")
    figure("  a second, one connection", count / wall, None, None, "req")
    return answers, cpu


def _submit(client, turn: int) -> str:
    files = [
        {"path": f"/archive/data/run{turn}/observation-{n:06d}-channel.fits"} for n in range(FILES)
    ]
    answer = client.post(f"{BASE}/stage", json={"files": files})
    assert answer.status_code == 201, answer.text
    return answer.json()["requestId"]


def _poll(client, number: str) -> int:
    answer = client.get(f"{BASE}/stage/{number}")
    assert answer.status_code == 200, answer.text
    return len(answer.json()["files"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
