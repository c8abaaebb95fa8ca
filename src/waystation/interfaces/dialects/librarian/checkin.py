"""checkin/…, clone/complete: how transfers of both directions stand, many at a time."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from waystation.domains.accounts.door import Grant
from waystation.domains.transfers.door import announcing
from waystation.interfaces.dialects.librarian import clone_words, shipping, translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.cloning import MOST, Cloning, owns
from waystation.interfaces.dialects.librarian.refusals import refused
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import clones, outgoing
from waystation.interfaces.dialects.librarian.store.incoming import Upload
from waystation.interfaces.dialects.librarian.store.outgoing import Outgoing
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection
from waystation.kernel.waking import wake

SETTLE = "transfers-settle"
"""The step that asks partners how what has arrived stands."""

_NEXT = {
    Status.INITIATED: {Status.ONGOING, Status.STAGED, Status.FAILED, Status.CANCELLED},
    Status.ONGOING: {Status.STAGED, Status.FAILED, Status.CANCELLED},
    Status.STAGED: {Status.FAILED, Status.CANCELLED},
}
_GIVEN_UP = "The other librarian says that it does not come."
_OVER = {Status.COMPLETED: "", Status.FAILED: _GIVEN_UP, Status.CANCELLED: _GIVEN_UP}
"""What a file that is over is told with."""
_MISSING = "No destination transfer with the appropriate ID was found."
_FOREIGN = "You are not authorized to modify the transfer."


class Checkin:
    """Hears and tells how transfers stand."""

    def __init__(self, shelf: Shelf, cloning: Cloning) -> None:
        self._house = shelf.house
        self._cloning = cloning
        self._staged_for: timedelta = shelf.terms.staged_for

    def status(self, call: Call) -> Reply:
        """How transfers stand; null is one that is not there, or not the caller's."""
        asked = translate.parsed(call.body, wire.CheckinStatus)
        coming, going = self._found(call.who, asked)
        return told(
            {
                "source_transfer_status": _statuses(asked.source_transfer_ids, going),
                "destination_transfer_status": _statuses(asked.destination_transfer_ids, coming),
            }
        )

    def update(self, call: Call) -> Reply:
        """Transfers have come so far, or do not come; what may not be is told with reasons."""
        asked = translate.parsed(call.body, wire.CheckinUpdate)
        if asked.new_status not in set(Status):
            raise refused(422, f"{asked.new_status} is no status.", "Send 0 to 5.")
        status, reasons = Status(asked.new_status), set[str]()
        coming, going = self._found(call.who, asked)
        here = self._sorted(asked.destination_transfer_ids, coming, status, reasons)
        there = self._sorted(asked.source_transfer_ids, going, status, reasons)
        self._come([each for each in here if isinstance(each, Upload)], status)
        self._gone([each for each in there if isinstance(each, Outgoing)], status)
        good, left = {each.id for each in here}, {each.id for each in there}
        return told(
            {
                **_split("source", asked.source_transfer_ids, left),
                **_split("destination", asked.destination_transfer_ids, good),
                "reasons": sorted(reasons),
            }
        )

    def complete(self, call: Call) -> Reply:
        """A file that we sent is in the caller's store; said twice, it is good.

        It is believed only as far as the caller says the same when it is asked how all of its
        shipment stands, at once after this.
        """
        asked = translate.parsed(call.body, wire.CloneComplete)
        number = asked.source_transfer_id
        wanted = wire.CheckinStatus([number], [])
        sent = self._found(call.who, wanted)[1].get(number)
        if not isinstance(sent, Outgoing):
            raise clone_words.not_sent(asked)
        if sent.status not in {Status.ONGOING, Status.STAGED, Status.COMPLETED}:
            raise clone_words.not_complete(asked)
        self._stand([sent], Status.COMPLETED, store=asked.store_id)
        return told(clone_words.ids(asked))

    # ---------------------------------------------------------------------------------- within

    def _found(
        self, who: Grant, asked: wire.CheckinStatus
    ) -> tuple[dict[int, Upload | Outgoing | None], dict[int, Upload | Outgoing | None]]:
        """Transfers to us and from us by number; None of those that are not the caller's."""
        if len(asked.source_transfer_ids) + len(asked.destination_transfer_ids) > MOST:
            raise refused(400, f"Ask for at most {MOST:,} transfers.", "Ask twice.")
        partner = self._house.transfers.receiving.sender(who, "")
        run = self._house.database.run
        coming = run(lambda conn: clones.numbered(conn, asked.destination_transfer_ids))
        going = run(lambda conn: outgoing.numbered(conn, asked.source_transfer_ids))

        def mine(sent: Outgoing) -> bool:
            return who.admin or (partner is not None and partner.id == sent.partner_id)

        return (
            {n: each if owns(who, each) else None for n, each in coming.items()},
            {n: each if mine(each) else None for n, each in going.items()},
        )

    def _sorted(
        self,
        ids: Iterable[int],
        found: Mapping[int, Upload | Outgoing | None],
        status: Status,
        reasons: set[str],
    ) -> list[Upload | Outgoing]:
        """Those that may have the status, or have it; why the others may not is added."""
        good: list[Upload | Outgoing] = []
        for number in ids:
            each = found.get(number)
            if each is None:
                reasons.add(_FOREIGN if number in found else _MISSING)
            elif each.status is status or _may(each, status):
                good.append(each)
            else:
                reasons.add(
                    f"Transition from TransferStatus.{each.status.name} to "
                    f"TransferStatus.{status.name} is not permitted."
                )
        return good

    def _come(self, uploads: list[Upload], status: Status) -> None:
        if status in {Status.FAILED, Status.CANCELLED}:
            for upload in uploads:
                self._cloning.give_up(upload, status, "its sender has given it up")
            return
        now = self._house.clock.now()
        due = now if status is Status.STAGED else now + self._staged_for
        ids = [each.id for each in uploads if each.status is not status]
        self._house.database.run(
            lambda conn: shipping.advance(conn, ids, status, now=now, due=due)
        )

    def _gone(self, sent: list[Outgoing], status: Status) -> None:
        if sent:
            self._stand(sent, status)

    def _stand(self, sent: list[Outgoing], status: Status, *, store: int | None = None) -> None:
        now, words = self._house.clock.now(), _OVER.get(status)

        def work(conn: Connection) -> None:
            outgoing.stand(conn, {each.id: int(status) for each in sent}, store=store)
            # Nobody asks how those stand that were carried.
            for each in sent if words is not None else ():
                announcing.delivered(
                    conn, each.partner_id, each.key, each.n, now=now, words=words or ""
                )
            wake(conn, SETTLE)

        self._house.database.run(work)


def _may(each: Upload | Outgoing, status: Status) -> bool:
    # One that is being committed cannot be taken back.
    begun = isinstance(each, Upload) and each.begun
    return not begun and status in _NEXT.get(each.status, set())


def _statuses(
    ids: Iterable[int], found: Mapping[int, Upload | Outgoing | None]
) -> dict[str, int | None]:
    told_: dict[str, int | None] = {}
    for number in ids:
        each = found.get(number)
        told_[str(number)] = None if each is None else int(each.status)
    return told_


def _split(which: str, ids: Iterable[int], good: set[int]) -> dict[str, list[int]]:
    return {
        f"modified_{which}_transfer_ids": [n for n in ids if n in good],
        f"unmodified_{which}_transfer_ids": [n for n in ids if n not in good],
    }
