"""A group of globus_recall calls: the catalogue is asked first, the tapes for the rest."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.door import ItemView, items, known_file
from waystation.interfaces.dialects.ltfsee_globus import store, translate
from waystation.interfaces.dialects.ltfsee_globus.asking import Asking, Known
from waystation.interfaces.dialects.ltfsee_globus.gathering import Call
from waystation.interfaces.dialects.ltfsee_globus.store import Wish
from waystation.interfaces.dialects.ltfsee_globus.translate import ARCHIVED, COMING
from waystation.interfaces.hot.pool import HotPool

# A tape system that hangs holds up so many groups of new files; polls do not come here.
_LOOKS = 4


class Recalling:
    """Answers groups of calls."""

    def __init__(self, pool: HotPool, asking: Asking) -> None:
        self._pool = pool
        self._asking = asking
        self.tapes = ThreadPoolExecutor(_LOOKS, "ltfsee-globus")

    async def answer(self, group: list[Call]) -> None:
        """Answer every call of a group; those about one file alike, it is asked for once.

        Polls of files that are on their way are answered from two statements for all of them,
        before anything else is looked at.
        """
        by_path: dict[str, Call] = {}
        for call in group:
            by_path.setdefault(call.path, call)
        held = await self._recalls(group[0].where, list(by_path))
        left = _told(group, {path for path, on_disk in held.items() if not on_disk})
        paths = [path for path in by_path if path not in held or held[path]]
        if not paths:
            return
        found = await self._pool.rows(store.wishes(paths))
        noted = store.by_path(found)
        asked = await self._items(noted)
        coming = {path for path, item in asked.items() if item.state in COMING}
        left = _told(left, coming)
        wanted = {path: by_path[path] for path in paths if path not in coming}
        if not wanted:
            return
        known = Known(
            frozenset(held),
            frozenset(path for path in noted if path in wanted),
            {p: item for p, item in asked.items() if item.state == "failed"},
        )
        work = partial(copy_context().run, self._asking.recall, wanted, known)
        replies = await asyncio.get_running_loop().run_in_executor(self.tapes, work)
        for call in left:
            call.tell(replies[call.path])

    async def _recalls(self, where: StoreInfo, paths: list[str]) -> dict[str, bool]:
        """Of these files, those on their way (False) and those held on disk (True)."""
        rows = await self._pool.rows(items.files(where.id, paths))
        views = {str(row["path"]): known_file(row) for row in rows}
        return {
            path: translate.is_held(view)
            for path, view in views.items()
            if translate.is_coming(view) or translate.is_held(view)
        }

    async def _items(self, noted: dict[str, Wish]) -> dict[str, ItemView]:
        """How the last askings stand; files asked for together are looked at together."""
        numbers: dict[int, list[int]] = {}
        for wish in noted.values():
            numbers.setdefault(wish.request, []).append(wish.number)
        found: dict[str, ItemView] = {}
        for request, mine in numbers.items():
            low, high = min(mine), max(mine)
            page = items.page(
                request, after=0, limit=high - low + 1, state=None, low=low, high=high
            )
            views = map(items.item, await self._pool.rows(page))
            found.update({v.path: v for v in views if noted.get(v.path) == Wish(request, v.n)})
        return found


def _told(calls: Sequence[Call], coming: set[str]) -> list[Call]:
    """Say `archived` to who asks for a file that is on its way; the other calls."""
    for call in calls:
        if call.path in coming:
            call.tell(ARCHIVED)
    return [call for call in calls if call.path not in coming]
