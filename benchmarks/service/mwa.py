"""MWA's staging daemon on our tables: status of one job, big jobs in, a poll of 2,000 files.

Beside each figure is what the daemon itself gave on a machine like this one (contract
tape-shims, section 3; medians of two runs, one uvicorn worker, a stub for ScoutAM).
`python -m benchmarks.service.mwa [seconds]`
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.node import BenchNode, bench_node, cpu_s, peak_mb, postgres_cpu_s
from benchmarks.say import figure
from benchmarks.service import seed
from waystation.bootstrap.up import free_port

SECONDS, POLLED = 6, 2_000
FRONT = "WAYSTATION_DIALECTS__MWA_STAGING__"
HELD = 4
FRESH = """
  WITH made AS (
    INSERT INTO staging_request (owner_id, store_id, label, priority, pin_lifetime_s, created, seq,
      state, files, folded, refused, joined, checked, n_waiting, n_queued, n_recalling, n_online,
      n_failed, n_cancelled, n_released, sized, bytes, bytes_online)
    SELECT u.id, s.id, '', 4, 86400, now(), 0, 1, %(count)s, 0, 0, 0, 0, 0, 0, 0, %(count)s,
           0, 0, 0, 0, 0, 0 FROM accounts_user u, catalogue_store s
    WHERE u.username = 'bench' AND s.name = 'archive' RETURNING id)
  INSERT INTO staging_item (request_id, n, state, recall_id, finished, path)
  SELECT made.id, row_number() OVER (), 3, r.id, now(), r.path
  FROM made, (SELECT id, path FROM staging_recall ORDER BY id LIMIT %(count)s) r
