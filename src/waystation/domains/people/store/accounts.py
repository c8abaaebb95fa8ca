"""Statements of accounts and groups."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.people.entities import AccountView, GroupView, Invited
from waystation.kernel.database import Connection, Row, Statement, execute, rows

SHOWN = 50
"""Members of a group that are named in a list."""

_ACCOUNTS = """
  SELECT u.username AS name, trim(u.first_name || ' ' || u.last_name) AS full_name, u.email,
    u.is_superuser AS admin, u.is_active AS active, u.suspended, u.suspended_by, u.suspended_why,
    u.last_login,
    ARRAY(SELECT g.name FROM accounts_user_groups ug JOIN auth_group g ON g.id = ug.group_id
          WHERE ug.user_id = u.id ORDER BY 1)::text[] AS groups,
    (SELECT max(i.expires) FROM people_invitation i
     WHERE i.user_id = u.id AND i.used IS NULL AND i.expires > %(now)s) AS invited
  FROM accounts_user u
  WHERE u.username > %(after)s AND (%(part)s = '' OR u.username ILIKE %(like)s
    OR u.first_name ILIKE %(like)s OR u.last_name ILIKE %(like)s OR u.email ILIKE %(like)s)
  ORDER BY u.username LIMIT %(limit)s
"""

# NULL for `manager` is an administrator, who sees all groups.
_GROUPS = f"""
  SELECT g.name, (SELECT count(*) FROM accounts_user_groups c WHERE c.group_id = g.id) AS size,
    ARRAY(SELECT u.username FROM accounts_user_groups ug JOIN accounts_user u ON u.id = ug.user_id
          WHERE ug.group_id = g.id ORDER BY 1 LIMIT {SHOWN})::text[] AS members,
    ARRAY(SELECT u.username FROM people_manager m JOIN accounts_user u ON u.id = m.user_id
          WHERE m.group_id = g.id ORDER BY 1)::text[] AS managers
  FROM auth_group g
  WHERE g.name > %(after)s AND (%(manager)s::bigint IS NULL OR EXISTS (
    SELECT 1 FROM people_manager m WHERE m.group_id = g.id AND m.user_id = %(manager)s))
  ORDER BY g.name LIMIT %(limit)s
"""

_ADD = """
  INSERT INTO accounts_user (username, first_name, last_name, email, password, is_superuser,
    is_staff, is_active, date_joined)
  VALUES (%(name)s, %(full_name)s, '', %(email)s, '!', false, false, true, %(now)s)
  ON CONFLICT (username) DO NOTHING RETURNING id
"""


def accounts(*, part: str, after: str, limit: int, now: datetime) -> Statement:
    """Accounts by name; `part` is in a name or an address."""
    like = part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    params = {"part": part, "like": f"%{like}%", "after": after, "limit": limit, "now": now}
    return Statement(_ACCOUNTS, params)


def groups(*, manager: int | None, after: str, limit: int) -> Statement:
    """Groups by name; all, or those that an account manages."""
    return Statement(_GROUPS, {"manager": manager, "after": after, "limit": limit})


def add(conn: Connection, *, name: str, full_name: str, email: str, now: datetime) -> int | None:
    """Make an account that cannot sign in yet; None when the name is taken."""
    params = {"name": name, "full_name": full_name, "email": email, "now": now}
    found = rows(conn, Statement(_ADD, params))
    return int(str(found[0]["id"])) if found else None


def account(conn: Connection, name: str) -> int | None:
    """The id of an account."""
    sql = "SELECT id FROM accounts_user WHERE username = %(name)s"
    found = rows(conn, Statement(sql, {"name": name}))
    return int(str(found[0]["id"])) if found else None


def invite(
    conn: Connection, *, user_id: int, digest: bytes, by: str, now: datetime, expires: datetime
) -> None:
    """Write an invitation; the account's older ones are good no more."""
    execute(conn, "DELETE FROM people_invitation WHERE user_id = %(user)s", {"user": user_id})
    sql = """
      INSERT INTO people_invitation (user_id, digest, by, created, expires)
      VALUES (%(user)s, %(digest)s, %(by)s, %(now)s, %(expires)s)
    """
    params = {"user": user_id, "digest": digest, "by": by, "now": now, "expires": expires}
    execute(conn, sql, params)


