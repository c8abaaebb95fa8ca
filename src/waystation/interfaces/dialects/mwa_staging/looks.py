"""What the calls that only look say: a job, its files, all jobs, the whole service."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta

from waystation.domains.notify.door import arrived
from waystation.domains.staging.door import named
from waystation.interfaces.dialects.mwa_staging import store, translate
from waystation.interfaces.dialects.mwa_staging.asking import about, not_found
from waystation.interfaces.dialects.mwa_staging.standing import Here, Standing
from waystation.interfaces.dialects.mwa_staging.terms import (
    DIALECT,
    PREFIX,
    Terms,
    external_id,
    label,
    labelled,
)
from waystation.interfaces.dialects.mwa_staging.wire import JobList, JobStatus, Statistics
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.services import Services
from waystation.kernel.database import Row
from waystation.kernel.errors import NotFoundError

# Workers write their heartbeat at each look at the hardware; later than this they are gone.
_ALIVE = timedelta(minutes=2)
# Reports of the newest hundred failed jobs were never cleaned away.
_ALWAYS_LISTED = 100


class Looks:
    """Reads for one listener."""

    def __init__(self, house: Services, pool: HotPool, terms: Terms, standing: Standing) -> None:
        self._house = house
        self._pool = pool
        self._terms = terms
        self._standing = standing

    async def here(self) -> Here:
        """The service account and its store."""
        known = self._standing.remembered()
        return known if known is not None else await asyncio.to_thread(self._standing.look)

    async def job(self, job_id: int, *, include_files: bool) -> JobStatus:
        """A job: one indexed statement while it is under way.

        Raises:
            NotFoundError: none, or its client was told of its end already.
        """
        here = await self.here()
        found = await self._pool.rows(named.one(here.who.user_id, external_id(job_id)))
        if not found:
            waits = await self._pool.rows(store.looked_for(job_id))
            if not waits:
                raise not_found(job_id)
            return translate.looking(job_id, waits[0]["created"])  # type: ignore[arg-type]
        row = found[0]
        if row["state"] != translate.ACTIVE and await self._told(row):
            raise not_found(job_id)
        status = translate.status(job_id, row)
        return await self._with_files(here, row, status) if include_files else status

    async def jobs(self) -> JobList:
        """Every job that can still be asked for."""
        here = await self.here()
        found = await self._pool.rows(named.every(here.who.user_id, like=f"{PREFIX}%"))
        return JobList(translate.job_list(found, here.tree))

    async def failed_jobs(self) -> JobList:
        """Jobs that ended without all their files."""
        return JobList(translate.failed_list(await self._failed("MWA job %")))

    async def failed_job(self, job_id: int) -> JobStatus:
        """One of them with the files that did not come.

        Raises:
            NotFoundError: there is none of that id.
        """
        here = await self.here()
        found = await self._failed(f"{label(job_id)}%")
        mine = [row for row in found if labelled(str(row["label"])) == job_id]
        if not mine:
            raise NotFoundError(f"Failed job {job_id} not found")
        request = int(str(mine[0]["id"]))
        paths = [str(row["path"]) for row in await self._pool.rows(named.not_come(request))]
        odd = await self._odd(request)
        spelled = {path: name for name, path in odd if path}
        names = [spelled.get(path) or here.tree.name(path) for path in paths]
        refused = [name for name, path in odd if not path]
        return translate.failed_job(job_id, mine[0], names + refused)

    async def statistics(self) -> Statistics:
        """Counts and health; from our own tables, so that it is told when the tapes are away."""
        here = await self.here()
        totals = await self._pool.rows(named.totals(here.who.user_id, like=f"{PREFIX}%"))
        recent = self._house.clock.now() - _ALIVE
        system = await self._pool.rows(named.heartbeat(here.store.backend, recent=recent))
        disk = await asyncio.to_thread(_disk, here.store.root)
        return translate.statistics(totals[0], system[0] if system else None, disk)

    async def _told(self, row: Row) -> bool:
        return bool(await self._pool.rows(arrived([about(row)], credential=DIALECT)))

    async def _with_files(self, here: Here, row: Row, status: JobStatus) -> JobStatus:
        request = int(str(row["id"]))
        listed = (await self._pool.rows(named.by_path(request, base=here.tree.base)))[0]
        return translate.with_files(status, listed, await self._odd(request), here.tree)

    async def _odd(self, request: int) -> Sequence[tuple[str, str]]:
        found = await self._pool.rows(store.odd(request))
        if not found:
            return []
        names, paths = found[0]["names"], found[0]["paths"]
        assert isinstance(names, list)
        assert isinstance(paths, list)
        return list(zip(names, paths, strict=True))

    async def _failed(self, pattern: str) -> list[Row]:
        here = await self.here()
        since = self._house.clock.now() - self._terms.report
        return await self._pool.rows(
            named.failed(here.who.user_id, label=pattern, since=since, always=_ALWAYS_LISTED)
        )


def _disk(root: str) -> dict[str, int]:
    """Size and free space of the store's disk; zeros where this process cannot see it."""
    try:
        seen = os.statvfs(root)
    except OSError:
        return {}
    return {
        "totdatasz": seen.f_blocks * seen.f_frsize,
        "availdatasz": seen.f_bavail * seen.f_frsize,
    }
