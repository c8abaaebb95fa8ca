"""What the planner knows of a table, told by those who have just written much of it.

A queue that was emptied is known to have one row in many pages. Filled again it is believed to
have one row still, until autovacuum looks a minute later, and joins compare all rows with all.
"""

from psycopg import sql

from waystation.kernel.database import Connection

_KNOWN = "SELECT reltuples FROM pg_class WHERE oid = %s::regclass"


def learn(conn: Connection, table: str, *, written: int) -> bool:
    """Look at a table that is larger than the planner believes; whether it was done.

    Args:
        conn: a transaction; its own rows are seen too.
        table: whose statistics; the transaction must own it.
        written: rows that it has at least.

    It reads 30,000 rows at most, and does nothing while somebody else looks (PostgreSQL, ANALYZE).
    """
    known = conn.execute(_KNOWN, [table]).fetchone()
    if known is None or known[0] >= written:
        return False
    conn.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(sql.Identifier(table)))
    return True
