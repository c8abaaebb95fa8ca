"""The ltfsee_globus dialect: single calls of 64 clients, the stage app, recalls of 300 polls.

Beside it: what ltfsee-globus 5cb322e did on the same kind of machine (gunicorn, two workers).
The stage app is run with the host's own /usr/bin/python3, as its first line has it.
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.node import BenchNode, bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

FILES, CLIENTS, SECONDS = 40_000, 64, 6
CALL = "/api/v0.5/globus_recall/globus_recall"
APP = Path(__file__).parents[2] / "src" / "waystation_client" / "globus_stage.py"
PYTHON = "/usr/bin/python3"
RUNS = 30
# Enough of the command for files that the file system itself tells of: one cartridge.
EEADM = """#!/bin/sh
echo '{"payload": [{"barcode": "T00001L9", "state": "appendable", "library_name": "lib1"}]}'
"""


def main() -> None:
    with _node() as node:
        paths = _files(Path(node.root))
        _registration(node, paths)
        _polls(node, paths[:CLIENTS])
        _stage_app(node, paths)
    _recalls()


@contextmanager
def _node():
    said = {"ENABLED": "true", "SHARED_KEY": "shared", "ACCOUNT": "bench", "STORE": "archive"}
    for name, value in said.items():
        os.environ[f"WAYSTATION_DIALECTS__LTFSEE_GLOBUS__{name}"] = value
    eeadm = Path("/tmp") / f"ws-bench-eeadm-{os.getpid()}"
    eeadm.write_text(EEADM)
    eeadm.chmod(0o755)
    os.environ["WAYSTATION_BACKENDS__NONE__EEADM"] = str(eeadm)
    try:
        with bench_node() as node:
            yield node
    finally:
        eeadm.unlink()


def _files(root: Path) -> list[str]:
    """Migrated files as the file system shows them: a size, no blocks, and where they are."""
    paths = []
    for n in range(FILES):
        if n % 1_000 == 0:
            folder = root / f"run{n // 1_000}"
            folder.mkdir()
        path = folder / f"observation-{n:06d}.fits"
        with path.open("wb") as file:
            file.truncate(1_000_000)
            os.setxattr(file.fileno(), "user.dmapi.IBMTPS", b"1 T00001L9@pool@lib1")
        paths.append(str(path))
    return paths


def _registration(node: BenchNode, paths: list[str]) -> None:
    """Every call names another file; each is durable when it is answered."""
    count, cpu, db = _load(node, paths)
    with psycopg.connect(node.dsn) as conn:
        row = conn.execute(
            "SELECT count(*), count(DISTINCT request_id) FROM staging_item"
        ).fetchone()
    assert row is not None
    assert row[0] == count, (row, count)
    what = f"files registered by single calls, {CLIENTS} clients"
    figure(what, count / SECONDS, ">=", 2_000, "files/s", peer="20")
    figure("  web CPU each", cpu / count * 1e3, None, None, "ms", peer="28")
    figure("  PostgreSQL CPU each", db / count * 1e3, None, None, "ms")
    figure("  files in one commit", count / row[1], None, None, "files", peer="1")


def _polls(node: BenchNode, paths: list[str]) -> None:
    """Files that are on their way, asked for again and again."""
    count, cpu, _ = _load(node, paths)
    figure(f"polls, {CLIENTS} clients", count / SECONDS, None, None, "req/s", peer="785-1,332")
    figure("  web CPU each", cpu / count * 1e3, None, None, "ms", peer="1.1")


def _load(node: BenchNode, paths: list[str]) -> tuple[int, float, float]:
    """Calls of all clients for some seconds: how many; seconds of CPU here and in PostgreSQL."""
    host, _, port = node.url.removeprefix("http://").partition(":")
    asked = [_request(host, path, "shared") for path in paths]
    lines = [text.encode("unicode_escape").decode() for text in asked]
    before, db = cpu_s(node.web.pid), postgres_cpu_s(node.dsn)
    command = [sys.executable, "-m", "benchmarks.service.load", host, port]
    done = subprocess.run(
        [*command, str(SECONDS), str(CLIENTS)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    count = int(done.stdout.split()[0])
    return count, cpu_s(node.web.pid) - before, postgres_cpu_s(node.dsn) - db


def _request(host: str, path: str, key: str) -> str:
    body = json.dumps({"path": path, "globus_taskid": "bench"})
    head = (
        f"POST {CALL} HTTP/1.1\r\nHost: {host}\r\nX-API-KEY: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head + body


def _round(links: list[socket.socket], asked: list[str]) -> None:
    """One call on each connection at the same time; answers are small and come in one piece."""
    for link, text in zip(links, asked, strict=False):
        link.sendall(text.encode())
    for link, _ in zip(links, asked, strict=False):
        assert link.recv(65536).startswith(b"HTTP/1.1 ")


def _stage_app(node: BenchNode, paths: list[str]) -> None:
    environment = {
        "GLOBUS_STAGE_PATH": paths[0],
        "GLOBUS_STAGE_TASKID": "bench",
        "LTFSEE_URL": node.url,
        "AUTH_KEY": "shared",
    }
    walls = []
    for _ in range(RUNS):
        began = time.monotonic()
        done = subprocess.run(
            [PYTHON, "-IS", str(APP)], env=environment, capture_output=True, check=True
        )
        walls.append(time.monotonic() - began)
        assert done.stdout == b"archived\n", done
    walls.sort()
    version = subprocess.run([PYTHON, "-V"], capture_output=True, text=True, check=True).stdout
    what = f"one call of the stage app, {PYTHON} {version.split()[1]}"
    figure(what, walls[RUNS // 2] * 1e3, "<=", 60, "ms", peer="850")
    figure("  slowest", walls[-1] * 1e3, None, None, "ms")


def _recalls() -> None:
    """100 files, three polls each, 64 at a time, against a simulated library with real bytes."""
    sys.path.append(str(Path(__file__).parents[2] / "tests"))
    from running import new_house, until

    said = {"WAYSTATION_DIALECTS__LTFSEE_GLOBUS__ENABLED": "true"}
    with new_house(directories=1, files_each=110, **said) as house:
        paths = house.untouched(100)
        asked = [_request("127.0.0.1", path, house.token) for path in paths]
        links = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(CLIENTS)]
        _round(links, [_request("127.0.0.1", "/warm/up", house.token)])
        for _ in range(3):
            for begin in range(0, len(asked), CLIENTS):
                _round(links, asked[begin : begin + CLIENTS])
        assert until(lambda: not house.wrong_bytes(paths), 120, every=0.5)
        tasks = [files for files in house.recalls().values() if files]
        tapes = house.rows("SELECT count(DISTINCT tape) FROM staging_item")[0][0]
        assert sum(len(files) for files in tasks) == len(paths)
        what = f"eeadm recalls of 100 files x 3 polls, on {tapes} tapes"
        figure(what, len(tasks), "<=", float(str(tapes)), "", peer="300")


if __name__ == "__main__":
    main()
