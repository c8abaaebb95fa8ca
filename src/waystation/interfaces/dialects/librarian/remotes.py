"""search/instance_remote, admin/instance/delete_remote: copies that other librarians have.

The wire numbers them; here a copy is a file and a partner, so its number is made of both.
"""

from collections.abc import Iterator

from waystation.interfaces.dialects.librarian import refusals, translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import files
from waystation.kernel.database import Row

_PARTNERS = 2**16
"""More partners than any site has."""
_LOOKED = 10_000
"""Of so many instances, the newest, copies are searched for when no file is named."""


class Remotes:
    """Copies elsewhere; only administrators come here."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._house = shelf.house

    def find(self, call: Call) -> Reply:
        """Copies, those of the newest files first. Numbers of stores elsewhere are not kept."""
        asked = translate.parsed(call.body, wire.FindRemotes)
        most = max(min(asked.max_results, self._shelf.terms.most_results), 0)
        found: list[dict[str, object]] = []
        for each in self._copies(asked):
            if len(found) == most:
                break
            found.append(each)
        if not found:
            raise refusals.no_instances(
                "Check that you are searching for existing remote instances"
            )
        return told(found)

    def forget(self, call: Call) -> Reply:
        """A copy is not counted on any more. Where a rule wants it, its partner is asked anew."""
        number = translate.parsed(call.body, wire.DeleteInstance).instance_id
        instance, partner = divmod(number, _PARTNERS)
        entries = [_number(row, "entry_id") for row in self._instances(number=instance)]
        forget = self._house.transfers.receiving.forget_copy
        if not entries or not forget(call.who, entries[0], partner):
            raise refusals.no_instance(number)
        return told({"success": True, "instance_id": number})

    # ---------------------------------------------------------------------------------- within

    def _copies(self, asked: wire.FindRemotes) -> Iterator[dict[str, object]]:
        name = self._shelf.terms.name
        if asked.store_id is not None or asked.sender not in {None, name}:
            return
        receiving = self._house.transfers.receiving
        partners = {each.name: each.id for each in receiving.everybody().values()}
        instance, partner = (None, asked.librarian_id)
        if asked.id is not None:
            instance, partner = divmod(asked.id, _PARTNERS)
            if asked.librarian_id not in {None, partner}:
                return
        rows = self._instances(number=instance, name=asked.file_name)
        copies = receiving.copies([_number(row, "entry_id") for row in rows])
        at = translate.utc(asked.copy_time) if asked.copy_time is not None else None
        for row in rows:
            for copy in copies.get(_number(row, "entry_id"), []):
                number = partners[copy.partner]
                if partner in {None, number} and at in {None, copy.landed}:
                    yield {
                        "librarian_name": copy.partner,
                        "copy_time": translate.told(copy.landed),
                        "id": _number(row, "id") * _PARTNERS + number,
                        "file_name": row["file_name"],
                        "store_id": None,
                        "sender": name,
                    }

    def _instances(self, *, number: int | None = None, name: str | None = None) -> list[Row]:
        statement = files.instances(
            number=number,
            path=None,
            deletion_policy=None,
            created_time=None,
            file_name=name,
            available=None,
            limit=_LOOKED,
        )
        return self._house.database.rows(statement)


def _number(row: Row, name: str) -> int:
    return int(str(row[name]))