"""


def main(seconds: int = SECONDS) -> None:
    port = free_port("127.0.0.1", 0)
    said = {"LISTEN": f"127.0.0.1:{port}", "NETWORKS": '["127.0.0.0/8"]', "ACCOUNT": "bench"}
    os.environ.update({f"{FRONT}{k}": v for k, v in {**said, "STORE": "archive"}.items()})
    with bench_node() as node, _listener(node, port) as mouth:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=300) as client:
            _status(node, mouth, client, port, seconds)
            _jobs(client)
            _files(node, client, url)
        figure("peak memory of the listener", peak_mb(mouth.pid), "<=", 500, "MB")


def _status(node: BenchNode, mouth, client: httpx.Client, port: int, seconds: int) -> None:
    for n in range(1, 65):
        _post(client, n, [f"mwa/b/f/{n}.fits"])
    lines = [
        f"GET /staging?job_id={n} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n" for n in range(1, 65)
    ]
    for connections, goal, peer in ((1, 2_500, "449-617"), (8, None, "740-828")):
        _load(port, 1, connections, lines)
        cpu, db = cpu_s(mouth.pid), postgres_cpu_s(node.dsn)
        began = time.monotonic()
        count = _load(port, seconds, connections, lines)
        wall = time.monotonic() - began
        spent, pg = cpu_s(mouth.pid) - cpu, postgres_cpu_s(node.dsn) - db
        relation = ">=" if goal else None
        figure(
            f"status of one job, {connections} clients",
            count / wall,
            relation,
            goal,
            "req/s",
            peer=peer,
        )
        figure(
            "  per server CPU-second", count / spent, ">=", 4_000, "req", peer="~900 (1.1 ms each)"
        )
        figure("  PostgreSQL CPU beside it", pg / count * 1e6, None, None, "us/req")


def _jobs(client: httpx.Client) -> None:
    for files, goal, peer in (
        (10_000, 0.4, "0.40-0.46 s after a 202 that promised nothing"),
        (100_000, 0.6, "3.3-5.9 s"),
    ):
        walls = []
        for turn in range(3):
            job = files * 10 + turn
            names = [f"mwa/b/{job}/observation-{n:07d}-channel.fits" for n in range(files)]
            walls.append(_timed(_send, client, _body(job, names)))
        what = f"POST of {files:,} files, committed"
        figure(what, sorted(walls)[1], "<=", goal, "s", peer=peer)
        wall = _timed(client.get, f"/staging?job_id={job}")
        figure("  its status", wall * 1e3, None, None, "ms", peer="10-18 / 51-90 ms")
        wall = _timed(client.get, f"/staging?job_id={job}&include_files=true")
        figure("  its status with files", wall, None, None, "s", peer="0.23 / 2.7-3.2 s")
    figure("get_stats", _timed(client.get, "/get_stats") * 1e3, None, None, "ms", peer="73-98 ms")
    wall = _timed(client.get, "/get_joblist") * 1e3
    figure("get_joblist of 70 jobs", wall, None, None, "ms", peer="680-840 ms of 500 jobs")


def _files(node: BenchNode, client: httpx.Client, url: str) -> None:
    import psycopg

    seed.recalls(node.dsn, node.root, POLLED, state=HELD)
    with psycopg.connect(node.dsn, autocommit=True) as conn:
        conn.execute(FRESH, {"count": POLLED})
        conn.execute("ANALYZE staging_item")
    front = len(node.root) + 1
    names = [seed.path(node.root, n)[front:] for n in range(1, POLLED + 1)]
    client.post("/filestatus", json={"files": names[:1]})
    walls: list[float] = []

    def ask() -> None:
        for _ in range(10):
            start = time.monotonic()
            answer = client.post("/filestatus", json={"files": names})
            walls.append(time.monotonic() - start)
            assert answer.status_code == 200, answer.text
            assert all(answer.json().values())

    alone = _pings_beside(url, lambda: time.sleep(0.3))
    beside = _pings_beside(url, ask)
    walls.sort()
    peer = "~4 s (282 ms for 100 files)"
    figure(f"filestatus of {POLLED:,} fresh files", walls[5], "<=", 0.2, "s", peer=peer)
    # Of many: the longest of all is the machine's own, which the line after it shows.
    figure("  99 of 100 /ping meanwhile", beside[0] * 1e3, "<=", 10, "ms", peer="7,500 ms")
    figure("  longest of them", beside[1] * 1e3, None, None, "ms")
    figure("  longest with nothing beside it", alone[1] * 1e3, None, None, "ms")


def _pings_beside(url: str, work) -> tuple[float, float]:
    """Seconds of 99 of 100 pings, and of the longest, while something is done."""
    walls, over = [], threading.Event()

    def ping() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            client.get("/ping")
            while not over.is_set():
                walls.append(_timed(client.get, "/ping"))

    thread = threading.Thread(target=ping)
    thread.start()
    work()
    over.set()
    thread.join()
    walls.sort()
    return walls[len(walls) * 99 // 100], walls[-1]


def _timed(call, *args) -> float:
    start = time.monotonic()
    call(*args)
    return time.monotonic() - start


def _post(client: httpx.Client, job: int, names: list[str]) -> None:
    _send(client, _body(job, names))


def _body(job: int, names: list[str]) -> bytes:
    return json.dumps({"job_id": job, "notify_url": "", "files": names}).encode()


def _send(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/staging", content=body)
    assert answer.status_code == 202, answer.text


def _load(port: int, seconds: int, connections: int, lines: list[str]) -> int:
    words = ["127.0.0.1", str(port), str(seconds), str(connections)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.service.load", *words],
        input="\n".join(lines).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 60,
    )
    count, bad = map(int, done.stdout.split())
    assert not bad, f"{bad} answers were not 200"
    return count


@contextmanager
def _listener(node: BenchNode, port: int):
    config = Path(node.root).parent / "waystation.toml"
    env = {**os.environ, "WAYSTATION_CONFIG": str(config), "WAYSTATION_POSTGRES__DSN": node.dsn}
    process = subprocess.Popen([sys.executable, "-m", "waystation", "mwa-staging"], env=env)
    try:
        for _ in range(400):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/ping", timeout=5).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
