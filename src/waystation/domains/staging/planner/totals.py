"""What waits on one tape, as running totals that cost nothing to keep."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.estimate import service_s


@dataclass(slots=True)
class OwnerTotals:
    """What one owner waits for on one tape."""

    files: int = 0
    bytes: int = 0
    arrival_sum_s: float = 0.0


@dataclass(slots=True)
class TapeTotals:
    """Everything the choice of a tape needs to know; adding a file is O(1).

    Attributes:
        tape: its name, unique within the back end.
        files, bytes: how much waits.
        oldest_s: arrival of the first file that waits.
        arrival_sum_s: sum of the arrivals, from which any moment's total age follows.
        by_owner: the same by owner, for fair share.
        mounted: the tape is in a drive that is not working.
        busy: a list of it is running: it cannot be chosen.
        serpentine: somebody orders its files better than by block: we or its drive.
        planned_s: service time of these files by a plan, if somebody made one; None otherwise.
    """

    tape: str
    files: int = 0
    bytes: int = 0
    oldest_s: float = float("inf")
    arrival_sum_s: float = 0.0
    by_owner: dict[str, OwnerTotals] = field(default_factory=dict)
    mounted: bool = False
    busy: bool = False
    serpentine: bool = True
    planned_s: float | None = None

    def add(self, *, owner: str, length: int, at_s: float) -> None:
        """Count one more waiting file of `length` bytes."""
        self.files += 1
        self.bytes += length
        # A plain comparison: a queue of a million is counted in under a second.
        if at_s < self.oldest_s:  # noqa: PLR1730 - see above
            self.oldest_s = at_s
        self.arrival_sum_s += at_s
        theirs = self.by_owner.get(owner)
        if theirs is None:
            theirs = self.by_owner[owner] = OwnerTotals()
        theirs.files += 1
        theirs.bytes += length
        theirs.arrival_sum_s += at_s
        self.planned_s = None

    def service_s(self, drive: DriveModel) -> float:
        """Seconds from a loaded tape to the last file read: the plan's, or an estimate."""
        if self.planned_s is not None:
            return self.planned_s
        return service_s(self.files, float(self.bytes), drive, serpentine=self.serpentine)

    def drive_seconds(self, service_s: float, drive: DriveModel) -> dict[str, float]:
        """How much of a list's time each owner is charged.

        The reading of the own bytes, and for each file an equal part of the rest (locating).
        """
        reading = self.bytes / drive.rate_bytes_s
        rest = max(0.0, service_s - reading) / max(1, self.files)
        return {
            owner: theirs.bytes / drive.rate_bytes_s + rest * theirs.files
            for owner, theirs in self.by_owner.items()
        }


def gather(recalls: Iterable[tuple[str, str, int, float]]) -> dict[str, TapeTotals]:
    """Totals by tape of waiting (tape, owner, length, arrival)."""
    totals: dict[str, TapeTotals] = {}
    for tape, owner, length, at_s in recalls:
        one = totals.get(tape)
        if one is None:
            one = totals[tape] = TapeTotals(tape)
        one.add(owner=owner, length=length, at_s=at_s)
    return totals
