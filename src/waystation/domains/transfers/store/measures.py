"""Numbers about replication for those who draw curves: how much, and how late each step is."""

from datetime import datetime

from waystation.domains.transfers.states import SHIPMENT, ShipmentState, Way
from waystation.kernel.database import Statement

_OPEN = """
  SELECT s.state, s.way, count(*) AS n, sum(s.bytes) AS bytes,
    greatest(0, extract(epoch FROM %(now)s - min(s.due))) AS late,
    greatest(0, extract(epoch FROM %(now)s - min(s.created))) AS oldest
  FROM transfers_shipment s WHERE s.due IS NOT NULL GROUP BY s.state, s.way
"""

_PARTNERS = f"""
  SELECT p.name, p.enabled, extract(epoch FROM %(now)s - p.last_seen) AS silent,
    extract(epoch FROM %(now)s - p.due) AS late,
    (SELECT count(*) FROM transfers_doubt d WHERE d.partner_id = p.id) AS doubts,
    (SELECT extract(epoch FROM %(now)s - min(r.verified)) FROM transfers_replica r
       WHERE r.partner_id = p.id) AS unverified,
    (SELECT coalesce(sum(s.bytes_landed), 0) FROM transfers_shipment s
       WHERE s.partner_id = p.id AND s.way = {Way.OUT:d}) AS sent,
    (SELECT coalesce(sum(s.bytes_landed), 0) FROM transfers_shipment s
       WHERE s.partner_id = p.id AND s.way = {Way.IN:d}) AS received
  FROM transfers_partner p ORDER BY p.name
"""

# How late a step is: the oldest thing that is due and was not taken.
_LATE = f"""
  SELECT 'plan' AS step, extract(epoch FROM %(now)s - min(d.due)) AS late
    FROM transfers_destination d JOIN transfers_rule r ON r.id = d.rule_id WHERE r.enabled
  UNION ALL SELECT 'shed', extract(epoch FROM %(now)s - min(r.shed_due))
    FROM transfers_rule r WHERE r.enabled AND r.delete_after_s IS NOT NULL
  UNION ALL SELECT 'greet', extract(epoch FROM %(now)s - min(p.due)) FROM transfers_partner p
  UNION ALL SELECT 'mend', extract(epoch FROM %(now)s - min(x.due)) FROM transfers_repair x
  UNION ALL SELECT 'tell', extract(epoch FROM %(now)s - min(s.changed)) FROM transfers_shipment s
    WHERE s.way = {Way.IN:d} AND NOT s.told AND s.finished IS NOT NULL
  UNION ALL SELECT 'hush', extract(epoch FROM %(now)s - min(s.changed)) FROM transfers_shipment s
    WHERE s.way = {Way.OUT:d} AND NOT s.told AND s.finished IS NOT NULL
      AND s.state = {ShipmentState.CANCELLED:d}
"""


def shipments(*, now: datetime) -> Statement:
    """Open shipments by state and way: how many, how large, how long overdue, how old."""
    return Statement(_OPEN, {"now": now})


def partners(*, now: datetime) -> Statement:
    """Partners: how long silent, what was sent and received, whose copies are unverified."""
    return Statement(_PARTNERS, {"now": now})


def late(*, now: datetime) -> Statement:
    """How long the oldest thing of a step is due; for steps that have no shipments' states."""
    return Statement(_LATE, {"now": now})


def step_of(state: ShipmentState) -> str:
    """Whose it is to move a shipment on from a state."""
    return SHIPMENT.rules[state].owner or ""
