"""Bytes of spaces: server CPU for each GiB down and up, beside `cp` and the digests themselves.

Goals (issue of the data host): upload with both digests <= 1.3 CPU s/GiB; download <= 0.06 by
sendfile or a proxy in front. The stream that is measured here is neither: it is what a node has
without nginx. Listing: the first page of a folder of 100,000 files <= 50 ms.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from zlib_ng import zlib_ng

from benchmarks.node import bench_node, cpu_s, postgres_cpu_s
from benchmarks.say import figure

GIB = 2**30
FILES = 100_000

ROWS = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, mtime, changed, owner_id)
  SELECT s.store_id, s.root_id, 'file-' || lpad(n::text, 7, '0'), 1, 1000, now(), now(), s.owner_id
  FROM hosting_space s, generate_series(1, %(n)s) n WHERE s.name = 'bench'
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ws-bytes-", dir="/tmp") as scratch:
        root, big = Path(scratch) / "disk", Path(scratch) / "big"
        root.mkdir()
        with big.open("wb") as file:
            for _ in range(GIB // 2**24):
                file.write(os.urandom(2**24))
        _copy(big)
        with bench_node(stores={"disk": str(root)}) as node:
            node.run("space", "add", "bench", "--owner", "bench", "--store", "disk")
            _bytes(node, big)
            _listing(node)


def _copy(big: Path) -> None:
    """What the machine itself costs: cp, and the two digests over memory."""
    began, before = time.monotonic(), os.times()
    shutil.copyfile(big, big.with_name("copy"))
    after = os.times()
    figure("cp 1 GiB, CPU", after.system + after.user - before.system - before.user,
           None, None, "s/GiB")  # fmt: skip
    figure("  wall", 1024 / (time.monotonic() - began), None, None, "MiB/s")
    big.with_name("copy").unlink()
    data, cpu = os.urandom(2**24), time.process_time()
    digest, adler = hashlib.sha256(), 1
    for _ in range(16):
        digest.update(data)
        adler = zlib_ng.adler32(data, adler)
    figure("sha256 and adler32 alone, CPU", (time.process_time() - cpu) * 4, None, None, "s/GiB")


def _bytes(node, big: Path) -> None:
    url, token = f"{node.url}/dav/bench/big", f"Authorization: Bearer {node.token}"
    for what, goal, words in (
        ("upload 1 GiB with both digests, server CPU", 1.3, ["-T", str(big)]),
        ("download 1 GiB as a stream, server CPU", None, ["-o", "/dev/null"]),
    ):
        best = min(_curl(node, [*words, "-H", token, url]) for _ in range(3))
        relation = None if goal is None else "<="
        figure(what, best[0], relation, goal, "s/GiB")
        figure("  wall", 1024 / best[1], None, None, "MiB/s")


def _curl(node, words: list[str]) -> tuple[float, float]:
    before, began = cpu_s(node.web.pid), time.monotonic()
    subprocess.run(["curl", "-sS", "--fail", *words], check=True, stdout=subprocess.DEVNULL)
    return cpu_s(node.web.pid) - before, time.monotonic() - began


def _listing(node) -> None:
    with psycopg.connect(node.dsn, autocommit=True) as conn:
        conn.execute(ROWS, {"n": FILES})
        conn.execute("ANALYZE")
    body = b'<propfind xmlns="DAV:"><allprop/></propfind>'
    with node.client() as http:

        def first_page() -> float:
            began = time.monotonic()
            headers = {"Depth": "1"}
            with http.stream("PROPFIND", "/dav/bench/", headers=headers, content=body) as answer:
                seen = 0
                for part in answer.iter_bytes():
                    seen += part.count(b"<d:response>")
                    if seen > 400:
                        return time.monotonic() - began
            raise AssertionError(seen)

        first_page()
        best = min(first_page() for _ in range(5))
        figure("first 500 of 100,000 files by PROPFIND", best * 1000, "<=", 50, "ms")
        cpu, db, began = cpu_s(node.web.pid), postgres_cpu_s(node.dsn), time.monotonic()
        whole = http.request("PROPFIND", "/dav/bench/", headers={"Depth": "1"}, content=body)
        assert whole.content.count(b"<d:response>") >= FILES
        figure("  all of them", time.monotonic() - began, None, None, "s")
        figure("  server CPU", cpu_s(node.web.pid) - cpu, None, None, "s")
        figure("  PostgreSQL CPU", postgres_cpu_s(node.dsn) - db, None, None, "s")


if __name__ == "__main__":
    main()
