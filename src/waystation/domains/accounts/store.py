"""Statements of accounts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.accounts.entities import IdentityKind
from waystation.kernel.database import Connection, Row, Statement, execute, rows

GRANTS_CHANNEL = "way_grants"

_USER = """
  SELECT u.id, u.username, u.first_name, u.last_name, u.is_superuser,
         coalesce(array_agg(g.name) FILTER (WHERE g.name IS NOT NULL), '{}') AS groups
  FROM accounts_user u
  LEFT JOIN accounts_user_groups ug ON ug.user_id = u.id
  LEFT JOIN auth_group g ON g.id = ug.group_id
  WHERE u.id = %(id)s AND u.is_active GROUP BY u.id
"""

_BY_SUBJECT = _USER.replace(
    "WHERE u.id = %(id)s",
    """JOIN accounts_identity i ON i.user_id = u.id
  WHERE i.kind = %(kind)s AND i.subject = %(subject)s""",
)

_LIVE = """
  SELECT id, user_id, name, digest, scopes, expires FROM accounts_token
  WHERE id = %(id)s AND (expires IS NULL OR expires > %(now)s)
"""


def user(user_id: int) -> Statement:
    """An active account with its groups."""
    return Statement(_USER, {"id": user_id})


def names(user_ids: Sequence[int]) -> Statement:
    """What accounts are called, also closed ones."""
    sql = "SELECT id, username FROM accounts_user WHERE id = ANY(%(ids)s)"
    return Statement(sql, {"ids": list(user_ids)})


def by_subject(subject: str) -> Statement:
    """The active account that a certificate's subject belongs to, with its groups."""
    return Statement(_BY_SUBJECT, {"kind": IdentityKind.X509, "subject": subject})


def named(name: str) -> Statement:
    """The id of an account by its name."""
    return Statement("SELECT id FROM accounts_user WHERE username = %(name)s", {"name": name})


def subjects(name: str) -> Statement:
    """Certificate subjects of an account, oldest first."""
    sql = """
      SELECT i.subject FROM accounts_identity i JOIN accounts_user u ON u.id = i.user_id
      WHERE u.username = %(name)s AND i.kind = %(kind)s ORDER BY i.id
    """
    return Statement(sql, {"name": name, "kind": IdentityKind.X509})


def bind(conn: Connection, *, user_id: int, subject: str, now: datetime) -> str:
    """Bind a certificate's subject to an account unless it is bound; whose it is now."""
    sql = """
      INSERT INTO accounts_identity (user_id, kind, subject, created)
      VALUES (%(user)s, %(kind)s, %(subject)s, %(now)s) ON CONFLICT (kind, subject) DO NOTHING
    """
    params = {"user": user_id, "kind": IdentityKind.X509, "subject": subject, "now": now}
    execute(conn, sql, params)
    whose = """
      SELECT u.username FROM accounts_identity i JOIN accounts_user u ON u.id = i.user_id
      WHERE i.kind = %(kind)s AND i.subject = %(subject)s
    """
    return str(rows(conn, Statement(whose, params))[0]["username"])


def unbind(conn: Connection, *, user_id: int, subject: str) -> bool:
    """Take a subject from an account; caches hear of it when this is committed."""
    sql = """
      DELETE FROM accounts_identity
      WHERE user_id = %(user)s AND kind = %(kind)s AND subject = %(subject)s RETURNING id
    """
    params = {"user": user_id, "kind": IdentityKind.X509, "subject": subject}
    gone = rows(conn, Statement(sql, params))
    conn.execute("SELECT pg_notify(%s, %s)", [GRANTS_CHANNEL, f"u{user_id}"])
    return bool(gone)


def token(token_id: int, *, now: datetime) -> Statement:
    """A token that is still good."""
    return Statement(_LIVE, {"id": token_id, "now": now})


def session(key_digest: str, *, now: datetime) -> Statement:
    """Whether a browser session still lives; by digest, the key itself is never handed around."""
    sql = """
      SELECT 1 AS lives FROM django_session
      WHERE md5(session_key) = %(digest)s AND expire_date > %(now)s
    """
    return Statement(sql, {"digest": key_digest, "now": now})


def used(conn: Connection, token_id: int, *, now: datetime) -> None:
    """Remember that a token was used; written once an hour at most."""
    sql = """
      UPDATE accounts_token SET last_used = %(now)s
      WHERE id = %(id)s AND (last_used IS NULL OR last_used < %(before)s)
    """
    execute(conn, sql, {"id": token_id, "now": now, "before": now - timedelta(hours=1)})


def add_token(
    conn: Connection,
    *,
    user_id: int,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    now: datetime,
    expires: datetime | None,
) -> int:
    """Write a token; its id."""
    sql = """
      INSERT INTO accounts_token (user_id, name, digest, scopes, created, expires)
      VALUES (%(user)s, %(name)s, %(digest)s, to_jsonb(%(scopes)s::text[]), %(now)s, %(expires)s)
      RETURNING id
    """
    params = {"user": user_id, "name": name, "digest": digest, "scopes": list(scopes)}
    made = rows(conn, Statement(sql, {**params, "now": now, "expires": expires}))
    return int(str(made[0]["id"]))


def drop_token(conn: Connection, *, user_id: int, token_id: int) -> bool:
    """Revoke a token; caches hear of it when this is committed."""
    sql = "DELETE FROM accounts_token WHERE id = %(id)s AND user_id = %(user)s RETURNING id"
    gone = rows(conn, Statement(sql, {"id": token_id, "user": user_id}))
    conn.execute("SELECT pg_notify(%s, %s)", [GRANTS_CHANNEL, f"t{token_id}"])
    return bool(gone)


def tokens(user_id: int) -> Statement:
    """An account's tokens, newest first."""
    sql = """
      SELECT id, name, scopes, created, expires, last_used FROM accounts_token
      WHERE user_id = %(user)s ORDER BY id DESC
    """
    return Statement(sql, {"user": user_id})


def failures(*, name: str, address: str | None, since: datetime) -> Statement:
    """How many wrong passwords came for a name, and from an address, since a moment."""
    sql = """
      SELECT count(*) FILTER (WHERE name = %(name)s) AS by_name,
             count(*) FILTER (WHERE address = %(address)s::inet) AS by_address
      FROM accounts_signinfailure
      WHERE at > %(since)s AND (name = %(name)s OR address = %(address)s::inet)
    """
    return Statement(sql, {"name": name, "address": address, "since": since})


def add_failure(conn: Connection, *, name: str, address: str | None, now: datetime) -> None:
    """Remember a wrong password, forget those of yesterday."""
    execute(
        conn,
        "INSERT INTO accounts_signinfailure (name, address, at)"
        " VALUES (%(name)s, %(address)s::inet, %(now)s)",
        {"name": name, "address": address, "now": now},
    )
    sql = "DELETE FROM accounts_signinfailure WHERE at < %(before)s"
    execute(conn, sql, {"before": now - timedelta(days=1)})


def row_groups(row: Row) -> frozenset[str]:
    """The groups of a user's row."""
    groups = row["groups"]
    return frozenset(str(g) for g in groups) if isinstance(groups, list) else frozenset()
