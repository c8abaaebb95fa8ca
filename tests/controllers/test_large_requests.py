"""A large request just after the planner's statistics were taken: they know little of it."""

import threading
from datetime import timedelta

import psycopg
import pytest

from running import until
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.states import ItemState
from waystation.domains.staging.store import changes, locate

MANY = 3_000
LOOKS = 40
"""Times that a row of the request may be read; compared with each other one it is MANY times."""

READ = """
  SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables
  WHERE relname IN ('staging_item', 'staging_recall')
"""

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def look(small) -> None:
    """Take the planner's statistics, as the server does now and then."""
    with small.database.transaction() as conn:
        conn.execute("ANALYZE staging_item, staging_request, staging_recall")


@pytest.mark.parametrize("known", ["nothing of it", "its files and no recall"])
def test_a_cancel_reads_each_file_a_few_times(small, known):
    names = [f"n{n}" for n in range(MANY)]
    small.put(*names)
    small.ask("first")
    look(small)
    made = small.ask(*names)
    if known != "nothing of it":
        look(small)
    small.turn(1)
    with small.database.transaction() as conn:
        changes.lock(conn, made.request.id, leaves=ItemState.CANCELLED)
        changes.leave(
            conn,
            made.request.id,
            new=ItemState.CANCELLED,
            kind="cancelled",
            now=small.clock.now(),
        )
        read = conn.execute(READ).fetchone()
    assert small.staging.request(small.ana, made.request.id).counts.cancelled == MANY
    assert MANY <= read[0] <= LOOKS * MANY


@pytest.fixture
def emptied(small):
    """A queue that was long and is nearly empty: its pages are there, and one row in the last."""
    names = [f"n{n}" for n in range(MANY)]
    small.put(*names, "last")
    small.skip = {name for name, _, _ in steps(small.post)} - {"join"}
    made = small.ask(*names)
    small.ask("last", priority=0)
    small.turn()
    small.staging.cancel(small.ana, made.request.id)
    with psycopg.connect(small.database.dsn, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE staging_recall")
        known = conn.execute(KNOWN).fetchone()
    assert known[0] < 3
    assert known[1] > 20
    return names


KNOWN = "SELECT reltuples, relpages FROM pg_class WHERE relname = 'staging_recall'"


def test_a_queue_that_fills_again_is_known_to_be_full(small, emptied):
    small.ask(*emptied)
    small.turn()
    assert small.rows(KNOWN)[0][0] > MANY / 2


def test_claims_keep_to_their_limit_and_read_each_file_a_few_times(small, emptied):
    small.ask(*emptied)
    small.turn()
    with psycopg.connect(small.database.dsn, autocommit=True) as conn:
        conn.execute("UPDATE pg_class SET reltuples = 1 WHERE relname = 'staging_recall'")
    hour = timedelta(hours=1)
    with small.database.transaction() as conn:
        sought = locate.claim(
            conn, backend="mem", now=small.clock.now(), lease=hour, furthest=hour, limit=1_000
        )
        read = conn.execute(READ).fetchone()
    assert len(sought) == 1_000
    assert read[0] <= LOOKS * MANY


def test_a_cancel_meets_nobody_who_moves_its_files(small):
    """Recalls are locked first by everybody: the other way round one had to go back each time."""
    names = [f"n{n}" for n in range(20)]
    small.put(*names)
    made = small.ask(*names)
    small.turn(1)
    with psycopg.connect(small.database.dsn) as mover:
        mover.execute("SELECT id FROM staging_recall ORDER BY id FOR UPDATE")
        leaving = threading.Thread(target=small.staging.cancel, args=(small.ana, made.request.id))
        leaving.start()
        with psycopg.connect(small.database.dsn, autocommit=True) as look:
            assert until(lambda: look.execute(WAITS).fetchone()[0], 20)
            # As a mover goes on: its items, and their count in the request. It need not wait; of
            # two that wait for each other the server ends one after a second.
            mover.execute("SET LOCAL lock_timeout = '500ms'")
            mover.execute("UPDATE staging_item SET attempts = attempts")
            mover.execute("UPDATE staging_request SET seq = seq")
        mover.commit()
    leaving.join(20)
    counts = small.staging.request(small.ana, made.request.id).counts
    assert counts.cancelled == len(names)
