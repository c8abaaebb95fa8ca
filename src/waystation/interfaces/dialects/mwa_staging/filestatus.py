"""Whether files are online: from what we know, if it is fresh; else asked of the tape system."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

from waystation.domains.catalogue.door import sift
from waystation.domains.staging.door import named
from waystation.interfaces.dialects.mwa_staging.standing import Here
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.services import Services
from waystation.kernel.errors import NotFoundError, UnavailableError

_LOOKS = 4
_MOST_REMEMBERED = 1_000_000
_ON_DISK = frozenset({"online", "online_and_nearline"})


class FileStatus:
    """Answers of one process, remembered for as long as they are fresh."""

    def __init__(self, house: Services, pool: HotPool, fresh: timedelta) -> None:
        self._house = house
        self._pool = pool
        self._fresh = fresh
        # A tape system that hangs holds up who asks about files, nobody else.
        self._tapes = ThreadPoolExecutor(_LOOKS, "filestatus")
        self._known: dict[str, tuple[bool, float]] = {}

    async def of(self, here: Here, names: Sequence[str]) -> dict[str, bool]:
        """Each name and whether its file is online.

        Raises:
            NotFoundError: there is no such file, one of them is enough.
            UnavailableError: the tape system had to be asked and does not answer.
        """
        paths = {name: here.tree.path(name) for name in names}
        wanted = list(dict.fromkeys(paths.values()))
        _, refused, _ = sift(wanted, here.tree.root)
        if refused:
            raise _no_file(here.tree.name(refused[0].path), refused[0].reason)
        known = self._remembered(wanted)
        left = [path for path in wanted if path not in known]
        if left:
            known.update(await self._catalogued(here, left))
            left = [path for path in left if path not in known]
        if left:
            loop = asyncio.get_running_loop()
            known.update(await loop.run_in_executor(self._tapes, self._asked, here, left))
        return {name: known[path] for name, path in paths.items()}

    def _remembered(self, paths: Sequence[str]) -> dict[str, bool]:
        since = monotonic() - self._fresh.total_seconds()
        found = ((path, self._known.get(path)) for path in paths)
        return {path: seen[0] for path, seen in found if seen is not None and seen[1] > since}

    async def _catalogued(self, here: Here, paths: Sequence[str]) -> dict[str, bool]:
        since = self._house.clock.now() - self._fresh
        seen = await self._pool.rows(named.seen(here.store.id, paths, since=since))
        states = seen[0]["online"]
        assert isinstance(states, list)
        pairs = zip(paths, states, strict=True)
        return {path: online for path, online in pairs if online is not None}

    def _asked(self, here: Here, paths: list[str]) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for view in self._house.staging.residency(here.store, paths):
            if view.state == "missing":
                raise _no_file(here.tree.name(view.path), "The tape system knows no such file.")
            if view.state == "unknown":
                raise UnavailableError(
                    f"The tape system does not say where {here.tree.name(view.path)} is."
                )
            found[view.path] = view.state in _ON_DISK
        if len(self._known) + len(found) > _MOST_REMEMBERED:
            self._known.clear()
        now = monotonic()
        self._known.update({path: (online, now) for path, online in found.items()})
        return found


def _no_file(name: str, reason: str) -> NotFoundError:
    return NotFoundError(f"File status of {name} is not to be had: {reason}")
