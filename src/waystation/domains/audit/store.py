"""Statements that seal the trail, and let go what retention gives up."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.audit.entities import Entry, Head
from waystation.domains.audit.rules import BEGINNING
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_ONE_SEALER = 0x57415953  # a number of our own among advisory locks

COLUMNS = """id, at, actor_id, actor, via, address, act, thing, outcome, request_id, facts, n,
  seal"""

_SEAL = """
  UPDATE audit_entry e SET n = s.n, seal = s.seal
  FROM unnest(%(ids)s::bigint[], %(numbers)s::bigint[], %(seals)s::bytea[]) AS s(id, n, seal)
  WHERE e.id = s.id
"""

_HEAD = """
  SELECT n, seal FROM (
    (SELECT n, seal FROM audit_entry WHERE n IS NOT NULL ORDER BY n DESC LIMIT 1)
    UNION ALL (SELECT n, seal FROM audit_cut ORDER BY n DESC LIMIT 1)
  ) AS known ORDER BY n DESC LIMIT 1
"""

# Numbers follow time closely, not exactly: what stays decides, so that the rest is one chain.
_OLD = """
  SELECT n, seal FROM audit_entry WHERE n IS NOT NULL AND n < coalesce(
    (SELECT min(n) FROM audit_entry WHERE at >= %(before)s AND n IS NOT NULL),
    9223372036854775807) ORDER BY n LIMIT %(limit)s
"""


def only_one(conn: Connection) -> bool:
    """Whether this transaction is the one that may change the chain now."""
    sql = "SELECT pg_try_advisory_xact_lock(%(key)s) AS mine"
    return bool(rows(conn, Statement(sql, {"key": _ONE_SEALER}))[0]["mine"])


def loose(conn: Connection, *, limit: int) -> list[Entry]:
    """Entries that have no seal yet, oldest first."""
    sql = f"SELECT {COLUMNS} FROM audit_entry WHERE n IS NULL ORDER BY id LIMIT %(limit)s"
    return [read(row) for row in rows(conn, Statement(sql, {"limit": limit}))]


def head(conn: Connection) -> Head:
    """The last seal."""
    found = rows(conn, Statement(_HEAD, {}))
    return read_head(found[0]) if found else BEGINNING


def seal(conn: Connection, sealed: Sequence[tuple[int, Head]]) -> None:
    """Give entries their place in the chain."""
    params = {
        "ids": [entry for entry, _ in sealed],
        "numbers": [each.n for _, each in sealed],
        "seals": [each.seal for _, each in sealed],
    }
    execute(conn, _SEAL, params)


def cut(conn: Connection, *, before: datetime, limit: int, now: datetime) -> Head | None:
    """Take the oldest entries away, those of before a moment; the last one that went."""
    found = rows(conn, Statement(_OLD, {"before": before, "limit": limit}))
    if not found:
        return None
    last = read_head(found[-1])
    execute(conn, "SET LOCAL waystation.audit_retention = 'on'", {})
    execute(conn, "DELETE FROM audit_entry WHERE n <= %(n)s", {"n": last.n})
    execute(
        conn,
        "INSERT INTO audit_cut (n, seal, at) VALUES (%(n)s, %(seal)s, %(now)s)",
        {"n": last.n, "seal": last.seal, "now": now},
    )
    execute(conn, "SET LOCAL waystation.audit_retention = 'off'", {})
    return last


def read(row: Row) -> Entry:
    """An entry from its row."""
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})  # type: ignore[arg-type]


def read_head(row: Row) -> Head:
    """A place in the chain from its row."""
    found = row["seal"]
    assert isinstance(found, bytes)
    return Head(int(str(row["n"])), found)
