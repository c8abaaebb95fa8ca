"""What can be seen of deliveries and subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.notify.entities import DeliveryView
from waystation.domains.notify.states import DeliveryState
from waystation.kernel.database import Row, Statement

_PAGE = """
  SELECT id, kind, target, topic, about, state, tries, created, due, sent, error, body
  FROM notify_delivery
  WHERE (%(owner)s::int IS NULL OR owner_id = %(owner)s)
    AND (%(state)s::int IS NULL OR state = %(state)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
  ORDER BY id DESC LIMIT %(limit)s
"""


def page(
    *, owner: int | None, state: DeliveryState | None, before: int | None, limit: int
) -> Statement:
    """Deliveries, newest first."""
    params = {
        "owner": owner,
        "state": None if state is None else int(state),
        "before": before,
        "limit": limit,
    }
    return Statement(_PAGE, params)


def arrived(about: Sequence[str], *, credential: str) -> Statement:
    """Which of these things somebody was told of, with that credential, and has heard."""
    sql = f"""
      SELECT DISTINCT about FROM notify_delivery
      WHERE about = ANY(%(about)s) AND credential = %(credential)s
        AND state = {DeliveryState.SENT:d}
    """
    return Statement(sql, {"about": list(about), "credential": credential})


def one(delivery_id: int) -> Statement:
    """A delivery."""
    sql = "SELECT * FROM notify_delivery WHERE id = %(id)s"
    return Statement(sql, {"id": delivery_id})


def subscriptions(owner_id: int) -> Statement:
    """What somebody has subscribed to."""
    sql = """
      SELECT id, topic, kind, target, created FROM notify_subscription
      WHERE owner_id = %(owner)s ORDER BY id
    """
    return Statement(sql, {"owner": owner_id})


def view(row: Row) -> DeliveryView:
    """A row of the page as people see it."""
    state = DeliveryState(int(str(row["state"])))
    created, due, sent = row["created"], row["due"], row["sent"]
    assert isinstance(created, datetime)
    waits = state is DeliveryState.PENDING and isinstance(due, datetime)
    return DeliveryView(
        id=int(str(row["id"])),
        kind=str(row["kind"]),
        target=str(row["target"]),
        topic=str(row["topic"]),
        about=str(row["about"]),
        state=state.name.lower(),
        tries=int(str(row["tries"])),
        created=created,
        next_try=due if waits and isinstance(due, datetime) else None,
        sent=sent if isinstance(sent, datetime) else None,
        error=None if row["error"] is None else str(row["error"]),
        body=str(row["body"]),
    )
