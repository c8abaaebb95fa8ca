"""Taking in whole files that transfers have put beside a space.

Each is read, compared with what was promised, and stored by `batches`; or by `mending`, where a
damaged file is to get the bytes that it had. Killed anywhere it is run
again: what was stored is found there, what was not lies in the landing still.
"""

from collections.abc import Mapping, Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.entities import Landed, Role
from waystation.domains.hosting.ports import Landings
from waystation.domains.hosting.service.arriving import Arrival, Awaited, seen
from waystation.domains.hosting.service.batches import MOST, Batches
from waystation.domains.hosting.service.caring import Caring
from waystation.domains.hosting.service.mending import Mending
from waystation.domains.hosting.service.spaces import Spaces


class Landing:
    """Landings of spaces."""

    def __init__(self, spaces: Spaces, batches: Batches, caring: Caring, mending: Mending) -> None:
        self._spaces = spaces
        self._batches = batches
        self._caring = caring
        self._mending = mending

    def folder(self, who: Grant, space_name: str, landing: str) -> str | None:
        """The absolute folder of a landing, made; None where there is no such place.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        there = self._landings(who, space_name)
        return there.make(landing) if there is not None else None

    def land(
        self, who: Grant, space_name: str, landing: str, awaited: Sequence[Awaited]
    ) -> list[Arrival]:
        """Store files that came, at most `MOST`; what became of each, in their order.

        One that is in the space already has arrived: by another way, or before a death. One that
        is there and damaged gets its bytes back, and stays the file that it is.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
            StorageFullError: the disk is full; nothing of this call was stored.
        """
        assert len(awaited) <= MOST
        there = self._batches.find(who, space_name, [each.path for each in awaited])
        found: dict[int, Arrival] = {}
        coming: dict[int, Landed] = {}
        landings = self._landings(who, space_name)
        damaged = self._caring.among([entry for entry in there if entry is not None])
        wrecks: dict[int, tuple[int, Awaited]] = {}
        for n, (each, entry) in enumerate(zip(awaited, there, strict=True)):
            if entry is not None and each.same(entry):
                if entry.id in damaged:
                    wrecks[n] = entry.id, each
                else:
                    found[n] = Arrival(each.path, entry)
                continue
            came = seen(landings, landing, each)
            if isinstance(came, str):
                found[n] = Arrival(each.path, None, came)
            else:
                coming[n] = came
        found |= self._mended(who, space_name, landing, wrecks)
        if coming:
            stored = self._batches.put(who, space_name, [*coming.values()])
            for n, outcome in zip(coming, stored, strict=True):
                words = outcome.problem.sentence if outcome.problem is not None else ""
                found[n] = Arrival(outcome.path, outcome.entry, words)
        return [found[n] for n in range(len(awaited))]

    def _mended(
        self,
        who: Grant,
        space_name: str,
        landing: str,
        wrecks: Mapping[int, tuple[int, Awaited]],
    ) -> dict[int, Arrival]:
        if not wrecks:
            return {}
        done = self._mending.mend(who, space_name, landing, dict(wrecks.values()))
        return {n: done[entry_id] for n, (entry_id, _) in wrecks.items()}

    def clear(self, who: Grant, space_name: str, landing: str) -> None:
        """A landing goes with all that is in it.

        Raises:
            NotFoundError, ForbiddenError: see `Spaces.need`.
        """
        there = self._landings(who, space_name)
        if there is not None:
            there.clear(landing)

    def _landings(self, who: Grant, space_name: str) -> Landings | None:
        space = self._spaces.need(who, space_name, Role.WRITER)
        return self._spaces.storage(space).landings
