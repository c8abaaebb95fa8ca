"""10,000 jobs taken in by one request, and moved through their states: no cluster works meanwhile.

Goals (issue of jobs): durable and answered <= 1 s; >= 1,000 transitions/s. aCT inserts a job a
statement, and moves each by one more (contracts/arc-and-act.md D, A10).
"""

import sys
import time

import httpx

from benchmarks.node import BenchNode, bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

GOAL_S, GOAL_MOVES = 1.0, 1_000
CLUSTERS = {"WAYSTATION_JOBS__CLUSTERS": '{"here": {"kind": "local", "cores": 1}}'}


def main(jobs: int = 10_000) -> None:
    with bench_node(worker=True, **CLUSTERS) as node, node.client() as http:
        known(node, http)
        assert node.worker is not None
        node.worker.terminate()
        node.worker.wait(30)
        own, database = cpu_s(node.web.pid), postgres_cpu_s(node.dsn)
        each = {"command": ["/bin/true", "{item}"], "items": [f"run-{n:06}" for n in range(jobs)]}
        several, number = _timed(http, "/api/v1/job-requests", each)
        same, _ = _timed(http, "/api/v1/job-requests", {"command": ["/bin/true"], "count": jobs})
        figure(f"{jobs:,} jobs of one item each: taken in", several, "<=", GOAL_S, "s")
        figure(f"{jobs:,} jobs alike: taken in", same, "<=", GOAL_S, "s")
        stop, _ = _timed(http, f"/api/v1/job-requests/{number}/cancel", {})
        again, _ = _timed(http, f"/api/v1/job-requests/{number}/retry", {})
        figure("cancelled", jobs / stop, ">=", GOAL_MOVES, "jobs/s")
        figure("asked to run again", jobs / again, ">=", GOAL_MOVES, "jobs/s")
        moved = 4 * jobs
        figure("  own CPU", (cpu_s(node.web.pid) - own) / moved * 1e6, None, None, "us/job")
        spent = postgres_cpu_s(node.dsn) - database
        figure("  PostgreSQL CPU", spent / moved * 1e6, None, None, "us/job")


def known(node: BenchNode, http: httpx.Client, limit_s: float = 60) -> None:
    """Wait until a worker has seen the cluster."""
    end = time.monotonic() + limit_s
    while not any(each["state"] == "open" for each in _clusters(http)):
        assert time.monotonic() < end, f"no cluster is open at {node.url}"
        time.sleep(0.1)


def _clusters(http: httpx.Client) -> list[dict[str, str]]:
    found: list[dict[str, str]] = http.get("/api/v1/clusters").json()["clusters"]
    return found


def _timed(http: httpx.Client, path: str, body: object) -> tuple[float, int]:
    """Seconds until it was answered, and the request's number."""
    began = time.perf_counter()
    answer = http.post(path, json=body)
    took = time.perf_counter() - began
    assert answer.is_success, answer.text
    return took, int(answer.json()["request"]["id"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
