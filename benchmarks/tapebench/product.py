"""Waystation's own planner in memory, without its database: the algorithm alone."""

from collections.abc import Sequence
from typing import Literal

from benchmarks.tapebench.scheduler import Recall, Release
from waystation.domains.staging.planner.choice import Policy, choose
from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.plan import EFFORT, Geometry, plan
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.planner.totals import TapeTotals
from waystation.domains.staging.planner.usage import Usage, charge, decay

Level = Literal["positions", "tape"]


class InMemory:
    """Per-tape totals and lists in dictionaries, choices and plans by the product's planner.

    `level` is what the back end shows: with "positions" we order inside the tape; with "tape" only
    the cartridge is known and the back end sorts by block.
    """

    def __init__(
        self,
        drive: DriveModel,
        policy: Policy,
        drives: int = 8,
        *,
        level: Level = "positions",
        effort: int = EFFORT,
    ) -> None:
        self._drive = drive
        self._policy = policy
        self._drives = drives
        self._level = level
        self._effort = effort
        self._lists: dict[str, list[Recall]] = {}
        self._totals: dict[str, TapeTotals] = {}
        self._heads: dict[str, int] = {}
        self._usage = Usage()
        self._busy: set[str] = set()

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        """Count into the totals of each tape."""
        del now
        for recall in batch:
            totals = self._totals.get(recall.tape)
            if totals is None:
                totals = self._totals[recall.tape] = TapeTotals(
                    recall.tape,
                    busy=recall.tape in self._busy,
                    serpentine=self._level == "positions",
                )
                self._lists[recall.tape] = []
            totals.add(owner=recall.user, length=recall.length, at_s=recall.arrived_s)
            self._lists[recall.tape].append(recall)

    def on_free_drive(self, now: float, idle: Sequence[str | None]) -> Release | None:
        """The whole list of the chosen tape, planned."""
        for totals in self._totals.values():
            totals.mounted = totals.tape in idle
        chosen = choose(
            self._totals.values(),
            usage=self._usage,
            policy=self._policy,
            drive=self._drive,
            now_s=now,
            slots=1,
            drives=self._drives,
        )
        if not chosen:
            return None
        tape = chosen[0].tape
        totals, recalls = self._totals.pop(tape), self._lists.pop(tape)
        self._busy.add(tape)
        release, service = self._planned(tape, recalls, mounted=totals.mounted)
        self._usage = charge(
            decay(self._usage, now, self._policy.half_life_s),
            totals.drive_seconds(service or chosen[0].service_s, self._drive),
        )
        return release

    def _planned(
        self, tape: str, recalls: list[Recall], *, mounted: bool
    ) -> tuple[Release, float]:
        if self._level == "tape":
            return Release(tape, [recall.id for recall in recalls], "block"), 0.0
        made = plan(
            [Extent(recall.id, recall.start, recall.length) for recall in recalls],
            head=self._heads.get(tape) if mounted else None,
            drive=self._drive,
            geometry=Geometry(trusted=True),
            effort=self._effort,
        )
        last = recalls[made.order[-1]]
        self._heads[tape] = last.start + last.length
        return Release(tape, [recalls[index].id for index in made.order], "given"), made.service_s

    def on_done(self, release: Release, now: float) -> None:
        """Its tape may be chosen again."""
        del now
        self._busy.discard(release.tape)
        if release.tape in self._totals:
            self._totals[release.tape].busy = False

    def wake_at(self, now: float) -> float | None:
        """Work-conserving: never waits on purpose."""
        del now
        return None
