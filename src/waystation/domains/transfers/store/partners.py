"""Partners: who they are, and whether they are there."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.transfers.entities import PartnerInfo
from waystation.domains.transfers.states import Way
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.sealing import Safe

LIBRARIAN = "librarian"
"""The kind of partners that are known by their accounts' names."""

_ADD = """
  INSERT INTO transfers_partner (name, kind, url, credential, account_id, engines, created, due)
  VALUES (%(name)s, %(kind)s, %(url)s, %(credential)s, %(account)s, %(engines)s, %(now)s, %(now)s)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, url = excluded.url,
    credential = CASE WHEN excluded.credential = '' THEN transfers_partner.credential
                 ELSE excluded.credential END,
    account_id = coalesce(excluded.account_id, transfers_partner.account_id), due = excluded.due
  RETURNING id
"""

_DUE = """
  UPDATE transfers_partner SET due = %(until)s WHERE id = ANY(ARRAY(
    SELECT id FROM transfers_partner WHERE due <= %(now)s ORDER BY due LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED))
  RETURNING *
"""


def add(
    conn: Connection,
    *,
    name: str,
    kind: str,
    url: str,
    credential: bytes,
    account_id: int | None,
    engines: Sequence[str],
    now: datetime,
) -> int:
    """Write a partner down; one of that name gets what is new. Its id."""
    params = {
        "name": name,
        "kind": kind,
        "url": url,
        "credential": credential,
        "account": account_id,
        "engines": list(engines),
        "now": now,
    }
    return int(str(rows(conn, Statement(_ADD, params))[0]["id"]))


def every() -> Statement:
    """All of them, by name."""
    return Statement("SELECT * FROM transfers_partner ORDER BY name", {})


def by_account(account_id: int) -> Statement:
    """The one that has this account of ours."""
    sql = "SELECT * FROM transfers_partner WHERE account_id = %(account)s"
    return Statement(sql, {"account": account_id})


def by_caller(account_id: int, name: str) -> Statement:
    """The one that has this account; a Librarian is known by the account's name alone."""
    sql = """
      SELECT * FROM transfers_partner
      WHERE account_id = %(account)s OR account_id IS NULL AND kind = %(kind)s AND name = %(name)s
      ORDER BY account_id LIMIT 1
    """
    return Statement(sql, {"account": account_id, "name": name, "kind": LIBRARIAN})


def join(conn: Connection, partner_id: int, account_id: int) -> None:
    """A partner has this account from now on, when it had none."""
    sql = """
      UPDATE transfers_partner SET account_id = %(account)s
      WHERE id = %(id)s AND account_id IS NULL
    """
    execute(conn, sql, {"id": partner_id, "account": account_id})


def due(conn: Connection, *, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Those to be greeted, held until then."""
    return rows(conn, Statement(_DUE, {"now": now, "until": until, "limit": limit}))


def seen(conn: Connection, partner_id: int, *, now: datetime, words: str) -> None:
    """It answered, or the words say why not."""
    sql = """
      UPDATE transfers_partner SET words = %(words)s,
        last_seen = CASE WHEN %(words)s = '' THEN %(now)s ELSE last_seen END
      WHERE id = %(id)s
    """
    execute(conn, sql, {"id": partner_id, "now": now, "words": words})


def heard(conn: Connection, partner_id: int, *, now: datetime) -> None:
    """It asked us something; written once a minute."""
    sql = """
      UPDATE transfers_partner SET last_heard = %(now)s WHERE id = %(id)s
        AND (last_heard IS NULL OR last_heard < %(now)s - interval '1 minute')
    """
    execute(conn, sql, {"id": partner_id, "now": now})


def switch(conn: Connection, name: str, *, on: bool) -> bool:
    """Let shipments go out to it, or not; False when there is none of that name."""
    sql = "UPDATE transfers_partner SET enabled = %(on)s WHERE name = %(name)s"
    return bool(execute(conn, sql, {"name": name, "on": on}))


def drop(conn: Connection, partner_id: int) -> None:
    """Forget a partner, its part in rules, and what it has; it hears of no shipment any more."""
    params = {"id": partner_id}
    told = "UPDATE transfers_shipment SET told = true WHERE partner_id = %(id)s"
    execute(conn, f"{told} AND way = {Way.IN:d}", params)
    execute(conn, "DELETE FROM transfers_destination WHERE partner_id = %(id)s", params)
    execute(conn, "DELETE FROM transfers_replica WHERE partner_id = %(id)s", params)
    execute(conn, "DELETE FROM transfers_doubt WHERE partner_id = %(id)s", params)
    execute(conn, "DELETE FROM transfers_partner WHERE id = %(id)s", params)


def read(row: Row, safe: Safe) -> PartnerInfo:
    """A partner from its row."""
    account, engines, credential = row["account_id"], row["engines"], row["credential"]
    assert isinstance(engines, list)
    assert isinstance(credential, bytes)
    return PartnerInfo(
        id=int(str(row["id"])),
        name=str(row["name"]),
        kind=str(row["kind"]),
        url=str(row["url"]),
        token=str(safe.open(credential).get("token", "")),
        account_id=None if account is None else int(str(account)),
        enabled=bool(row["enabled"]),
        engines=tuple(engines),
        last_seen=_moment(row["last_seen"]),
        last_heard=_moment(row["last_heard"]),
        words=str(row["words"]),
    )


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
