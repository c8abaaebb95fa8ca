"""Statements of accounts."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.accounts.entities import IdentityKind, Place, Verb
from waystation.kernel.database import Connection, Row, Statement, execute, rows

GRANTS_CHANNEL = "way_grants"

USE_NOTED = timedelta(hours=1)
"""The last use of a token is known so exactly: it is not written at each use."""

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

_CREDENTIAL = _USER.replace("u.is_superuser,", "u.is_superuser, u.password,").replace(
    "WHERE u.id = %(id)s", "WHERE u.username = %(name)s"
)

_LIVE = """
  SELECT id, user_id, name, digest, scopes, expires, places, last_used
  FROM accounts_token
  WHERE id = %(id)s AND (expires IS NULL OR expires > %(now)s)
"""

_SESSION = """
  SELECT 1 FROM django_session s WHERE md5(s.session_key) = d.digest AND s.expire_date > %(now)s
"""


def user(user_id: int) -> Statement:
    """An active account with its groups."""
    return Statement(_USER, {"id": user_id})


def credential(name: str) -> Statement:
    """An active account with its groups and the hash of its password, by its name."""
    return Statement(_CREDENTIAL, {"name": name})


def group(name: str) -> Statement:
    """The group of a name; nothing when there is none."""
    return Statement("SELECT id FROM auth_group WHERE name = %(name)s", {"name": name})


def names(user_ids: Sequence[int]) -> Statement:
    """What accounts are called, also closed ones."""
    sql = "SELECT id, username FROM accounts_user WHERE id = ANY(%(ids)s)"
    return Statement(sql, {"ids": list(user_ids)})


def by_subject(subject: str, kind: IdentityKind = IdentityKind.X509) -> Statement:
    """The active account that another system's name belongs to, with its groups."""
    return Statement(_BY_SUBJECT, {"kind": kind, "subject": subject})


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


def bind(
    conn: Connection,
    *,
    user_id: int,
    subject: str,
    now: datetime,
    kind: IdentityKind = IdentityKind.X509,
) -> str:
    """Bind another system's name to an account unless it is bound; whose it is now."""
    sql = """
      INSERT INTO accounts_identity (user_id, kind, subject, created)
      VALUES (%(user)s, %(kind)s, %(subject)s, %(now)s) ON CONFLICT (kind, subject) DO NOTHING
    """
    params = {"user": user_id, "kind": kind, "subject": subject, "now": now}
    execute(conn, sql, params)
    whose = """
      SELECT u.username FROM accounts_identity i JOIN accounts_user u ON u.id = i.user_id
      WHERE i.kind = %(kind)s AND i.subject = %(subject)s
    """
    return str(rows(conn, Statement(whose, params))[0]["username"])


def bound(subject: str, kind: IdentityKind) -> Statement:
    """Whether another system's name belongs to any account."""
    sql = "SELECT 1 FROM accounts_identity WHERE kind = %(kind)s AND subject = %(subject)s"
    return Statement(sql, {"kind": kind, "subject": subject})


def unbind(
    conn: Connection, *, user_id: int, subject: str, kind: IdentityKind = IdentityKind.X509
) -> bool:
    """Take a subject from an account; caches hear of it when this is committed."""
    sql = """
      DELETE FROM accounts_identity
      WHERE user_id = %(user)s AND kind = %(kind)s AND subject = %(subject)s RETURNING id
    """
    params = {"user": user_id, "kind": kind, "subject": subject}
    gone = rows(conn, Statement(sql, params))
    tell(conn, user_id)
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
    execute(conn, sql, {"id": token_id, "now": now, "before": now - USE_NOTED})


def add_token(
    conn: Connection,
    *,
    user_id: int,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    now: datetime,
    expires: datetime | None,
    places: Sequence[Place] = (),
) -> int:
    """Write a token; its id. With places it is limited to them."""
    sql = """
      INSERT INTO accounts_token (user_id, name, digest, scopes, created, expires, places)
      VALUES (%(user)s, %(name)s, %(digest)s, to_jsonb(%(scopes)s::text[]), %(now)s, %(expires)s,
        %(places)s::jsonb)
      RETURNING id
    """
    kept = [{"space": p.space, "path": p.path, "verbs": sorted(p.verbs)} for p in places]
    params = {
        "user": user_id,
        "name": name,
        "digest": digest,
        "scopes": list(scopes),
        "places": json.dumps(kept) if kept else None,
    }
    made = rows(conn, Statement(sql, {**params, "now": now, "expires": expires}))
    return int(str(made[0]["id"]))


def drop_token(conn: Connection, *, user_id: int, token_id: int, jobs: bool) -> bool:
    """Revoke a token, maybe only if it is a job's; caches hear of it when this is committed."""
    sql = """
      DELETE FROM accounts_token WHERE id = %(id)s AND user_id = %(user)s
        AND (places IS NOT NULL OR NOT %(jobs)s) RETURNING id
    """
    gone = rows(conn, Statement(sql, {"id": token_id, "user": user_id, "jobs": jobs}))
    conn.execute("SELECT pg_notify(%s, %s)", [GRANTS_CHANNEL, f"t{token_id}"])
    return bool(gone)


