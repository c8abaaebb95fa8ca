"""Taking a request in: 100,000 files durable, 1,000,000 files in bounded memory.

Beside it: mwa_staging had the rows of 100,000 files 3.3 to 5.9 s after its POST (and had answered
202 before anything was stored).
"""

import json
import time

import psycopg

from benchmarks.node import bench_node, cpu_s, peak_mb, postgres_cpu_s
from benchmarks.say import figure


def main() -> None:
    with bench_node() as node, node.client() as client:
        _submit(client, node.root, 1_000, 0)
        walls = []
        for turn in range(1, 6):
            before, db = cpu_s(node.web.pid), postgres_cpu_s(node.dsn)
            walls.append(_submit(client, node.root, 100_000, turn))
            cpu, pg = cpu_s(node.web.pid) - before, postgres_cpu_s(node.dsn) - db
        figure(
            "100k-file request durable, best of 5", min(walls), "<=", 0.5, "s", peer="3.3-5.9 s"
        )
        figure("  worst of 5", max(walls), None, None, "s")
        figure("  web CPU of the last", cpu, None, None, "s", peer="1.1 s")
        figure("  PostgreSQL CPU of the last", pg, None, None, "s", peer="1.3 s")
        figure(
            "1M-file request durable", _submit(client, node.root, 1_000_000, 9), None, None, "s"
        )
        figure("  peak memory of the web process", peak_mb(node.web.pid), "<=", 500, "MB")
        with psycopg.connect(node.dsn) as conn:
            count = conn.execute("SELECT count(*) FROM staging_item").fetchone()[0]
        assert count == 1_501_000, count


def _submit(client, root: str, files: int, turn: int) -> float:
    paths = [
        f"{root}/t{turn}/run{i % 1000}/observation-{i:08d}-channel.fits" for i in range(files)
    ]
    body = json.dumps({"paths": paths, "confirm": True}).encode()
    began = time.monotonic()
    answer = client.post(
        "/api/v1/stage-requests", content=body, headers={"Content-Type": "application/json"}
    )
    took = time.monotonic() - began
    assert answer.status_code == 201, answer.text
    assert answer.json()["files"] == files
    return took


if __name__ == "__main__":
    main()
