"""Uploads by the wire of the old Librarian's client: stage, copy, commit; then its manifest.

Goals (issue of replication): >= 100 uploads/s; a manifest of 10,000 files <= 2 s. The old server
takes 1.4 files/s, 16-27 with its argon2 made free, and its manifest of 10,000 files 8 s
(contracts/librarian.md 2 and 3). One client is one process' thread that does one file after the
other, as the old client does; the share of the client in all CPU is printed.

`python -m benchmarks.replication.uploads [files]`
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import xxhash

from benchmarks.node import cpu_s, postgres_cpu_s
from benchmarks.replication.library import SPACE, Library, library_node
from benchmarks.say import figure

SIZE, FILES, GOAL = 4096, 1_000, 100
PEER = "1.4 files/s (16-27 argon2-free)"
LISTED, LISTED_S = 10_000, 2.0

ROWS = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, mtime, changed, owner_id)
  SELECT s.store_id, s.root_id, 'listed-' || n, 1, 1000, now(), now(), s.owner_id
  FROM hosting_space s, generate_series(1, %(n)s) n WHERE s.name = %(space)s;
"""
FILE_ROWS = """
  INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
  SELECT 'listed-' || n, 1000, 'xxh3:::' || md5(n::text), 'u', 's', now()
  FROM generate_series(1, %(n)s) n
"""
INSTANCE_ROWS = """
  INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
  SELECT f.id, e.id, f.name, 0, now() FROM librarian_file f
  JOIN catalogue_entry e ON e.name = f.name AND e.kind = 1
"""


def main(files: int = FILES) -> None:
    with library_node() as library:
        for clients in (1, 4):
            _upload(library, files, clients)
        _manifest(library)


def _upload(library: Library, files: int, clients: int) -> None:
    # A password is proved once, with argon2; then it is known for some minutes.
    assert library.post("ping/logged", "{}").is_success
    web, base = cpu_s(library.node.web.pid), postgres_cpu_s(library.node.dsn)
    own, began = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        for _ in pool.map(lambda n: _one(library, f"c{clients}/{n}.dat"), range(files)):
            pass
    took = time.monotonic() - began
    goal = GOAL if clients == 1 else None
    what = f"uploads, {clients} client{'s' if clients > 1 else ''}"
    figure(what, files / took, ">=" if goal else None, goal, "files/s", peer=PEER)
    for who, spent in (
        ("server", cpu_s(library.node.web.pid) - web),
        ("PostgreSQL", postgres_cpu_s(library.node.dsn) - base),
        ("client", time.process_time() - own),
    ):
        figure(f"  CPU of the {who}", spent / files * 1000, None, None, "ms/file")


def _one(library: Library, name: str) -> None:
    """As LibrarianClient.upload does it."""
    data = os.urandom(SIZE)
    told = {"upload_size": SIZE, "upload_checksum": f"xxh3:::{xxhash.xxh3_128_hexdigest(data)}"}
    names = {"upload_name": Path(name).name, "destination_location": name, "uploader": "ana"}
    staged = library.post("upload/stage", json.dumps({**told, **names}))
    assert staged.status_code == 201, staged.text
    place = staged.json()
    Path(place["staging_location"]).write_bytes(data)
    kept = ("store_name", "staging_name", "staging_location", "transfer_id")
    body = {
        **{key: place[key] for key in kept},
        **names,
        "transfer_provider_name": "local",
        "transfer_provider": place["transfer_providers"]["local"],
        "meta_mode": "infer",
        "deletion_policy": "0",
        "null_obsid": True,
    }
    done = library.post("upload/commit", json.dumps(body))
    assert done.status_code == 200, done.text


def _manifest(library: Library) -> None:
    with psycopg.connect(library.node.dsn, autocommit=True) as conn:
        have = conn.execute("SELECT count(*) FROM librarian_file").fetchone()
        assert have is not None
        for sql in (ROWS, FILE_ROWS):
            conn.execute(sql.encode(), {"n": max(0, LISTED - int(have[0])), "space": SPACE})
        conn.execute(INSTANCE_ROWS.encode())
        conn.execute("ANALYZE")
    for what, more in (("", False), (" that marks all as gone", True)):
        body = {
            "store_name": SPACE,
            "create_outgoing_transfers": False,
            "destination_librarian": None,
            "disable_store": more,
            "mark_local_instances_as_unavailable": more,
        }
        began = time.monotonic()
        answer = library.post("admin/stores/manifest", json.dumps(body), by="root")
        took = time.monotonic() - began
        listed = len(answer.json()["store_files"])
        assert listed >= LISTED, answer.text[:500]
        figure(f"manifest of {listed:,} files{what}", took, "<=", LISTED_S, "s", peer="8 s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
