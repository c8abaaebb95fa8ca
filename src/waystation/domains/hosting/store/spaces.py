"""Spaces and who may what in them."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.hosting.entities import Role, Space, Standing
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = """s.id, s.name, s.title, s.kind, s.store_id, s.base, s.root_id, s.owner_id, s.durable,
  s.trash_days, s.closed, s.keep_days, s.delete_days"""

_STANDING = f"""
  SELECT {_COLUMNS}, coalesce(max(r.role), 0) AS role
  FROM hosting_space s LEFT JOIN hosting_spacerole r
    ON r.space_id = s.id AND r.principal = ANY(%(principals)s)
  WHERE s.name = %(name)s GROUP BY s.id
"""

_MINE = f"""
  SELECT {_COLUMNS}, max(r.role) AS role
  FROM hosting_spacerole r JOIN hosting_space s ON s.id = r.space_id
  WHERE r.principal = ANY(%(principals)s) GROUP BY s.id ORDER BY s.name
"""

_EVERY = f"SELECT {_COLUMNS}, {Role.OWNER:d} AS role FROM hosting_space s ORDER BY s.name"

_ADD = f"""
  INSERT INTO hosting_space AS s (name, title, kind, store_id, base, root_id, owner_id, durable,
    trash_days, created)
  VALUES (%(name)s, %(title)s, %(kind)s, %(store)s, %(base)s, 0, %(owner)s, %(durable)s,
    %(trash_days)s, %(now)s)
  ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}
"""


def standing(name: str, principals: Sequence[str]) -> Statement:
    """The space of a name, with the best role of these."""
    return Statement(_STANDING, {"name": name, "principals": list(principals)})


def mine(principals: Sequence[str]) -> Statement:
    """All spaces in which these have a role."""
    return Statement(_MINE, {"principals": list(principals)})


def every() -> Statement:
    """All spaces."""
    return Statement(_EVERY, {})


def add(
    conn: Connection,
    *,
    name: str,
    title: str,
    kind: str,
    store: int,
    base: str,
    owner: int,
    durable: bool,
    trash_days: int,
    now: datetime,
) -> Space | None:
    """Make a space, its root not yet known; None when the name is taken."""
    params = {
        "name": name,
        "title": title,
        "kind": kind,
        "store": store,
        "base": base,
        "owner": owner,
        "durable": durable,
        "trash_days": trash_days,
        "now": now,
    }
    found = rows(conn, Statement(_ADD, params))
    return read(found[0]) if found else None


def root(conn: Connection, space: int, entry: int) -> None:
    """Say which entry is a space's top folder."""
    sql = "UPDATE hosting_space SET root_id = %(entry)s WHERE id = %(space)s"
    execute(conn, sql, {"space": space, "entry": entry})


def role(conn: Connection, space: int, principal: str, given: Role) -> None:
    """Give somebody a role; NONE takes it away."""
    params = {"space": space, "principal": principal, "role": int(given)}
    if given is Role.NONE:
        sql = """
          DELETE FROM hosting_spacerole WHERE space_id = %(space)s AND principal = %(principal)s
        """
    else:
        sql = """
          INSERT INTO hosting_spacerole (space_id, principal, role)
          VALUES (%(space)s, %(principal)s, %(role)s)
          ON CONFLICT (space_id, principal) DO UPDATE SET role = excluded.role
        """
    execute(conn, sql, params)


def roles(space: int) -> Statement:
    """Who has which role."""
    sql = """
      SELECT principal, role FROM hosting_spacerole WHERE space_id = %(space)s
      ORDER BY role DESC, principal
    """
    return Statement(sql, {"space": space})


def read(row: Row) -> Space:
    """A space from its row."""
    return Space(**{name: row[name] for name in Space.__dataclass_fields__})  # type: ignore[arg-type]


def read_standing(row: Row) -> Standing:
    """A space and the caller's role from their row."""
    return Standing(read(row), Role(int(str(row["role"]))))
