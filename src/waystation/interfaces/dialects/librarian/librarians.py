"""admin/librarians/…: the partner sites, as this wire names them."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from waystation.domains.transfers.door import PartnerError, PartnerInfo
from waystation.interfaces.dialects.librarian import translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.peers import KIND, Neighbours
from waystation.interfaces.dialects.librarian.refusals import RefusedError, refused
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.kernel.errors import ConflictError, NotFoundError

_AT_ONCE = 8
_PORTS = {"http": 80, "https": 443}


class Librarians:
    """Looks after partners; only administrators come here."""

    def __init__(self, shelf: Shelf, neighbours: Neighbours) -> None:
        self._house = shelf.house
        self._neighbours = neighbours

    def list(self, call: Call) -> Reply:
        """All partners; one that does not answer is told as not available."""
        ping = translate.parsed(call.body, wire.ListLibrarians).ping
        known = self._house.transfers.known(call.who)
        answers: list[bool | None] = [None] * len(known)
        if ping and known:
            with ThreadPoolExecutor(min(_AT_ONCE, len(known)), "librarian-ping") as pool:
                answers = list(pool.map(self._answers, known))
        found = [_listed(each, there) for each, there in zip(known, answers, strict=True)]
        return told({"librarians": found})

    def add(self, call: Call) -> Reply:
        """Write a librarian down, if it answers, or if that is not to be asked."""
        asked = translate.parsed(call.body, wire.AddLibrarian)
        name = asked.librarian_name
        if not name or ":" not in asked.authenticator:
            raise refused(400, "The authenticator must be user:password.", "Send both.")
        if any(each.name == name for each in self._house.transfers.known(call.who)):
            return told({"success": False, "already_exists": True, "ping_success": False})
        account = self._house.accounts.by_name(name)
        known = PartnerInfo(
            id=0,
            name=name,
            kind=KIND,
            url=_address(asked),
            token=asked.authenticator,
            account_id=account.user_id if account is not None else None,
            enabled=True,
            engines=(),
            last_seen=None,
            last_heard=None,
            words="",
        )
        answers = self._answers(known) if asked.check_connection else None
        if answers is not False:
            self._house.transfers.know(
                call.who,
                name,
                url=known.url,
                token=known.token,
                account_id=known.account_id,
                kind=KIND,
            )
        good = answers is not False
        return told({"success": good, "already_exists": False, "ping_success": answers})

    def remove(self, call: Call) -> Reply:
        """Forget one; what is on its way to it is cancelled when that is asked for."""
        asked = translate.parsed(call.body, wire.RemoveLibrarian)
        transfers, count = self._house.transfers, 0
        try:
            if asked.remove_outgoing_transfers:
                count = transfers.cancel_all(call.who, asked.librarian_name)
            transfers.forget(call.who, asked.librarian_name)
        except NotFoundError as missing:
            raise refused(
                400,
                f"Librarian {asked.librarian_name} does not exist.",
                "You do not need to remove it.",
            ) from missing
        except ConflictError as busy:
            raise refused(409, busy.sentence, "Remove the outgoing transfers with it.") from busy
        return told({"success": True, "number_of_transfers_removed": count})

    def switch(self, call: Call) -> Reply:
        """Let transfers go out to one, or none."""
        asked = translate.parsed(call.body, wire.LibrarianStatus)
        name, on = asked.librarian_name, asked.transfers_enabled
        try:
            self._house.transfers.switch(call.who, name, on=on)
        except NotFoundError as missing:
            raise no_librarian(name) from missing
        return told({"librarian_name": name, "transfers_enabled": on})

    def _answers(self, partner: PartnerInfo) -> bool:
        try:
            if partner.kind == KIND:
                # Without a login: it may come to know us only after we know it.
                self._neighbours.peer(partner).ping()
            else:
                self._neighbours.site(partner).hello()
        except PartnerError:
            return False
        return True


def no_librarian(name: str) -> RefusedError:
    """One that nobody has written down."""
    remedy = "Please verify that the requested librarian exists"
    return refused(400, f"Librarian {name} does not exist", remedy)


def _address(asked: wire.AddLibrarian) -> str:
    """The address of a librarian; the wire has scheme and host in one, the port beside it.

    Raises:
        RefusedError: it is none.
    """
    wrong = refused(
        400,
        f"{asked.url[:200]!r} is no address of a librarian.",
        "Send https://host as url, and the port beside it.",
    )
    try:
        host = urlsplit(asked.url.rstrip("/"))
        good = host.scheme in _PORTS and host.hostname and host.port is None
    except ValueError as unread:
        raise wrong from unread
    if not good or not 0 < asked.port < 2**16 or host.path or host.username:
        raise wrong
    return f"{host.scheme}://{host.netloc}:{asked.port}"


def _listed(partner: PartnerInfo, answers: bool | None) -> dict[str, object]:  # noqa: FBT001
    at = urlsplit(partner.url)
    host = f"[{at.hostname}]" if at.hostname and ":" in at.hostname else at.hostname or ""
    return {
        "name": partner.name,
        "url": f"{at.scheme}://{host}" if at.scheme else "",
        "port": at.port or _PORTS.get(at.scheme, 0),
        "available": answers,
        "enabled": partner.enabled,
    }
