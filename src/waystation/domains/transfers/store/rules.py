"""Rules and how far each has looked for each of its destinations."""

from datetime import date, datetime

from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.store.planning import Looked
from waystation.kernel.database import Connection, Row, Statement, execute, rows
from waystation.kernel.waking import wake

PLAN = "transfers-plan"

_ADD = """
  INSERT INTO transfers_rule (name, owner_id, space, root_id, prefix, pattern, target_space,
    target_prefix, copies, priority, min_age_s, daily_bytes, windows, enabled, created,
    delete_after_s)
  VALUES (%(name)s, %(owner_id)s, %(space)s, %(root_id)s, %(prefix)s, %(pattern)s,
    %(target_space)s, %(target_prefix)s, %(copies)s, %(priority)s, %(min_age_s)s, %(daily_bytes)s,
    %(windows)s, %(enabled)s, %(now)s, %(delete_after_s)s)
  ON CONFLICT (name) DO NOTHING RETURNING id
"""

_DESTINATIONS = """
  INSERT INTO transfers_destination (rule_id, partner_id, rank, due)
  SELECT %(rule)s, p.id, u.rank - 1, %(now)s
  FROM unnest(%(partners)s::text[]) WITH ORDINALITY AS u(name, rank)
  JOIN transfers_partner p ON p.name = u.name
"""

_EVERY = """
  SELECT r.*, array_agg(p.name ORDER BY d.rank) AS partners,
    string_agg(DISTINCT nullif(d.words, ''), ' ') AS words
  FROM transfers_rule r JOIN transfers_destination d ON d.rule_id = r.id
  JOIN transfers_partner p ON p.id = d.partner_id
  {where} GROUP BY r.id ORDER BY r.name
"""

_DUE = """
  SELECT d.id, d.partner_id, d.rank, d.seen, d.seen_id, d.until, d.horizon, d.turned,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS ended_before,
    d.server = pg_postmaster_start_time() AS same_server, r.owner_id, r.id AS rule_id,
    r.space, r.root_id, r.prefix, r.pattern, r.target_space, r.target_prefix, r.copies, r.priority,
    r.min_age_s, r.daily_bytes, r.windows, p.enabled, p.name AS partner,
    (SELECT count(*) FROM transfers_destination o WHERE o.rule_id = r.id) AS destinations,
    (SELECT count(*) FROM transfers_shipment s WHERE s.rule_id = r.id
       AND s.partner_id = d.partner_id AND s.due IS NOT NULL) AS open
  FROM transfers_destination d JOIN transfers_rule r ON r.id = d.rule_id
  JOIN transfers_partner p ON p.id = d.partner_id
  WHERE d.due <= %(now)s AND r.enabled ORDER BY r.priority DESC, d.due LIMIT 1
  FOR UPDATE OF d SKIP LOCKED
"""

_SPEND = """
  INSERT INTO transfers_spent AS s (rule_id, day, bytes) VALUES (%(rule)s, %(day)s, %(bytes)s)
  ON CONFLICT (rule_id, day) DO UPDATE SET bytes = s.bytes + excluded.bytes
"""


def add(conn: Connection, rule: RuleInfo, *, now: datetime) -> int | None:
    """Write a rule with its destinations; None when its name is taken."""
    fields = (
        *("name", "owner_id", "space", "root_id", "prefix", "pattern", "target_space"),
        *("target_prefix", "copies", "priority", "min_age_s", "daily_bytes", "enabled"),
        "delete_after_s",
    )
    params = {name: getattr(rule, name) for name in fields}
    params |= {"windows": list(rule.windows), "now": now}
    made = rows(conn, Statement(_ADD, params))
    if not made:
        return None
    number = int(str(made[0]["id"]))
    more = {"rule": number, "partners": list(rule.partners), "now": now}
    execute(conn, _DESTINATIONS, more)
    wake(conn, PLAN)
    return number


def every() -> Statement:
    """All of them, by name."""
    return Statement(_EVERY.format(where=""), {})


def named(name: str) -> Statement:
    """The one of that name."""
    return Statement(_EVERY.format(where="WHERE r.name = %(name)s"), {"name": name})


