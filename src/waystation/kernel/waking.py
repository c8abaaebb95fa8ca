"""Waking the workers: a notification that goes out when its transaction is committed.

It only saves waiting. Whoever misses it looks after its tick all the same.
"""

from waystation.kernel.database import Connection

WORK_CHANNEL = "way_work"


def wake(conn: Connection, step: str) -> None:
    """Tell the workers that a step has something to do, when this transaction is committed."""
    conn.execute("SELECT pg_notify(%s, %s)", [WORK_CHANNEL, step])
