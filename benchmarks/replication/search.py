"""Search in a catalogue of 10,000,000 files, each with an instance here and a copy elsewhere.

Goal (issue of replication): by name, uploader and time <= 50 ms, with paging. The old Librarian
took, of 100,000 files, 0.4 s for a name and 1.6 to 2.0 s for 64 rows (contracts/librarian.md 3;
with its argon2 made free 11-33 ms and 1.2-2.1 s). Whole calls by HTTP are timed, one at a time.

`python -m benchmarks.replication.search [rows]`
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from urllib.parse import quote

import psycopg

from benchmarks.replication.library import SPACE, library_node
from benchmarks.say import figure

ROWS, CALLS, GOAL_MS = 10_000_000, 100, 50
PER_FOLDER, USERS, SITES = 10_000, 1_000, 30
MINUTE_S = 60
BEGIN = "timestamptz '2006-01-01'"
"""Files are a minute apart, so that ten million are nineteen years."""

TABLES = ("catalogue_entry", "librarian_file", "librarian_instance", "transfers_replica")
FOLDERS = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, mtime, changed, owner_id)
  SELECT s.store_id, s.root_id, 'night-' || lpad(n::text, 5, '0'), 0, now(), now(), s.owner_id
  FROM hosting_space s, generate_series(0, %(rows)s / %(per)s) n WHERE s.name = %(space)s
"""
ENTRIES = f"""
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, mtime, changed, owner_id)
  SELECT f.store_id, f.id, 'zen.' || to_char({BEGIN} + n * interval '1 minute', 'YYYYMMDD.HH24MI')
    || '.' || substr(md5(n::text), 1, 6) || '.uvh5', 1, n, now(), now(), f.owner_id
  FROM generate_series(1, %(rows)s) n
  JOIN catalogue_entry f ON f.name = 'night-' || lpad((n / %(per)s)::text, 5, '0') AND f.kind = 0
"""
FILES = f"""
  INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
  SELECT f.name || '/' || e.name, e.size, 'xxh3:::' || md5(e.size::text),
    'user' || e.size %% {USERS}, 'site' || e.size %% {SITES},
    {BEGIN} + e.size * interval '1 minute'
  FROM catalogue_entry e JOIN catalogue_entry f ON f.id = e.parent_id WHERE e.kind = 1
"""
INSTANCES = f"""
  INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
  SELECT l.id, e.id, l.name, 0, l.create_time FROM librarian_file l
  JOIN catalogue_entry e ON e.size = extract(epoch FROM l.create_time - {BEGIN}) / {MINUTE_S}
  WHERE e.kind = 1
"""
COPIES = """
  INSERT INTO transfers_replica (entry_id, partner_id, space, path, size, landed, verified)
  SELECT i.entry_id, p.id, 'there', i.path, 1, i.created_time, now()
  FROM librarian_instance i, transfers_partner p
"""
SAMPLE = """
  SELECT name, uploader, create_time FROM librarian_file TABLESAMPLE SYSTEM (%(share)s) LIMIT %(n)s
"""


def main(rows: int = ROWS) -> None:
    with library_node() as library:
        node = library.node
        node.run("partner", "add", "there", "--url", "http://127.0.0.1:9", "--user", "us",
                 "--password", "secret", "--space", SPACE)  # fmt: skip
        began = time.monotonic()
        sample = _fill(node.dsn, rows)
        took = time.monotonic() - began
        print(f"{rows:,} files, each with an instance and a copy, made in {took:.0f} s")

        def search(what: str, bodies: list[dict[str, object]], least: int, peer: str) -> None:
            def call(n: int) -> int:
                body = json.dumps({"max_results": 64, **bodies[n % len(bodies)]})
                answer = library.post("search/file", body)
                assert answer.status_code in {200, 404}, answer.text
                return len(answer.json()) if answer.is_success else 0

            _timed(f"old wire: {what}", call, least, peer)

        times = [each[2] for each in sample]
        search("name, hit", [{"name": each[0]} for each in sample], 1, "432 (33)")
        search("name, miss", [{"name": f"{each[0]}x"} for each in sample], 0, "557 (11)")
        search("uploader, 64", [{"uploader": each[1]} for each in sample], 1, "1,709 (2,101)")
        windows = [{"create_time_window": _hours(at)} for at in times]
        search("6 hours, 64", windows, 1, "1,622 (1,336)")
        both = [{**w, "uploader": s[1]} for w, s in zip(windows, sample, strict=True)]
        search("uploader in 6 hours", both, 1, "")
        search("newest 64", [{}], 1, "1,544 (1,276)")
        _own(node, sample)


def _own(node, sample) -> None:
    """The search of spaces, by parts of names."""
    with node.client() as http:

        def find(what: str, names: list[str], least: int) -> None:
            def call(n: int) -> int:
                answer = http.get(f"/api/v1/find?name={quote(names[n % len(names)])}")
                assert answer.is_success, answer.text
                return len(answer.json()["found"])

            _timed(f"find: {what}", call, least, "")

        files = [each[0].rpartition("/")[2] for each in sample]
        find("a whole name", files, 1)
        find("a part that one file has", [name[-11:-5] + ".uvh5" for name in files], 1)
        find("a part that thousands have", [name[4:12] for name in files], 1)
        find("a part that all have", [".uvh5"], 50)
        find("a pattern", [f"zen.{name[4:14]}*.uvh5" for name in files], 1)
        find("nothing like it", [f"{name[-11:-5]}~{n}~" for n, name in enumerate(files)], 0)
        page = {"next": None}

        def paged(n: int) -> int:
            del n
            more = f"&before={page['next']}" if page["next"] else ""
            told = http.get(f"/api/v1/find?name=.uvh5&limit=50{more}").json()
            page["next"] = told["next_before"]
            return len(told["found"])

        _timed("find: page after page", paged, 50, "")


def _timed(what: str, call: Callable[[int], int], least: int, peer: str) -> None:
    took = []
    for n in range(CALLS):
        began = time.monotonic()
        found = call(n)
        took.append((time.monotonic() - began) * 1000)
        assert found >= least, (what, found)
    figure(f"{what}, p50", statistics.median(took), "<=", GOAL_MS, "ms", peer=peer)
    figure("  p95", sorted(took)[int(0.95 * CALLS)], "<=", GOAL_MS, "ms")


def _hours(at) -> list[str]:
    """Six hours that begin with a file."""
    begin = at.timestamp()
    ends = (begin, begin + 6 * 3600)
    return [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(each)) for each in ends]


def _fill(dsn: str, rows: int):
    """All rows, by one statement a table; a hundred files of them."""
    known = {"rows": rows, "per": PER_FOLDER, "space": SPACE}
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        conn.execute("SET work_mem = '512MB'")
        conn.execute("SET maintenance_work_mem = '2GB'")
        with _without_indexes(conn):
            for statement in (FOLDERS, ENTRIES, FILES, INSTANCES, COPIES):
                conn.execute(statement.encode(), known)
        conn.execute("VACUUM ANALYZE")
        share = min(100.0, 100.0 * 50_000 / rows)
        return conn.execute(SAMPLE.encode(), {"share": share, "n": 100}).fetchall()


@contextmanager
def _without_indexes(conn: psycopg.Connection):
    """Indexes that hold no constraint are made when all is there: that is many times faster."""
    found = conn.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = ANY(%s) AND NOT i.indisunique",
        [list(TABLES)],
    ).fetchall()
    for name, _ in found:
        conn.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in found:
        conn.execute(definition.encode())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