def tokens(user_id: int) -> Statement:
    """An account's tokens, newest first."""
    sql = """
      SELECT id, name, scopes, created, expires, last_used, places FROM accounts_token
      WHERE user_id = %(user)s ORDER BY id DESC
    """
    return Statement(sql, {"user": user_id})


def row_places(row: Row) -> tuple[Place, ...]:
    """What a token's row is limited to; nothing when it is not."""
    kept = row["places"]
    return tuple(
        Place(str(each["space"]), tuple(each["path"]), frozenset(Verb(v) for v in each["verbs"]))
        for each in (kept if isinstance(kept, list) else ())
    )


def signed_in(
    conn: Connection, *, user_id: int, digest: str, agent: str, address: str, now: datetime
) -> None:
    """Remember the browser of a new session; forget those whose sessions have ended."""
    sql = """
      INSERT INTO accounts_device (user_id, digest, agent, address, created, last_seen)
      VALUES (%(user)s, %(digest)s, %(agent)s, %(address)s, %(now)s, %(now)s)
      ON CONFLICT (digest) DO NOTHING
    """
    params = {"user": user_id, "digest": digest, "agent": agent, "address": address, "now": now}
    ended = f"""
      DELETE FROM accounts_device d WHERE d.user_id = %(user)s AND NOT EXISTS ({_SESSION})
    """
    execute(conn, ended, params)
    execute(conn, sql, params)


def forget_device(conn: Connection, *, user_id: int, digest: str) -> None:
    """A session was ended by its owner; caches hear of it when this is committed."""
    sql = "DELETE FROM accounts_device WHERE digest = %(digest)s AND user_id = %(user)s"
    execute(conn, sql, {"digest": digest, "user": user_id})
    tell(conn, user_id)


def seen(conn: Connection, digest: str, *, now: datetime) -> None:
    """Remember that a browser is used still."""
    sql = "UPDATE accounts_device SET last_seen = %(now)s WHERE digest = %(digest)s"
    execute(conn, sql, {"digest": digest, "now": now})


def devices(user_id: int, *, now: datetime) -> Statement:
    """Browsers that are signed in, last used first."""
    sql = f"""
      SELECT d.id, d.digest, d.agent, d.address, d.created, d.last_seen FROM accounts_device d
      WHERE d.user_id = %(user)s AND EXISTS ({_SESSION}) ORDER BY d.last_seen DESC, d.id DESC
    """
    return Statement(sql, {"user": user_id, "now": now})


def end_sessions(conn: Connection, *, user_id: int, device_id: int | None = None) -> int:
    """End an account's browser sessions, or one; caches hear of it when this is committed."""
    sql = """
      WITH gone AS (
        DELETE FROM accounts_device
        WHERE user_id = %(user)s AND (%(device)s::bigint IS NULL OR id = %(device)s)
        RETURNING digest)
      DELETE FROM django_session s USING gone WHERE md5(s.session_key) = gone.digest
    """
    count = execute(conn, sql, {"user": user_id, "device": device_id})
    tell(conn, user_id)
    return count


def suspend(conn: Connection, *, name: str, by: str, why: str, now: datetime) -> int | None:
    """Close an active account until it is resumed; its id, None when there is no such one."""
    sql = """
      UPDATE accounts_user SET is_active = false, suspended = %(now)s, suspended_by = %(by)s,
        suspended_why = %(why)s WHERE username = %(name)s AND is_active RETURNING id
    """
    found = rows(conn, Statement(sql, {"name": name, "by": by, "why": why, "now": now}))
    return int(str(found[0]["id"])) if found else None


def resume(conn: Connection, *, name: str) -> int | None:
    """Open a suspended account again; its id, None when there is no such one."""
    sql = """
      UPDATE accounts_user SET is_active = true, suspended = NULL, suspended_by = '',
        suspended_why = '' WHERE username = %(name)s AND NOT is_active RETURNING id
    """
    found = rows(conn, Statement(sql, {"name": name}))
    return int(str(found[0]["id"])) if found else None


def tell(conn: Connection, user_id: int) -> None:
    """Tell every process that an account's rights changed, when this is committed."""
    conn.execute("SELECT pg_notify(%s, %s)", [GRANTS_CHANNEL, f"u{user_id}"])


def active(user_ids: Sequence[int]) -> Statement:
    """Which of these accounts are active."""
    sql = "SELECT id FROM accounts_user WHERE id = ANY(%(ids)s) AND is_active"
    return Statement(sql, {"ids": list(user_ids)})


def failures(*, name: str, network: str | None, since: datetime) -> Statement:
    """How many wrong passwords came for a name, and from a network, since a moment."""
    sql = """
      SELECT count(*) FILTER (WHERE name = %(name)s) AS by_name,
             count(*) FILTER (WHERE address <<= %(network)s::inet) AS by_address
      FROM accounts_signinfailure
      WHERE at > %(since)s AND (name = %(name)s OR address <<= %(network)s::inet)
    """
    return Statement(sql, {"name": name, "network": network, "since": since})


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
