"""What notify writes: facts become deliveries, receivers are claimed, deliveries are settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from waystation.domains.notify.entities import Kind, Letter, Parcel
from waystation.domains.notify.states import DELIVERY, DeliveryState
from waystation.kernel.database import Connection, Row, Statement, execute, rows

# Facts leave the outbox in the transaction that makes their deliveries.
_FACTS = """
  DELETE FROM outbox WHERE id = ANY(ARRAY(
    SELECT id FROM outbox ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
  RETURNING id, topic, facts
"""

_SUBSCRIBED = """
  SELECT kind, target, topic, owner_id FROM notify_subscription
  WHERE topic = ANY(%(topics)s) AND (owner_id IS NULL OR owner_id = ANY(%(owners)s))
"""

_ADD = f"""
  INSERT INTO notify_delivery (receiver, kind, target, owner_id, topic, about, body, media,
    subject, credential, state, due, created, expires)
  SELECT u.receiver, u.kind, u.target, u.owner_id, u.topic, u.about, u.body, u.media, u.subject,
         u.credential, {DeliveryState.PENDING:d}, u.due, %(now)s, %(expires)s
  FROM unnest(%(receiver)s::text[], %(kind)s::text[], %(target)s::text[], %(owner_id)s::int[],
              %(topic)s::text[], %(about)s::text[], %(body)s::text[], %(media)s::text[],
              %(subject)s::text[], %(credential)s::text[], %(due)s::timestamptz[])
       AS u(receiver, kind, target, owner_id, topic, about, body, media, subject, credential, due)
"""

# One that is being tried later already keeps its moment.
_CALL = """
  INSERT INTO notify_receiver (key, due, failures)
  SELECT u.key, min(u.due), 0 FROM unnest(%(keys)s::text[], %(due)s::timestamptz[]) AS u(key, due)
  GROUP BY u.key ORDER BY u.key
  ON CONFLICT (key) DO UPDATE SET due = CASE WHEN notify_receiver.failures > 0
    THEN coalesce(notify_receiver.due, excluded.due)
    ELSE least(coalesce(notify_receiver.due, excluded.due), excluded.due) END
"""

# A moment further ahead than any wait was set before the clock went back.
_CLAIM = """
  UPDATE notify_receiver SET due = %(until)s WHERE key = (
    SELECT key FROM notify_receiver WHERE due <= %(now)s OR due > %(beyond)s
    ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING key, failures
"""

_WAITING = f"""
  SELECT id, kind, target, owner_id, body, media, subject, credential, tries, created, expires
  FROM notify_delivery
  WHERE receiver = %(key)s AND state = {DeliveryState.PENDING:d} AND due <= %(now)s
  ORDER BY due, id LIMIT %(limit)s
"""

_NEXT = f"""
  UPDATE notify_receiver SET failures = %(failures)s, due = (
    SELECT greatest(min(d.due), %(not_before)s) FROM notify_delivery d
    WHERE d.receiver = %(key)s AND d.state = {DeliveryState.PENDING:d} HAVING count(*) > 0)
  WHERE key = %(key)s
"""


@dataclass(frozen=True, slots=True)
class New:
    """A delivery to be written."""

    receiver: str
    kind: Kind
    target: str
    owner_id: int
    topic: str
    about: str
    letter: Letter
    due: datetime


def take_facts(conn: Connection, *, limit: int) -> list[Row]:
    """Facts out of the outbox, oldest first: id, topic, facts."""
    taken = rows(conn, Statement(_FACTS, {"limit": limit}))
    return sorted(taken, key=lambda row: int(str(row["id"])))


def subscribed(conn: Connection, *, topics: Sequence[str], owners: Sequence[int]) -> list[Row]:
    """Who wants to hear of these topics, of these owners'."""
    params = {"topics": list(topics), "owners": list(owners)}
    return rows(conn, Statement(_SUBSCRIBED, params))


def add(conn: Connection, new: Sequence[New], *, now: datetime, lifetime: timedelta) -> None:
    """Write deliveries and turn to their receivers."""
    if not new:
        return
    columns = {
        name: [getattr(each, name) for each in new]
        for name in ("receiver", "kind", "target", "owner_id", "topic", "about", "due")
    }
    letters = {
        name: [getattr(each.letter, name) for each in new]
        for name in ("body", "media", "subject", "credential")
    }
    execute(conn, _ADD, {**columns, **letters, "now": now, "expires": now + lifetime})
    execute(conn, _CALL, {"keys": columns["receiver"], "due": columns["due"]})


def claim(conn: Connection, *, now: datetime, lease: timedelta, furthest: timedelta) -> Row | None:
    """Take the receiver that has waited longest; others pass it over until the lease ends."""
    params = {"now": now, "until": now + lease, "beyond": now + furthest}
    found = rows(conn, Statement(_CLAIM, params))
    return found[0] if found else None


def waiting(conn: Connection, key: str, *, now: datetime, limit: int) -> list[Parcel]:
    """What a receiver is to get now, in order."""
    found = rows(conn, Statement(_WAITING, {"key": key, "now": now, "limit": limit}))
    return [_parcel(row) for row in found]


def settle(
    conn: Connection,
    parcel: Parcel,
    *,
    state: DeliveryState,
    now: datetime,
    due: datetime,
    error: str | None,
) -> None:
    """Write down how a try went; late news of a settled one changes nothing."""
    sql = f"""
      UPDATE notify_delivery SET state = %(state)s, tries = tries + 1, due = %(due)s,
        error = %(error)s,
        sent = CASE WHEN %(state)s = {DeliveryState.SENT:d} THEN %(now)s::timestamptz END
      WHERE id = %(id)s AND state = {DeliveryState.PENDING:d}
    """
    params = {"id": parcel.id, "state": int(state), "now": now, "due": due, "error": error}
    execute(conn, sql, params)


def keep(conn: Connection, key: str, *, until: datetime) -> None:
    """Hold a receiver for longer: work on it goes on."""
    sql = "UPDATE notify_receiver SET due = %(until)s WHERE key = %(key)s"
    execute(conn, sql, {"key": key, "until": until})


def turn_to(conn: Connection, key: str, *, failures: int, not_before: datetime) -> None:
    """Say when a receiver is turned to next; never when nothing waits for it.

    The receiver is locked first, in a statement of its own: who adds a delivery meanwhile is
    waited for, and the next statement sees what was added. In one it would be forgotten.
    """
    rows(
        conn,
        Statement("SELECT 1 FROM notify_receiver WHERE key = %(key)s FOR UPDATE", {"key": key}),
    )
    execute(conn, _NEXT, {"key": key, "failures": failures, "not_before": not_before})


def replay(conn: Connection, delivery_id: int, *, now: datetime, lifetime: timedelta) -> bool:
    """Try a dead one again; False when it is not dead."""
    sql = f"""
      UPDATE notify_delivery SET state = {DeliveryState.PENDING:d}, due = %(now)s, tries = 0,
        expires = %(expires)s
      WHERE id = %(id)s AND state = ANY(%(sources)s) RETURNING receiver, due
    """
    params = {
        "id": delivery_id,
        "now": now,
        "expires": now + lifetime,
        "sources": DELIVERY.sources(DeliveryState.PENDING),
    }
    found = rows(conn, Statement(sql, params))
    execute(conn, _CALL, {"keys": [r["receiver"] for r in found], "due": [now] * len(found)})
    return bool(found)


def forget(conn: Connection, *, before: datetime, limit: int = 10_000) -> int:
    """Drop what arrived so long ago; dead ones stay until somebody looked."""
    sql = f"""
      DELETE FROM notify_delivery WHERE id = ANY(ARRAY(
        SELECT id FROM notify_delivery
        WHERE state = {DeliveryState.SENT:d} AND sent < %(before)s LIMIT %(limit)s))
    """
    return execute(conn, sql, {"before": before, "limit": limit})


def subscribe(
    conn: Connection, *, owner_id: int, topic: str, kind: str, target: str, now: datetime
) -> int:
    """Write a subscription; the same again is the same. Its id."""
    sql = """
      INSERT INTO notify_subscription (owner_id, topic, kind, target, created)
      VALUES (%(owner)s, %(topic)s, %(kind)s, %(target)s, %(now)s)
      ON CONFLICT (owner_id, topic, kind, target) DO UPDATE SET topic = excluded.topic
      RETURNING id
    """
    params = {"owner": owner_id, "topic": topic, "kind": kind, "target": target, "now": now}
    return int(str(rows(conn, Statement(sql, params))[0]["id"]))


def unsubscribe(conn: Connection, subscription_id: int, *, owner_id: int) -> bool:
    """Drop a subscription; False when the owner has none of that id."""
    sql = "DELETE FROM notify_subscription WHERE id = %(id)s AND owner_id = %(owner)s"
    return bool(execute(conn, sql, {"id": subscription_id, "owner": owner_id}))


def _parcel(row: Row) -> Parcel:
    created, expires = row["created"], row["expires"]
    assert isinstance(created, datetime)
    assert isinstance(expires, datetime)
    text = {name: str(row[name]) for name in ("body", "media", "subject", "credential")}
    return Parcel(
        id=int(str(row["id"])),
        kind=Kind(str(row["kind"])),
        target=str(row["target"]),
        owner_id=int(str(row["owner_id"])),
        letter=Letter(**text),
        tries=int(str(row["tries"])),
        created=created,
        expires=expires,
    )
