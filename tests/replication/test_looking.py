"""A rule looks at each file once, whatever order transactions end in."""

import psycopg
import pytest

from replication.twins import Twin
from waystation.domains.transfers.controller.planning import plan
from waystation.domains.transfers.store import planning
from waystation.domains.transfers.store.planning import Looked

COPY = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, adler32, sha256, mtime,
    changed, owner_id, inode, mtime_ns)
  SELECT store_id, parent_id, %s, kind, size, adler32, sha256, mtime,
    changed - interval '30 s', owner_id, inode, mtime_ns
  FROM catalogue_entry WHERE name = 'first'
"""
MARK = "SELECT seen, seen_id, until, horizon, partner_id FROM transfers_destination"
SENT = "SELECT path FROM transfers_shipmentfile ORDER BY path"


def again(twin: Twin) -> list[str]:
    """Files that the next look of its rule would look at."""
    ((seen, number, until, horizon, partner),) = twin.rows(MARK)
    now = twin.clock.now()
    with twin.database.transaction() as conn:  # type: ignore[union-attr]
        found = planning.fresh(
            conn,
            store=twin.space.store_id,
            partner=partner,
            seen=(seen, number),
            old=now,
            now=now,
            limit=100,
            looked=Looked(until, horizon),
        )
    return [each.name for each in found]


def test_a_file_is_looked_at_once_and_one_that_comes_late_too(twins):
    aye = twins.aye
    aye.put("first", b"1")
    aye.rule()
    with psycopg.connect(aye.dsn) as slow:
        slow.execute(COPY, ["late"])
        assert plan(aye.sending) == 1
        assert again(aye) == []
        aye.put("beside it", b"2")
    # It was written before both others, and became visible after them.
    aye.clock.forward(seconds=1)
    assert sorted(again(aye)) == ["beside it", "late"]
    assert plan(aye.sending) == 2
    assert aye.rows(SENT) == [("beside it",), ("first",), ("late",)]
    assert again(aye) == []
    aye.clock.forward(minutes=2)
    assert plan(aye.sending) == 0
    assert again(aye) == []


NOW = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@pytest.mark.parametrize(
    "told", [f"{NOW} + 2::bigint ^ 40", f"{NOW} - 2::bigint ^ 32", f"{NOW}, server = 'epoch'"]
)
def test_numbers_that_another_server_gave_are_not_believed(twins, told):
    """As after a restore: none of them may hide a file."""
    aye = twins.aye
    aye.put("first", b"1")
    aye.rule()
    assert plan(aye.sending) == 1
    aye.put("second", b"2")
    aye.clock.forward(seconds=1)
    aye.change(f"UPDATE transfers_destination SET until = '2200-01-01', horizon = {told}")
    assert plan(aye.sending) == 1
    assert again(aye) == []