def invited(digest: bytes, *, now: datetime) -> Statement:
    """Whom a link is for, as long as it is good and the account is."""
    sql = """
      SELECT u.id AS user_id, u.username AS name, i.expires FROM people_invitation i
      JOIN accounts_user u ON u.id = i.user_id
      WHERE i.digest = %(digest)s AND i.used IS NULL AND i.expires > %(now)s AND u.is_active
    """
    return Statement(sql, {"digest": digest, "now": now})


def use(conn: Connection, digest: bytes, *, password: str, now: datetime) -> int | None:
    """Take a link and give its account a password, once however many try; the account's id."""
    sql = """
      WITH taken AS (
        UPDATE people_invitation SET used = %(now)s
        WHERE digest = %(digest)s AND used IS NULL AND expires > %(now)s RETURNING user_id)
      UPDATE accounts_user u SET password = %(password)s FROM taken
      WHERE u.id = taken.user_id AND u.is_active RETURNING u.id
    """
    found = rows(conn, Statement(sql, {"digest": digest, "password": password, "now": now}))
    return int(str(found[0]["id"])) if found else None


def password(conn: Connection, user_id: int, hashed: str) -> None:
    """Give an account a password, by its hash."""
    sql = "UPDATE accounts_user SET password = %(password)s WHERE id = %(user)s"
    execute(conn, sql, {"user": user_id, "password": hashed})


def add_group(conn: Connection, name: str) -> bool:
    """Make a group; False when there is one."""
    sql = "INSERT INTO auth_group (name) VALUES (%(name)s) ON CONFLICT (name) DO NOTHING"
    return bool(execute(conn, sql, {"name": name}))


def group(conn: Connection, name: str, *, manager: int | None) -> int | None:
    """The id of a group, if that account manages it; None for `manager` asks for nothing."""
    sql = """
      SELECT g.id FROM auth_group g WHERE g.name = %(name)s AND (%(manager)s::bigint IS NULL
        OR EXISTS (SELECT 1 FROM people_manager m
                   WHERE m.group_id = g.id AND m.user_id = %(manager)s))
    """
    found = rows(conn, Statement(sql, {"name": name, "manager": manager}))
    return int(str(found[0]["id"])) if found else None


def put_in(conn: Connection, group_id: int, user_ids: Sequence[int]) -> None:
    """Put accounts into a group; who is in it stays."""
    sql = """
      INSERT INTO accounts_user_groups (user_id, group_id)
      SELECT unnest(%(users)s::bigint[]), %(group)s ON CONFLICT DO NOTHING
    """
    execute(conn, sql, {"users": list(user_ids), "group": group_id})


def take_out(conn: Connection, group_id: int, user_id: int) -> bool:
    """Take an account out of a group; False when it was not in it."""
    sql = "DELETE FROM accounts_user_groups WHERE user_id = %(user)s AND group_id = %(group)s"
    return bool(execute(conn, sql, {"user": user_id, "group": group_id}))


def manage(conn: Connection, group_id: int, user_id: int, *, may: bool) -> None:
    """Let an account manage a group, or no more."""
    params = {"user": user_id, "group": group_id}
    if may:
        sql = """
          INSERT INTO people_manager (group_id, user_id) VALUES (%(group)s, %(user)s)
          ON CONFLICT DO NOTHING
        """
    else:
        sql = "DELETE FROM people_manager WHERE group_id = %(group)s AND user_id = %(user)s"
    execute(conn, sql, params)


def read_account(row: Row) -> AccountView:
    """An account from its row."""
    return AccountView(**row)  # type: ignore[arg-type]


def read_group(row: Row) -> GroupView:
    """A group from its row."""
    return GroupView(**row)  # type: ignore[arg-type]


def read_invited(row: Row) -> Invited:
    """Whom a link is for, from its row."""
    return Invited(**row)  # type: ignore[arg-type]
