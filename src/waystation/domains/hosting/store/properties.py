"""What clients keep beside entries."""

from collections.abc import Mapping, Sequence

from waystation.kernel.database import Connection, Statement, execute, rows

MOST = 100
"""Properties of one entry."""

_PUT = """
  INSERT INTO hosting_property (entry_id, name, value)
  SELECT %(entry)s, u.name, u.value
  FROM unnest(%(names)s::text[], %(values)s::text[]) AS u(name, value)
  ON CONFLICT (entry_id, name) DO UPDATE SET value = excluded.value
"""

_COPY = """
  INSERT INTO hosting_property (entry_id, name, value)
  SELECT %(target)s, name, value FROM hosting_property WHERE entry_id = %(source)s
  ON CONFLICT (entry_id, name) DO UPDATE SET value = excluded.value
"""


def of(entries: Sequence[int]) -> Statement:
    """All properties of these entries."""
    sql = """
      SELECT entry_id, name, value FROM hosting_property WHERE entry_id = ANY(%(entries)s)
      ORDER BY entry_id, name
    """
    return Statement(sql, {"entries": list(entries)})


def change(conn: Connection, entry: int, changes: Mapping[str, str | None]) -> int:
    """Set properties, remove those of None; how many there are then."""
    gone = [name for name, value in changes.items() if value is None]
    kept = {name: value for name, value in changes.items() if value is not None}
    removal = "DELETE FROM hosting_property WHERE entry_id = %(entry)s AND name = ANY(%(names)s)"
    execute(conn, removal, {"entry": entry, "names": gone})
    execute(conn, _PUT, {"entry": entry, "names": list(kept), "values": list(kept.values())})
    count = "SELECT count(*) AS n FROM hosting_property WHERE entry_id = %(entry)s"
    return int(str(rows(conn, Statement(count, {"entry": entry}))[0]["n"]))


def copy(conn: Connection, source: int, target: int) -> None:
    """Give an entry those of another one too."""
    execute(conn, _COPY, {"source": source, "target": target})


def forget(conn: Connection) -> None:
    """Remove those of entries that are no more, after some were dropped."""
    sql = """
      DELETE FROM hosting_property p WHERE NOT EXISTS (
        SELECT FROM catalogue_entry e WHERE e.id = p.entry_id)
    """
    execute(conn, sql, {})
