"""What people look at: partners, rules, shipments and their files."""

from collections.abc import Mapping
from datetime import datetime

from waystation.domains.transfers.entities import Wreck
from waystation.domains.transfers.states import ItemState, ShipmentState, Way
from waystation.domains.transfers.views import RepairView, ShipmentView, ShippedView
from waystation.kernel.database import Row, Statement

_SHIPMENTS = """
  SELECT s.*, p.name AS partner, r.name AS rule FROM transfers_shipment s
  JOIN transfers_partner p ON p.id = s.partner_id LEFT JOIN transfers_rule r ON r.id = s.rule_id
  WHERE (%(before)s::bigint IS NULL OR s.id < %(before)s)
    AND (%(partner)s = '' OR p.name = %(partner)s)
    AND (NOT %(open)s OR s.due IS NOT NULL)
  ORDER BY s.id DESC LIMIT %(limit)s
"""

_ONE = """
  SELECT s.*, p.name AS partner, r.name AS rule FROM transfers_shipment s
  JOIN transfers_partner p ON p.id = s.partner_id LEFT JOIN transfers_rule r ON r.id = s.rule_id
  WHERE s.id = %(id)s
"""

_FILES = """
  SELECT n, state, path, target, size, words FROM transfers_shipmentfile
  WHERE shipment_id = %(id)s AND n > %(after)s AND (%(state)s::int IS NULL OR state = %(state)s)
  ORDER BY n LIMIT %(limit)s
"""

_SUMS = """
  SELECT p.name, p.kind, p.url, p.enabled, p.last_seen, p.last_heard, p.words,
    (SELECT count(*) FROM transfers_shipment s WHERE s.partner_id = p.id AND s.way = 0
       AND s.due IS NOT NULL) AS going,
    (SELECT count(*) FROM transfers_shipment s WHERE s.partner_id = p.id AND s.way = 1
       AND s.due IS NOT NULL) AS coming,
    (SELECT count(*) FROM transfers_shipment s WHERE s.partner_id = p.id AND s.attention) AS stuck,
    (SELECT count(*) FROM transfers_doubt d WHERE d.partner_id = p.id) AS doubts,
    (SELECT coalesce(sum(s.bytes_landed), 0)::bigint FROM transfers_shipment s
       WHERE s.partner_id = p.id AND s.way = 0
       AND s.changed > now() - interval '1 day') AS sent_day,
    (SELECT coalesce(sum(s.bytes_landed), 0)::bigint FROM transfers_shipment s
       WHERE s.partner_id = p.id AND s.way = 1
       AND s.changed > now() - interval '1 day') AS received_day
  FROM transfers_partner p ORDER BY p.name
"""


_RATE = f"""
  SELECT sum(bytes_landed)::float8
    / nullif(extract(epoch FROM sum(finished - submitted)), 0)::float8 AS rate
  FROM (SELECT bytes_landed, finished, submitted FROM transfers_shipment
    WHERE partner_id = %(partner)s AND way = {Way.OUT:d} AND finished > submitted
      AND bytes_landed > 0 ORDER BY id DESC LIMIT 20) AS last
"""


def rate(partner: int) -> Statement:
    """Bytes a second of the last shipments to a partner, one by one; null before the first."""
    return Statement(_RATE, {"partner": partner})


def shipments(*, before: int | None, partner: str, only_open: bool, limit: int) -> Statement:
    """Shipments, the newest first."""
    params = {"before": before, "partner": partner, "open": only_open, "limit": limit}
    return Statement(_SHIPMENTS, params)


def under_way(partner: int) -> Statement:
    """A shipment that has not ended, and that we have to see to the end."""
    sql = f"""
      SELECT id FROM transfers_shipment
      WHERE partner_id = %(partner)s AND due IS NOT NULL AND NOT (way = {Way.IN:d} AND told)
      LIMIT 1
    """
    return Statement(sql, {"partner": partner})


def shipment(number: int) -> Statement:
    """One of them."""
    return Statement(_ONE, {"id": number})


def files(number: int, *, after: int, state: int | None, limit: int) -> Statement:
    """Files of a shipment, by number."""
    return Statement(_FILES, {"id": number, "after": after, "state": state, "limit": limit})


def partners() -> Statement:
    """Partners with what goes and comes."""
    return Statement(_SUMS, {})


def shipment_view(row: Row) -> ShipmentView:
    """A shipment as people see it."""
    numbers = {name: int(str(row[name])) for name in _NUMBERS}
    moments: Mapping[str, object] = {name: row[name] for name in ("created", "finished")}
    return ShipmentView(
        id=numbers["id"],
        way="out" if row["way"] == Way.OUT else "in",
        partner=str(row["partner"]),
        rule=str(row["rule"] or ""),
        space=str(row["space"]),
        target_space=str(row["target_space"]),
        state=ShipmentState(numbers["state"]).name.lower(),
        engine=str(row["engine"]),
        words=str(row["words"]),
        attention=bool(row["attention"]),
        files=numbers["files"],
        bytes=numbers["bytes"],
        waiting=numbers["n_waiting"],
        landed=numbers["n_landed"],
        failed=numbers["n_failed"],
        cancelled=numbers["n_cancelled"],
        bytes_moved=numbers["bytes_moved"],
        bytes_landed=numbers["bytes_landed"],
        created=moments["created"],  # type: ignore[arg-type]
        finished=moments["finished"],  # type: ignore[arg-type]
        repair=bool(row["asked"]),
    )


_NUMBERS = (
    *("id", "state", "files", "bytes", "n_waiting", "n_landed", "n_failed", "n_cancelled"),
    *("bytes_moved", "bytes_landed"),
)


def file_view(row: Row) -> ShippedView:
    """A file of a shipment as people see it."""
    return ShippedView(
        n=int(str(row["n"])),
        state=ItemState(int(str(row["state"]))).name.lower(),
        path=str(row["path"]),
        target=str(row["target"]),
        size=int(str(row["size"])),
        words=str(row["words"] or ""),
    )


def repair_view(wreck: Wreck, row: Row | None) -> RepairView:
    """A damaged file as people see it; `row` is what `repairs.standing` says of it."""
    words = "No partner has a copy that we know of: store it again, or delete it."
    if row is not None:
        words = str(row["words"]) or f"It is fetched from {row['partner']}."
    due = row["due"] if row is not None else None
    return RepairView(
        space=wreck.space,
        path=wreck.path,
        size=wreck.size,
        damage=wreck.words,
        words=words,
        partner=str(row["partner"] or "") if row is not None else "",
        tries=int(str(row["tries"])) if row is not None else 0,
        due=due if isinstance(due, datetime) else None,
    )
