"""corrupt/…: a librarian whose copy of a file is damaged gets ours again.

prepare   our copy is read and is good, and we can send
resend    what we know of its copy goes, and the file leaves for it at once
"""

from threading import Event

from waystation.domains.transfers.door import PartnerError, PartnerInfo
from waystation.interfaces.dialects.librarian import translate, wire
from waystation.interfaces.dialects.librarian.book import SentBook
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.peers import KIND, Neighbours
from waystation.interfaces.dialects.librarian.refusals import refused
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import files
from waystation.interfaces.dialects.librarian.validating import Validating
from waystation.kernel.errors import NotFoundError

_PATIENCE_S, _LOOK_S = 20.0, 0.2


class Mending:
    """Answers librarians whose copies are damaged."""

    def __init__(self, shelf: Shelf, validating: Validating, neighbours: Neighbours) -> None:
        self._shelf = shelf
        self._house = shelf.house
        self._validating = validating
        self._neighbours = neighbours
        self._book = SentBook(shelf.house.database, shelf.house.clock)

    def prepare(self, call: Call) -> Reply:
        """Whether a good copy can be sent to the caller."""
        asked = translate.parsed(call.body, wire.Damaged)
        self._good(call, asked)
        return told({"ready": True})

    def resend(self, call: Call) -> Reply:
        """Send it; the answer has the caller's own number of the transfer.

        That number is known when it has made room: it is waited for, and not for long.
        """
        asked = translate.parsed(call.body, wire.Damaged)
        partner, entry = self._good(call, asked)
        try:
            key = self._house.transfers.receiving.again(
                call.who, entry, self._shelf.terms.space, asked.file_name
            )
        except NotFoundError as nothing:
            raise _cannot() from nothing
        number, waited = self._number(partner, key), 0.0
        while number is None and waited < _PATIENCE_S:
            Event().wait(_LOOK_S)
            waited += _LOOK_S
            number = self._number(partner, key)
        if number is None:
            raise refused(
                409,
                "Error creating send queue item",
                "It is sent as soon as you make room for it.",
            )
        return told({"success": True, "destination_transfer_id": number})

    def _good(self, call: Call, asked: wire.Damaged) -> tuple[PartnerInfo, int]:
        """The caller, and the entry of the file, which was just read.

        Raises:
            RefusedError: the caller is no librarian, our copy is none, or nothing can be sent.
        """
        partner = self._house.transfers.receiving.sender(call.who, "")
        if partner is None or partner.kind != KIND or partner.name != asked.librarian_name:
            raise refused(401, "Unauthorized", "Ask as the librarian that you are.")
        if not self._house.database.rows(files.named(asked.file_name)):
            raise _no_copy()
        found = self._house.database.rows(files.entries_of([asked.file_name]))
        if not found:
            raise _no_copy()
        if not self._validating.good(call.space, asked.file_name):
            raise refused(
                409,
                "Our copy of the file is also corrupt",
                "Wait a while, we will attempt to fix this copy",
            )
        if not partner.enabled or not self._answers(partner):
            raise _cannot()
        return partner, int(str(found[0]["entry_id"]))

    def _answers(self, partner: PartnerInfo) -> bool:
        try:
            self._neighbours.site(partner).hello()
        except PartnerError:
            return False
        return True

    def _number(self, partner: PartnerInfo, key: str) -> int | None:
        sent = self._book.of(partner.id, [key])
        return sent[0].remote_id if sent else None


def _no_copy() -> Exception:
    return refused(
        409,
        "We do not have a copy of the file you are requesting",
        "Check your database; you likely did not get the file from us",
    )


def _cannot() -> Exception:
    return refused(
        409,
        "We are not able to send you files",
        "Check every pre-condition for file transfers is met",
    )
