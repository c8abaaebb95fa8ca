"""CPU of a whole idle node: web, worker and database together. Goal: under 2 % of a core."""

import time

from benchmarks.node import bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

SETTLE_S, WATCH_S = 10, 60


def main() -> None:
    with bench_node(worker=True) as node:
        assert node.worker is not None
        time.sleep(SETTLE_S)
        parts = {"web": node.web.pid, "worker": node.worker.pid}
        before = {name: cpu_s(pid) for name, pid in parts.items()}
        db = postgres_cpu_s(node.dsn)
        time.sleep(WATCH_S)
        used = {name: cpu_s(pid) - before[name] for name, pid in parts.items()}
        used["PostgreSQL"] = postgres_cpu_s(node.dsn) - db
        figure("idle CPU of the whole node", sum(used.values()) / WATCH_S * 100, "<=", 2.0, "%")
        for name, seconds in used.items():
            figure(f"  {name}", seconds / WATCH_S * 100, None, None, "%")


if __name__ == "__main__":
    main()
