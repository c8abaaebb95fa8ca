"""Inputs of jobs that are on tape: asked for, and how they stand."""

from collections.abc import Collection, Mapping

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.jobs.entities import Staged
from waystation.domains.staging.door import Ask, RequestView, Staging

PIN_S = 30 * 86_400
"""Inputs are held so long at most; they are released when their request is over."""
_PAGE = 10_000
_OVER = {"failed", "cancelled", "released"}
Spot = tuple[str, str]
"""A store or space, and a path."""


class Tapes:
    """One stage request for the inputs of a request of jobs in each store."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging

    def stand(
        self,
        who: Grant,
        key: str,
        where: StoreInfo,
        places: Mapping[str, Spot],
        later: Collection[Spot],
    ) -> Staged:
        """How these stand; they are asked for when they were not yet.

        Args:
            who: whose jobs they are for.
            key: of the request of jobs.
            where: the store.
            places: by path in the store, what jobs call them.
            later: of those, what may have come after the others were asked for: it is on disk.
        """
        named = _named(key, where)
        request = self._staging.named(who, named)
        if request is None:
            ask = Ask(
                [*places], "", pin_lifetime_s=PIN_S, external_id=named, confirm=True,
                label=f"inputs of {key}",
            )  # fmt: skip
            made = self._staging.submit(who, ask, where=where)
            refused = {places[each.path]: each.reason for each in made.refused}
            waiting = frozenset(p for p in places.values() if p not in refused)
            return Staged(waiting, refused, (made.request.id,))
        if request.finished is not None and request.counts.online == request.files:
            return Staged(frozenset(), {}, (request.id,))
        return self._pages(who, request, places, later)

    def release(self, who: Grant, key: str, where: StoreInfo) -> None:
        """What was asked for is needed no longer; can be repeated."""
        found = self._staging.named(who, _named(key, where))
        if found is None:
            return
        if found.finished is None:
            self._staging.cancel(who, found.id)
        self._staging.release(who, found.id)
        self._staging.drop_name(who, found.id)

    def _pages(
        self,
        who: Grant,
        request: RequestView,
        places: Mapping[str, Spot],
        later: Collection[Spot],
    ) -> Staged:
        waiting, failed, after = set(places.values()), dict[Spot, str](), 0
        while page := self._staging.files(who, request.id, after=after, limit=_PAGE):
            for item in page:
                place = places.get(item.path)
                if place is None or item.state not in {"online", *_OVER}:
                    continue
                waiting.discard(place)
                if item.state in _OVER:
                    failed[place] = item.error or f"{item.path} was not staged: {item.state}."
            after = page[-1].n
        if request.finished is not None:
            lost = [place for place in waiting if place not in later]
            failed |= {place: f"{place[1]} cannot be staged." for place in lost}
            waiting = set()
        return Staged(frozenset(waiting), failed, (request.id,))


def _named(key: str, where: StoreInfo) -> str:
    """Of a stage request: its external id."""
    return f"{key}-{where.id}"
