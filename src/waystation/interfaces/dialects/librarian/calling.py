"""Calls to the librarians that send to us: how files ended, and whether silent ones still come.

Their own numbers of transfers are asked for first, all of a librarian at once. So a call that was
lost is made again, one that was heard is not, and no file is told to be here before its sender
has written down that it was sent: the old server would overwrite what it heard.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from waystation.domains.transfers.door import PartnerError, PartnerInfo, PartnerRefusedError
from waystation.interfaces.dialects.librarian import shipping
from waystation.interfaces.dialects.librarian.peers import KIND, Neighbours, Peer
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import clones
from waystation.interfaces.dialects.librarian.store.incoming import Upload
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.interfaces.dialects.librarian.uploading import REMEMBERED, Uploading
from waystation.kernel.database import Connection
from waystation.kernel.retry import Backoff

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=15)
_LIMIT = 500
_ASK = timedelta(minutes=10)
"""A sender of whom nothing is heard is asked so often."""
_PATIENCE = timedelta(minutes=10)
"""A sender that has not written down that a file was sent is waited for so long."""
_LOST = timedelta(days=1)
"""A transfer that its sender does not know for so long does not come."""
_AGAIN = Backoff(timedelta(seconds=5), timedelta(hours=1), 10**9)
_OPEN = {Status.INITIATED, Status.ONGOING, Status.STAGED}
_OVER = {Status.FAILED, Status.CANCELLED}

Times = dict[int, datetime | None]
"""When the sender of a transfer is called next; None: never."""


class Calling:
    """The step that calls."""

    def __init__(self, shelf: Shelf, uploading: Uploading, neighbours: Neighbours) -> None:
        self._shelf = shelf
        self._house = shelf.house
        self._uploading = uploading
        self._neighbours = neighbours

    def step(self) -> int:
        """Senders that are due are called; about how many transfers."""
        now = self._house.clock.now()
        found = self._house.database.run(
            lambda conn: clones.calls(conn, now=now, until=now + _LEASE, limit=_LIMIT)
        )
        known = self._house.transfers.receiving.everybody() if found else {}
        groups: dict[int | None, list[tuple[Upload, int]]] = {}
        for upload, tried in found:
            groups.setdefault(upload.partner_id, []).append((upload, tried))
        for number, group in groups.items():
            self._group(known.get(number or 0), group, now)
        return len(found)

    def _group(
        self, partner: PartnerInfo | None, group: Sequence[tuple[Upload, int]], now: datetime
    ) -> None:
        times: Times = {}
        if partner is None or partner.kind != KIND:
            times = {upload.id: None for upload, _ in group}  # nobody is there to be told
        else:
            try:
                self._call(self._neighbours.peer(partner), [each for each, _ in group], now, times)
            except PartnerError as problem:
                log.info("%s is called later: %s", partner.name, problem.sentence)
                for upload, tried in group:
                    wait = _AGAIN.delay(tried) or _AGAIN.ceiling
                    times.setdefault(upload.id, now + wait)
        self._house.database.run(lambda conn: _write(conn, times, now + _LEASE))

    def _call(self, peer: Peer, uploads: Sequence[Upload], now: datetime, times: Times) -> None:
        said = peer.standing([_number(each) for each in uploads], [])
        behind: list[Upload] = []
        gone: list[Upload] = []
        here: list[Upload] = []
        for upload in uploads:
            there = said.get(_number(upload))
            if upload.status in _OPEN:
                times[upload.id] = self._asked(upload, there, now)
            elif there is None or there == Status.COMPLETED or there in _OVER:
                times[upload.id] = None
            elif upload.status is not Status.COMPLETED:
                gone.append(upload)
            elif there == Status.ONGOING and now < upload.due - REMEMBERED + _PATIENCE:
                times[upload.id] = now + timedelta(seconds=10)
            else:
                behind += [upload] if there == Status.INITIATED else []
                here.append(upload)
        if gone:
            peer.update([_number(each) for each in gone], [], Status.FAILED)
            times |= dict.fromkeys([each.id for each in gone])
        if behind:
            peer.update([_number(each) for each in behind], [], Status.STAGED)
        for upload in here:
            try:
                peer.complete(_number(upload), upload.id, self._store(upload))
                times[upload.id] = None
            except PartnerRefusedError as problem:
                log.warning("transfer %d: %s", upload.id, problem.sentence)
                times[upload.id] = now + _AGAIN.ceiling

    def _store(self, upload: Upload) -> int:
        """What the wire calls the number of our one store."""
        who = self._house.accounts.by_id(upload.user_id)
        return self._shelf.standing(who).space.id if who is not None else 0

    def _asked(self, upload: Upload, there: int | None, now: datetime) -> datetime | None:
        """What the sender says of one that has not ended; when it is asked again."""
        if there == Status.STAGED and upload.status is not Status.STAGED:
            # Its word that all has come was lost.
            self._house.database.run(
                lambda conn: shipping.advance(conn, [upload.id], Status.STAGED, now=now, due=now)
            )
        lost = there is None and upload.created < now - _LOST
        if (there in _OVER or lost) and not upload.begun:
            who = self._house.accounts.by_id(upload.user_id)
            self._uploading.fail(who, upload, "its sender does not send it any more")
            return None
        return now + _ASK


def _write(conn: Connection, times: Mapping[int, datetime | None], held: datetime) -> None:
    for moment in set(times.values()):
        those = [n for n, at in times.items() if at == moment]
        clones.call_at(conn, those, moment, held=held)


def _number(upload: Upload) -> int:
    assert upload.source_transfer_id is not None, "it has a partner"
    return upload.source_transfer_id
