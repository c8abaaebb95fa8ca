"""Files and folders found by their names, in one space or in all that the caller may read."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from waystation.domains.accounts.door import Grant, Scope, Verb
from waystation.domains.catalogue.door import Entry, entries, finding
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import Role, Space
from waystation.domains.hosting.service.spaces import Spaces
from waystation.kernel.database import Database
from waystation.kernel.errors import ForbiddenError, MalformedError

PAGE = 50
BATCH = 500
MOST_LOOKED = 10_000
"""Names that match and are looked at for one page: most may be where the caller may not read."""
_LONGEST, _SAMPLE_S = 255, 3_600.0
_SEES = frozenset({Verb.LIST, Verb.READ})


@dataclass(frozen=True, slots=True)
class Hit:
    """A file or folder that was searched for.

    Attributes:
        space: that it is in.
        path: in the space.
        entry: itself.
    """

    space: Space
    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of what was found.

    Attributes:
        found: the newest first.
        next_before: of the next page; None when this is the last.
    """

    found: tuple[Hit, ...]
    next_before: int | None


class Finding:
    """Search by name."""

    def __init__(self, database: Database, spaces: Spaces) -> None:
        self._database = database
        self._spaces = spaces
        self._rarity: finding.Rarity | None = None
        self._sampled = -_SAMPLE_S

    def find(
        self,
        who: Grant,
        text: str,
        *,
        space_name: str = "",
        folder: str = "",
        before: int | None = None,
        limit: int = PAGE,
    ) -> Hits:
        """A page of files and folders with such a name, the newest first.

        A page may be short, even empty, and say that there is more: so many names match, and so
        few of them are for the caller.

        Args:
            who: searches.
            text: a part of the name; or with `*` (any letters) and `?` (one) all of it. Three
                letters in a row at least. A to Z match in either case.
            space_name: only there; empty is all spaces that the caller may read.
            folder: only below this path of that space.
            before: `Hits.next_before` of the page before.
            limit: of the page.

        Raises:
            NotFoundError: no such space for the caller.
            ForbiddenError: a limited credential that is not good for listing there.
            MalformedError: too little to search for.
        """
        like = finding.pattern(unicodedata.normalize("NFC", text.strip())[:_LONGEST])
        if like is None:
            raise MalformedError(
                f"Search for {finding.LEAST} letters in a row at least.",
                advice="Write more of the name; * stands for any letters.",
            )
        within = paths.names(folder)
        spaces = self._spaces_of(who, space_name, within)
        if not spaces:
            return Hits((), None)
        stores = sorted({space.store_id for space in spaces.values()})
        hits, core, head = Hits((), before), self._core(text), self._head(text)
        for _ in range(MOST_LOOKED // BATCH):
            statement = finding.named(
                like, stores=stores, before=hits.next_before, limit=BATCH, core=core, head=head
            )
            found = [entries.read(row) for row in self._database.rows(statement)]
            good = [hit for hit in self._placed(found, spaces) if _shown(who, hit, within)]
            room = limit - len(hits.found)
            hits = Hits((*hits.found, *good[:room]), _rest(found, good, room))
            if hits.next_before is None or len(hits.found) == limit:
                break
        return hits

    def _core(self, text: str) -> str:
        """The part of it that the index is asked for; empty is all of it."""
        if monotonic() - self._sampled > _SAMPLE_S:
            self._sampled = monotonic()
            (row,) = self._database.rows(finding.size())
            some = finding.sample(float(str(row["reltuples"])))
            names = self._database.rows(some) if some is not None else []
            self._rarity = finding.Rarity(str(each["name"]) for each in names) if names else None
        return self._rarity.core(text) if self._rarity is not None else ""

    def _head(self, text: str) -> str:
        """How the names begin that the index is asked for; empty of a beginning that many have."""
        found = finding.head(unicodedata.normalize("NFC", text.strip())[:_LONGEST])
        return found if self._rarity is None or self._rarity.begins(found) else ""

    def _spaces_of(
        self, who: Grant, space_name: str, within: Sequence[str]
    ) -> Mapping[int, Space]:
        """Spaces to look in, by their top entries."""
        if space_name:
            space = self._spaces.need(
                who, space_name, Role.READER, at=within, verbs=[Verb.LIST, Verb.READ]
            )
            return {space.root_id: space}
        if within:
            raise MalformedError("A folder is of a space: name the space too.")
        mine = self._spaces.mine(who)
        if Scope.READ not in who.scopes:
            raise ForbiddenError(
                "This token is not good for 'read'.",
                advice="Make one with that scope on the tokens page.",
            )
        return {each.space.root_id: each.space for each in mine if each.role >= Role.READER}

    def _placed(self, found: Sequence[Entry], spaces: Mapping[int, Space]) -> list[Hit]:
        """Those that are in one of the spaces, with their paths, in their order."""
        if not found:
            return []
        rows = self._database.rows(entries.places([entry.id for entry in found]))
        where = {int(str(row["id"])): (int(str(row["top"])), str(row["path"])) for row in rows}
        hits = []
        for entry in found:
            top, path = where.get(entry.id, (0, ""))
            if top in spaces:
                hits.append(Hit(spaces[top], path, entry))
        return hits


def _shown(who: Grant, hit: Hit, within: Sequence[str]) -> bool:
    """Whether a hit is below the folder, and for the caller's credential."""
    names = hit.path.split("/")
    if names[: len(within)] != list(within) or len(names) <= len(within):
        return False
    if who.limits is None:
        return True
    return not who.limits.verbs(hit.space.name, names).isdisjoint(_SEES)


def _rest(found: Sequence[Entry], good: Sequence[Hit], room: int) -> int | None:
    """Where the next page begins; None when this was the last."""
    if len(good) > room:
        return good[room - 1].entry.id
    if len(found) < BATCH:
        return None
    return found[-1].id
