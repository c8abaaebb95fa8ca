"""Files of other librarians as shipments: pages, commands and the API show these like all others.

A shipment is what was announced with one call and could come. Senders that are no partners have
none.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Entry
from waystation.domains.transfers.door import Arrival, Offer, Parcel, announcing
from waystation.interfaces.dialects.librarian.store import clones, outgoing
from waystation.interfaces.dialects.librarian.store.ending import Ended
from waystation.interfaces.dialects.librarian.store.incoming import Upload
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection

_SPARE = timedelta(days=1)
"""Longer than any of its files is waited for."""


def announce(conn: Connection, space: str, opened: Sequence[Upload], *, now: datetime) -> None:
    """Write a shipment of these down."""
    senders = {upload.partner_id for upload in opened}
    if len(senders) != 1 or (partner := senders.pop()) is None:
        return
    parcels = [
        Parcel(n=n, path=upload.name, size=upload.size, sha256="", adler32="", mtime=None)
        for n, upload in enumerate(opened, 1)
    ]
    offer = Offer(f"clone-{secrets.token_hex(16)}", space, parcels)
    due = max(upload.due for upload in opened) + _SPARE
    number = announcing.announced(conn, partner, offer, now=now, due=due)
    clones.shipped(conn, number, [upload.id for upload in opened])


def carry(
    conn: Connection,
    partner: int,
    space: str,
    files: Sequence[tuple[Entry, str, int]],
    *,
    now: datetime,
) -> dict[str, int]:
    """Files, with their names and sizes, leave for a librarian on a disk: our numbers by name.

    Those that are on their way already keep theirs.
    """
    known = outgoing.coming(conn, partner, [name for _, name, _ in files])
    left = [each for each in files if each[1] not in known]
    if left:
        key = announcing.carried(conn, partner, space, left, now=now)
        numbers = {n: name for n, (_, name, _) in enumerate(left, 1)}
        made = outgoing.open_(conn, partner, key, numbers, now=now)
        outgoing.stand(conn, {each.id: int(Status.ONGOING) for each in made})
        known |= {each.name: each.id for each in made}
    return known


def advance(
    conn: Connection, ids: Collection[int], status: Status, *, now: datetime, due: datetime
) -> None:
    """Files come, or are here; see `clones.advance`."""
    moved = clones.advance(conn, ids, status, due=due)
    if status is Status.STAGED:
        announcing.arrived(conn, moved, now=now)


def ended(
    conn: Connection, ended_: Ended, *, entry_id: int | None, words: str = "", now: datetime
) -> None:
    """A file of a shipment is in the catalogue, or the words say why not; uploads are none."""
    if ended_.shipment is not None and ended_.n is not None:
        arrival = Arrival(ended_.n, entry_id, words)
        announcing.ended(conn, ended_.shipment, arrival, now=now)
