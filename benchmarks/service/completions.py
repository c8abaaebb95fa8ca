"""100,000 files came online: checked, written, counted, told. And 1,000,000 that wait.

Beside it: mwa_staging took 66 s for 100,000 messages (18 s CPU of its own and 13 s of PostgreSQL).
"""

import time
from datetime import UTC, datetime

import psycopg

from benchmarks.house import database
from benchmarks.node import postgres_cpu_s
from benchmarks.say import figure
from benchmarks.service import seed
from waystation.kernel.database import Statement

FILES, BATCH = 100_000, 5_000
# The poll step writes a list's news in one transaction; a list has so many files at most.
LIST = 20_000
LISTED, NEW = 2, 0

ITEMS = """
  WITH made AS (
    INSERT INTO staging_request (owner_id, store_id, label, priority, pin_lifetime_s, created, state,
      seq, files, folded, refused, joined, checked, n_waiting, n_queued, n_recalling, n_online,
      n_failed, n_cancelled, n_released, sized, bytes, bytes_online)
    SELECT u.id, s.id, '', 4, 3600, now(), 0, 1, %(n)s, 0, 0, %(n)s, 0, 0, 0, %(n)s, 0, 0, 0, 0,
           %(n)s, 0, 0 FROM accounts_user u, catalogue_store s
    WHERE u.username = 'bench' AND s.name = 'archive' RETURNING id)
  INSERT INTO staging_item (request_id, n, state, attempts, recall_id, path)
  SELECT made.id, row_number() OVER (), 2, 0, r.id, r.path FROM made, staging_recall r
"""


def main() -> None:
    with database() as (house, dsn):
        _completions(house, dsn)
        _outstanding(house, dsn)


def _completions(house, dsn: str) -> None:
    from waystation.domains.staging.store import outcomes

    seed.recalls(dsn, "/archive", FILES, state=LISTED)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(ITEMS, {"n": FILES})
        conn.execute("ANALYZE")
        ids = [row[0] for row in conn.execute("SELECT id FROM staging_recall ORDER BY random()")]
    db, cpu, began = postgres_cpu_s(dsn), time.process_time(), time.monotonic()
    for start in range(0, FILES, LIST):
        batch = [(i, 2_000_000_000) for i in ids[start : start + LIST]]
        house.run(lambda conn, b=batch: outcomes.online(conn, b, now=datetime.now(UTC)))
    wall = time.monotonic() - began
    figure("100k completions applied, lists of 20,000", wall, "<=", 2.0, "s", peer="66 s")
    figure("  own CPU", time.process_time() - cpu, None, None, "s", peer="18.4 s")
    figure("  PostgreSQL CPU", postgres_cpu_s(dsn) - db, None, None, "s", peer="13.2 s")
    done = house.rows(Statement("SELECT n_online FROM staging_request", {}))[0]["n_online"]
    assert done == FILES, done


def _outstanding(house, dsn: str) -> None:
    """Enqueue against a queue of a million, and the first decision over it."""
    from waystation.domains.staging.controller import plan, totals
    from waystation.domains.staging.controller.post import Post
    from waystation.domains.staging.entities import FileReport, Residency
    from waystation.domains.staging.rules import Rules
    from waystation.domains.staging.store import locate
    from waystation.kernel.clock import SystemClock
    from waystation_testing.memory_tape import MemoryTape

    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("TRUNCATE staging_recall, staging_item, staging_queue")
    seed.recalls(dsn, "/archive", 1_000_000, state=NEW)
    with psycopg.connect(dsn) as conn:
        found = conn.execute("SELECT id, path FROM staging_recall ORDER BY id").fetchall()
    costs = []
    for start in range(0, len(found), BATCH):
        seen = [
            (i, FileReport(path, Residency.NEARLINE, 2 * 10**9, f"T{i % 200:04d}", i))
            for i, path in found[start : start + BATCH]
        ]
        began = time.monotonic()
        house.run(lambda conn, s=seen: locate.queue(conn, s, sources=[NEW]))
        costs.append(time.monotonic() - began)
    tenth = len(costs) // 10
    first, last = sorted(costs[:tenth])[tenth // 2], sorted(costs[-tenth:])[tenth // 2]
    figure("enqueue of a file, first 100,000", first / BATCH * 1e6, None, None, "us")
    figure("enqueue of a file, at 1,000,000 outstanding", last / BATCH * 1e6, None, None, "us")
    figure("  ratio (O(1) is 1)", last / first, "<=", 2.0, "x")
    rules = Rules()
    post = Post("mem", "memory", MemoryTape(instant=False), house, SystemClock(), rules)
    began = time.monotonic()
    picture = totals.read(post)
    look = time.monotonic() - began
    assert sum(t.files for t in picture.tapes) == 1_000_000
    began = time.monotonic()
    released = plan.step(post)
    figure("first mount decision at 1,000,000 outstanding", look, "<=", 1.0, "s")
    took = time.monotonic() - began
    figure(f"  {released} lists of 5,000 files planned and released", took, None, None, "s")


if __name__ == "__main__":
    main()
