"""Numbers about replication, for Prometheus and whoever else draws curves."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import measures
from waystation.kernel.database import Database, Row
from waystation.kernel.measures import Measure

_OPEN = {
    "shipments": ("n", "Shipments that have not ended."),
    "shipment_bytes": ("bytes", "Bytes of shipments that have not ended."),
    "shipment_oldest_seconds": ("oldest", "Age of the oldest shipment that has not ended."),
}
_PARTNER = {
    "partner_enabled": ("enabled", "1 when shipments go out to the partner."),
    "partner_silent_seconds": ("silent", "Since when the partner has not answered."),
    "partner_doubts": ("doubts", "Files that did not get through so far."),
    "partner_unverified_seconds": ("unverified", "Since when the oldest copy was not asked for."),
    "partner_sent_bytes": ("sent", "Bytes that landed at the partner."),
    "partner_received_bytes": ("received", "Bytes that came from the partner."),
}
_LATE = "step_late_seconds"
_LATE_HELP = "How long the oldest thing of a step is due and was not taken: its lag."


def measured(database: Database, *, now: datetime, damaged: int) -> Iterator[Measure]:
    """All numbers; those of one name follow each other.

    Args:
        database: of the house.
        now: the moment.
        damaged: files that are damaged here and could be fetched.
    """
    shipments = database.rows(measures.shipments(now=now))
    partners = database.rows(measures.partners(now=now))
    for name, (column, words) in _OPEN.items():
        for row in shipments:
            yield Measure(name, words, _labels(row), _number(row[column]))
    for name, (column, words) in _PARTNER.items():
        for row in partners:
            if row[column] is not None:
                yield Measure(name, words, {"partner": str(row["name"])}, _number(row[column]))
    late: dict[str, float] = {}
    for row in shipments:
        step = measures.step_of(ShipmentState(int(str(row["state"]))))
        late[step] = max(late.get(step, 0.0), _number(row["late"]))
    for row in database.rows(measures.late(now=now)):
        late[str(row["step"])] = max(0.0, _number(row["late"]))
    for step, seconds in sorted(late.items()):
        yield Measure(_LATE, _LATE_HELP, {"step": f"transfers-{step}"}, seconds)
    yield Measure("damaged_files", "Files here that are not what was stored.", {}, float(damaged))


def _labels(row: Row) -> Mapping[str, str]:
    way = "out" if row["way"] == Way.OUT else "in"
    return {"state": ShipmentState(int(str(row["state"]))).name.lower(), "way": way}


def _number(value: object) -> float:
    return 0.0 if value is None else float(str(int(value) if isinstance(value, bool) else value))
