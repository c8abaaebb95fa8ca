"""Doubting: files that came with other bytes than were promised are read where they are from."""

from collections.abc import Mapping
from contextlib import suppress

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.entities import CORRUPT, MISMATCH
from waystation.domains.transfers.errors import PartnerError
from waystation.domains.transfers.ports import Giver
from waystation.domains.transfers.states import Way
from waystation.domains.transfers.store import repairs, shipments
from waystation.kernel.database import Row


def doubt(desk: Desk, row: Row, failures: Mapping[int, str]) -> None:
    """Whoever a shipment is from reads those of its files that came with other bytes.

    Args:
        desk: where the steps work.
        row: the shipment.
        failures: n of files that did not get through, with words.
    """
    wrong = [n for n, words in failures.items() if words.startswith((CORRUPT, MISMATCH))]
    if not wrong:
        return
    found = desk.database.rows(shipments.entries(int(str(row["id"])), wrong))
    ids = [int(str(each["entry_id"])) for each in found]
    if row["way"] == Way.OUT:
        desk.harbour.suspect(ids)
    elif row["asked"]:
        _tell(desk, row, found, ids)


def _tell(desk: Desk, row: Row, found: list[Row], ids: list[int]) -> None:
    """Copies of a partner: they count for nothing before they were looked at again."""
    partner = desk.partners()[int(str(row["partner_id"]))]
    then = desk.now() - desk.policy.verify
    desk.database.run(lambda conn: repairs.doubted(conn, partner.id, ids, then=then))
    site, named = desk.sites(partner), [(str(each["path"]), _hex(each)) for each in found]
    with suppress(PartnerError):  # it comes with other bytes again, and then is told again
        if isinstance(site, Giver):
            site.doubt(str(row["space"]), named)


def _hex(row: Row) -> str:
    digest = row["sha256"]
    return digest.hex() if isinstance(digest, bytes) else ""
