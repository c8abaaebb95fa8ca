"""100,000 Kafka messages: taken from a real broker, applied to the tables, committed.

Beside it: mwa_staging took 66 s to apply 100,000 (no broker, its commits left out).
"""

import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.house import database
from benchmarks.node import postgres_cpu_s
from benchmarks.say import figure
from benchmarks.service import seed
from benchmarks.service.completions import FILES, ITEMS, LISTED

TOPIC = "stage-news"


def main() -> None:
    from waystation.kernel.database import Statement

    with database() as (house, dsn), tempfile.TemporaryDirectory(prefix="ws-kafka-") as scratch:
        paths = _seed(dsn)
        with broker(Path(scratch)) as servers:
            _produce(servers, paths)
            cpu, db = time.process_time(), postgres_cpu_s(dsn)
            heard, wall = _hear(house, servers)
            figure(
                "100k Kafka messages taken, applied, committed", wall, "<=", 3.0, "s", peer="66 s"
            )
            figure("  own CPU", time.process_time() - cpu, None, None, "s", peer="18.4 s")
            figure("  PostgreSQL CPU", postgres_cpu_s(dsn) - db, None, None, "s", peer="13.2 s")
        done = house.rows(Statement("SELECT n_online FROM staging_request", {}))[0]["n_online"]
        assert heard == done == FILES, (heard, done)


def _seed(dsn: str) -> list[str]:
    """One request of 100,000 files, all of them in lists at the tape system; their paths."""
    seed.recalls(dsn, "/archive", FILES, state=LISTED)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(ITEMS, {"n": FILES})
        conn.execute(LISTS)
        conn.execute("ANALYZE")
        return [
            row[0] for row in conn.execute("SELECT path FROM staging_recall ORDER BY random()")
        ]


LISTS = """
  WITH made AS (
    INSERT INTO staging_recalllist (backend, tape, key, stage, handle, created, sent, heard, due,
      files, bytes, predicted_s, why)
    SELECT 'mem', '', 'w-' || n, 1, 'w-' || n, now(), now(), now(), now(), 10000, 0, 0, ''
    FROM generate_series(1, 10) n RETURNING id)
  UPDATE staging_recall r SET list_id = l.id
  FROM (SELECT id, row_number() OVER () - 1 AS n FROM made) l WHERE r.id %% 10 = l.n
""".replace("%%", "%")


def broker(folder: Path):
    from contextlib import contextmanager

    @contextmanager
    def running():
        # The broker of the tests; a site's own is named by KAFKA_BOOTSTRAP.
        import sys

        sys.path.append(str(Path(__file__).parents[2] / "tests"))
        from real.kafka_broker import Tansu, given_cluster, make_topic

        if given_cluster():
            yield given_cluster()
            return
        with Tansu(folder / "tansu") as broker:
            make_topic({"bootstrap.servers": broker.servers}, TOPIC)
            yield broker.servers

    return running()


def _produce(servers: str, paths: list[str]) -> None:
    from real.kafka_broker import produce, scout_message

    produce({"bootstrap.servers": servers}, TOPIC, [scout_message(path) for path in paths])


def _hear(house, servers: str) -> tuple[int, float]:
    """Run the step until everything was heard; how many messages, in how many seconds."""
    from waystation.backends.news.kafka.config import KafkaConfig
    from waystation.backends.news.kafka.consumer import KafkaNews
    from waystation.backends.tape.scoutam.news import read
    from waystation.bootstrap import collector
    from waystation.domains.staging.controller import hear
    from waystation.domains.staging.controller.post import Post
    from waystation.domains.staging.rules import Rules
    from waystation.kernel.clock import SystemClock
    from waystation_testing.memory_tape import MemoryTape

    post = Post("mem", "memory", MemoryTape(), house, SystemClock(), Rules())
    source = KafkaNews(KafkaConfig((servers,), TOPIC, f"bench-{time.time_ns()}", tls=False), read)
    for _ in range(30):  # joining the group takes seconds, once in a listener's life
        if source.take(1, 1.0):  # given again to the step, as it was not committed
            break
    collector.calm()
    heard, began = 0, time.monotonic()
    while heard < FILES and time.monotonic() - began < 120:
        heard += hear.step(post, source)
    wall = time.monotonic() - began
    source.close()
    return heard, wall


if __name__ == "__main__":
    main()
