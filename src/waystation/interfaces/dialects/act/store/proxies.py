"""Proxies that were delegated to us, sealed."""

from datetime import datetime

from waystation.kernel.database import Connection, Statement, execute, rows

# Whoever holds a name's proxy is that name: a new one takes the place of the old, of one owner.
_KEEP = """
  INSERT INTO act_proxy (user_id, dn, attribute, sealed, created, renewed, expires)
  VALUES (%(user)s, %(dn)s, %(attribute)s, %(sealed)s, %(now)s, %(now)s, %(expires)s)
  ON CONFLICT (dn, attribute) DO UPDATE SET user_id = excluded.user_id, sealed = excluded.sealed,
    renewed = excluded.renewed, expires = excluded.expires
  RETURNING id
"""


def keep(
    conn: Connection,
    *,
    user: int,
    dn: str,
    attribute: str,
    sealed: bytes,
    now: datetime,
    expires: datetime,
) -> int:
    """A proxy, new or in place of the one before; its number stays."""
    params = {"user": user, "dn": dn, "attribute": attribute, "sealed": sealed}
    found = rows(conn, Statement(_KEEP, {**params, "now": now, "expires": expires}))
    return int(str(found[0]["id"]))


def one(proxy: int) -> Statement:
    """A proxy, without what is sealed."""
    sql = "SELECT id, user_id, dn, attribute, expires FROM act_proxy WHERE id = %(id)s"
    return Statement(sql, {"id": proxy})


def sealed(proxy: int, user: int) -> Statement:
    """What is sealed of an owner's proxy."""
    sql = "SELECT sealed FROM act_proxy WHERE id = %(id)s AND user_id = %(user)s"
    return Statement(sql, {"id": proxy, "user": user})


def best(user: int, *, now: datetime) -> Statement:
    """What is sealed of that proxy of an owner which is good for longest; none when none is."""
    sql = """
      SELECT sealed FROM act_proxy WHERE user_id = %(user)s AND expires > %(now)s
      ORDER BY expires DESC, id LIMIT 1
    """
    return Statement(sql, {"user": user, "now": now})


def drop(conn: Connection, proxy: int, user: int) -> None:
    """An owner's proxy is forgotten, and tokens that name it are good no more."""
    sql = "DELETE FROM act_proxy WHERE id = %(id)s AND user_id = %(user)s"
    execute(conn, sql, {"id": proxy, "user": user})


def ended(conn: Connection, *, before: datetime) -> int:
    """Proxies that ended before are forgotten; how many."""
    return execute(conn, "DELETE FROM act_proxy WHERE expires < %(t)s", {"t": before})