def read(row: Row) -> RuleInfo:
    """A rule from its row."""
    partners, windows, daily = row["partners"], row["windows"], row["daily_bytes"]
    after = row.get("delete_after_s")
    assert isinstance(partners, list)
    assert isinstance(windows, list)
    return RuleInfo(
        id=int(str(row["id"])),
        name=str(row["name"]),
        owner_id=int(str(row["owner_id"])),
        space=str(row["space"]),
        root_id=int(str(row["root_id"])),
        prefix=str(row["prefix"]),
        pattern=str(row["pattern"]),
        target_space=str(row["target_space"]),
        target_prefix=str(row["target_prefix"]),
        partners=tuple(partners),
        copies=int(str(row["copies"])),
        priority=int(str(row["priority"])),
        min_age_s=int(str(row["min_age_s"])),
        daily_bytes=None if daily is None else int(str(daily)),
        windows=tuple(windows),
        enabled=bool(row["enabled"]),
        delete_after_s=None if after is None else int(str(after)),
    )


def switch(conn: Connection, name: str, *, on: bool) -> bool:
    """Let a rule work or rest; False when there is none of that name."""
    sql = "UPDATE transfers_rule SET enabled = %(on)s WHERE name = %(name)s"
    wake(conn, PLAN)
    return bool(execute(conn, sql, {"name": name, "on": on}))


def drop(conn: Connection, name: str) -> bool:
    """A rule goes; what is on its way arrives, what arrived stays."""
    sql = "DELETE FROM transfers_rule WHERE name = %(name)s RETURNING id"
    gone = rows(conn, Statement(sql, {"name": name}))
    for row in gone:
        for table in ("destination", "spent"):
            execute(conn, f"DELETE FROM transfers_{table} WHERE rule_id = %(id)s", row)
    return bool(gone)


def due(conn: Connection, *, now: datetime) -> Row | None:
    """A destination to be looked at, with its rule, locked; None when there is none."""
    found = rows(conn, Statement(_DUE, {"now": now}))
    return found[0] if found else None


def looked(
    conn: Connection,
    destination: int,
    *,
    due: datetime,
    seen: tuple[datetime, int] | None,
    turned: datetime | None,
    words: str = "",
    looked: Looked | None = None,
) -> None:
    """How far it has looked, when it looks again, and what holds it up.

    Args:
        conn: a transaction.
        destination: that looks.
        due: it looks again then.
        seen: all before this is settled.
        turned: it began anew then; None: it went on.
        words: what holds it up.
        looked: what of the rest it need not look at again; None: as it was, or, where it began
            anew, nothing.
    """
    sql = """
      UPDATE transfers_destination SET due = %(due)s, seen = %(seen)s, seen_id = %(seen_id)s,
        turned = coalesce(%(turned)s, turned), words = %(words)s,
        until = coalesce(%(until)s, until),
        horizon = CASE WHEN %(turned)s::timestamptz IS NULL
          THEN coalesce(%(horizon)s, horizon) ELSE %(horizon)s END,
        server = CASE WHEN %(horizon)s::bigint IS NULL THEN server
          ELSE pg_postmaster_start_time() END
      WHERE id = %(id)s
    """
    at, number = seen or (None, 0)
    params = {"id": destination, "due": due, "seen": at, "seen_id": number}
    known = {"until": looked and looked.until, "horizon": looked and looked.horizon}
    execute(conn, sql, {**params, **known, "turned": turned, "words": words})


def again(conn: Connection, partner_id: int, *, since: datetime, now: datetime) -> None:
    """Look at files from then on once more for a partner: it lost some."""
    sql = """
      UPDATE transfers_destination SET seen = least(seen, %(since)s), seen_id = 0,
        horizon = NULL, due = %(now)s
      WHERE partner_id = %(partner)s AND seen IS NOT NULL
    """
    execute(conn, sql, {"partner": partner_id, "since": since, "now": now})


def spent(conn: Connection, rule_id: int, day: date) -> int:
    """Bytes of a rule that left on a day."""
    sql = "SELECT bytes FROM transfers_spent WHERE rule_id = %(rule)s AND day = %(day)s"
    found = rows(conn, Statement(sql, {"rule": rule_id, "day": day}))
    return int(str(found[0]["bytes"])) if found else 0


def spent_until(conn: Connection, rule_id: int) -> date | None:
    """The last day of which bytes of a rule are counted."""
    sql = "SELECT max(day) AS day FROM transfers_spent WHERE rule_id = %(rule)s AND bytes > 0"
    found = rows(conn, Statement(sql, {"rule": rule_id}))[0]["day"]
    return found if isinstance(found, date) else None


def spend(conn: Connection, rule_id: int, day: date, size: int) -> None:
    """Count bytes that leave on a day."""
    execute(conn, _SPEND, {"rule": rule_id, "day": day, "bytes": size})


def owner(rule_id: object) -> Statement:
    """Whose rights a rule has."""
    return Statement("SELECT owner_id FROM transfers_rule WHERE id = %(id)s", {"id": rule_id})
