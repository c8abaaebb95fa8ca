"""What is known of cartridges' geometry: learnt from lists that ended, asked by plans."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.plan import Geometry
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.planner.trust import Step, Trust, observe, steps_timed
from waystation.domains.staging.ports import ReadRun, Timings
from waystation.domains.staging.store import trust as store
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database

LOOK_BACK: Final = timedelta(days=7)
"""Lists that ended before are not asked about: their back end may have forgotten them."""

ESTIMATE_FRESH: Final = timedelta(seconds=10)


class Geometries:
    """What is known of the cartridges of one tape system; safe to use from several threads.

    A plan gets the verdict as it stands in the database; estimates, which ask about every
    cartridge at a time, one that is at most ten seconds old.
    """

    def __init__(self, database: Database, clock: Clock, backend: str, drive: DriveModel) -> None:
        self._database = database
        self._clock = clock
        self._backend = backend
        self._drive = drive
        self._known: Mapping[str, Trust] = {}
        self._until: datetime | None = None

    def __call__(self, tape: str, extents: Sequence[Extent]) -> Geometry:
        """What a plan for these extents may assume; without extents: at the tape's beginning."""
        trust = (self._read(tape) if extents else self._estimates()).get(tape)
        if trust is None:
            return Geometry(trusted=False)
        return trust.geometry(extents, self._drive)

    def _estimates(self) -> Mapping[str, Trust]:
        now = self._clock.now()
        if self._until is None or not self._until - ESTIMATE_FRESH <= now < self._until:
            self._known, self._until = self._read(None), now + ESTIMATE_FRESH
        return self._known

    def _read(self, tape: str | None) -> dict[str, Trust]:
        found = self._database.rows(store.verdicts(self._backend, tape))
        return {str(row["tape"]): store.trust_of(row) for row in found}


def learn(post: Post) -> int:
    """Hold the times of lists that ended against the predicted ones; how many lists.

    Called before every plan, so that no list is planned on a verdict that the list before it has
    overthrown.
    """
    if not isinstance(post.backend, Timings):
        return 0
    now = post.clock.now()
    found = post.database.rows(store.unlearnt(post.name, since=now - LOOK_BACK))
    lists = [store.unlearnt_of(row) for row in found]
    if not lists:
        return 0
    try:
        told = post.backend.timings([each.handle for each in lists])
    except BackendError:
        return 0
    for each, runs in zip(lists, told, strict=True):
        steps = list(_steps(runs, each.tape, post.rules.drive))
        change = functools.partial(observe, steps=steps, drive=post.rules.drive)
        post.database.run(
            functools.partial(store.learn, backend=post.name, seen=each, change=change, now=now)
        )
    return len(lists)


def _steps(runs: Iterable[ReadRun], tape: str, drive: DriveModel) -> Iterable[Step]:
    """What a list showed of its own cartridge."""
    for run in runs:
        if run.tape == tape:
            extents = [Extent(n, f.position, f.length) for n, f in enumerate(run.files)]
            began_s = [file.first_s for file in run.files]
            ended_s = [file.end_s for file in run.files]
            yield from steps_timed(extents, began_s, ended_s, drive=drive)
