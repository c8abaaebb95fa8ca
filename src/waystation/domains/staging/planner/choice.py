"""Which tapes next: by aged rate with fair shares, a guard for the oldest, and an even finish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from waystation.domains.staging.planner.drive import DriveModel
from waystation.domains.staging.planner.totals import TapeTotals
from waystation.domains.staging.planner.usage import Usage, charge, decay, weights

HOUR_S: Final = 3600.0
CRITICAL: Final = {"fair": 0.3, "efficiency": 0.15}
"""A list longer than this part of what each drive has left is begun now (`_critical`).

The smaller, the more even the finish (TapeBench burst: makespan 1.048 x LB1 at 0.5, 1.038 at 0.3),
but long lists are heavy users' lists: below 0.2 the light users of "fair" wait longer for them.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """How full a tape's list must be before it is worth a mount, once mounts have run out."""

    bytes: float = 200e9
    wait_s: float = HOUR_S


@dataclass(frozen=True, slots=True)
class Policy:
    """How tapes are chosen.

    Attributes:
        kind: "fair" divides a file's weight by what its owner used lately; "efficiency" does not.
        tau_s: waiting this long doubles a file's weight. Below an hour ages rule and drives are
            wasted; above six the longest waits grow (TapeBench, moderate load). Three hours suit
            "fair" at moderate load a little better still, one hour a burst.
        guard_s: a tape whose oldest file waits longer than this goes first, whatever its rate.
        half_life_s: how fast used drive-seconds are forgotten.
        shares: weight of an owner against others, 1 where not named.
        mounts_per_day: mount budget; beyond it only mounted tapes, tapes past `window` and tapes
            past the guard are chosen. None: no budget (windows cost 2.6 to 7 times the mean wait
            at moderate and light load, so they are there to spare tapes, not to help people).
        window: what a tape must have to be mounted beyond the budget.
    """

    kind: Literal["fair", "efficiency"] = "fair"
    tau_s: float = HOUR_S
    guard_s: float = 24 * HOUR_S
    half_life_s: float = 2 * HOUR_S
    shares: Mapping[str, float] = field(default_factory=dict)
    mounts_per_day: int | None = None
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class Choice:
    """A tape to serve now.

    Attributes:
        tape: whose whole list is to be released.
        score: what it was chosen by; comparable only within one kind of reason.
        reason: words a page can show.
        service_s: expected seconds from loaded to the last file read.
        mount_s: expected seconds until it is loaded, none when it is in a drive already.
    """

    tape: str
    score: float
    reason: str
    service_s: float
    mount_s: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    totals: TapeTotals
    service_s: float
    mount_s: float

    @property
    def drive_s(self) -> float:
        """Service and, unless it is mounted, the mount."""
        return self.service_s + self.mount_s

    def chosen(self, score: float, reason: str) -> Choice:
        """This one it is."""
        return Choice(self.totals.tape, score, reason, self.service_s, self.mount_s)


def choose(
    totals: Iterable[TapeTotals],
    *,
    usage: Usage,
    policy: Policy,
    drive: DriveModel,
    now_s: float,
    slots: int,
    drives: int | None = None,
    mounts_last_day: int = 0,
) -> list[Choice]:
    """Up to `slots` different tapes to serve now, best first; O(tapes x owners) for each.

    `drives` is how many lists run at once when all are busy (`slots` are those free now); without
    it the even finish is not looked after.

    The index of a tape is the sum over its files of weight x (1 + age / tau), over the seconds its
    list keeps a drive: the "c-mu" rule for weighted waiting, aged. Owners are charged for what was
    just chosen, so that several free drives do not all go to one.
    """
    waiting = [_candidate(t, drive) for t in totals if t.files and not t.busy]
    usage = decay(usage, now_s, policy.half_life_s)
    chosen: list[Choice] = []
    while waiting and len(chosen) < slots:
        allowed = _within_budget(waiting, policy, now_s, mounts_last_day)
        if not allowed:
            break
        best, choice = _best(allowed, usage, policy, now_s, drives)
        chosen.append(choice)
        waiting.remove(best)
        mounts_last_day += not best.totals.mounted
        usage = charge(usage, best.totals.drive_seconds(best.service_s, drive))
    return chosen


def _candidate(totals: TapeTotals, drive: DriveModel) -> _Candidate:
    mount = 0.0 if totals.mounted else drive.mount_cycle_s()
    return _Candidate(totals, totals.service_s(drive), mount)


def rank(
    totals: Iterable[TapeTotals],
    *,
    usage: Usage,
    policy: Policy,
    drive: DriveModel,
    now_s: float,
) -> list[Choice]:
    """All waiting tapes in the order of their present scores, as if nothing would change.

    One pass; `choose` looks again after every pick. For pages and for forecasts of the far end.
    """
    waiting = [_candidate(t, drive) for t in totals if t.files and not t.busy]
    late = [c for c in waiting if now_s - c.totals.oldest_s > policy.guard_s]
    late.sort(key=lambda c: c.totals.oldest_s)
    rest = [c for c in waiting if now_s - c.totals.oldest_s <= policy.guard_s]
    scored = _scored(rest, decay(usage, now_s, policy.half_life_s), policy, now_s)
    scored.sort(key=lambda pair: -pair[0])
    return [_guarded(c, policy, now_s) for c in late] + [
        _rated(score, c, policy) for score, c in scored
    ]


def _best(
    waiting: Sequence[_Candidate], usage: Usage, policy: Policy, now_s: float, drives: int | None
) -> tuple[_Candidate, Choice]:
    """The candidate to take, by the first rule that speaks: guard, even finish, aged rate."""
    oldest = min(waiting, key=lambda c: c.totals.oldest_s)
    if now_s - oldest.totals.oldest_s > policy.guard_s:
        return oldest, _guarded(oldest, policy, now_s)
    longest = max(waiting, key=lambda c: c.drive_s)
    if drives is not None and _critical(longest, waiting, policy, drives):
        span = _span(longest.drive_s)
        reason = f"longest list left ({span}): begun now so that the drives finish together"
        return longest, longest.chosen(longest.drive_s, reason)
    score, best = max(_scored(waiting, usage, policy, now_s), key=lambda pair: pair[0])
    return best, _rated(score, best, policy)


def _critical(
    longest: _Candidate, waiting: Sequence[_Candidate], policy: Policy, drives: int
) -> bool:
    """Begun later than now, this list would keep one drive busy alone at the end.

    Asked also while people keep asking: to wait until nothing more came gained nobody anything
    (TapeBench, moderate load: 0.36 h either way) and cost a single large request a fifth.
    """
    part = CRITICAL[policy.kind]
    return longest.drive_s > part * sum(c.drive_s for c in waiting) / drives


def _scored(
    waiting: Sequence[_Candidate], usage: Usage, policy: Policy, now_s: float
) -> list[tuple[float, _Candidate]]:
    """Each candidate with its index: aged, weighted files per second of drive."""
    weight = None
    if policy.kind == "fair":
        owners = {owner for c in waiting for owner in c.totals.by_owner}
        weight = weights(usage, owners, policy.shares)
    return [(_aged(c.totals, weight, policy.tau_s, now_s) / c.drive_s, c) for c in waiting]


def _guarded(candidate: _Candidate, policy: Policy, now_s: float) -> Choice:
    waited = now_s - candidate.totals.oldest_s
    reason = f"oldest waits {_span(waited)}, longer than the guard of {_span(policy.guard_s)}"
    return candidate.chosen(waited, reason)


def _rated(score: float, candidate: _Candidate, policy: Policy) -> Choice:
    files = candidate.totals.files
    what = "best rate" if policy.kind == "efficiency" else "best rate by fair share"
    if candidate.totals.mounted:
        what = "already mounted"
    reason = f"{what}: {files:,} file{'s'[: files != 1]} in about {_span(candidate.drive_s)}"
    return candidate.chosen(score, reason)


def _aged(
    totals: TapeTotals, weight: Mapping[str, float] | None, tau_s: float, now_s: float
) -> float:
    """Sum over the tape's files of weight x (1 + age / tau)."""
    if weight is None:
        return totals.files + (totals.files * now_s - totals.arrival_sum_s) / tau_s
    return sum(
        weight[owner] * (own.files + (own.files * now_s - own.arrival_sum_s) / tau_s)
        for owner, own in totals.by_owner.items()
    )


def _within_budget(
    waiting: list[_Candidate], policy: Policy, now_s: float, mounts_last_day: int
) -> list[_Candidate]:
    """Those that may be taken now under the mount budget."""
    if policy.mounts_per_day is None or mounts_last_day < policy.mounts_per_day:
        return waiting
    limit = min(policy.window.wait_s, policy.guard_s)
    return [
        c
        for c in waiting
        if c.totals.mounted
        or c.totals.bytes >= policy.window.bytes
        or now_s - c.totals.oldest_s >= limit
    ]


def _span(seconds: float) -> str:
    """A length of time in words: "45 s", "21 min", "25 h"."""
    if seconds < 100:  # noqa: PLR2004 - below, seconds are easier to read
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR_S:.0f} h"
