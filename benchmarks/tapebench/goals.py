"""What the planner promises on TapeBench, and whether a run kept it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.tapebench.figures import Figures

Table = Mapping[tuple[str, str], Figures]
"""Mean figures by (trace, policy)."""

PEERS = ("lba-oldest", "sltf-oldest", "cta-like", "hpss-like", "endit-like", "dcache-like")


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise: `figure` must be at most `limit`; KeyError if a row it needs was not run."""

    words: str
    limit: float
    figure: Callable[[Table], float]


def _best(table: Table, trace: str, field: str) -> float:
    return min(float(getattr(table[trace, peer], field)) for peer in PEERS)


def _beyond(run: Figures) -> float:
    """How long somebody waited beyond the longest list: at most the guard, it is promised."""
    return run.max_h - run.longest_list_h


def _service_goals() -> list[Goal]:
    """What the planner promises, kept by the whole product too."""
    return [
        Goal(
            "service: burst makespan / LB1, efficiency",
            1.12,
            lambda t: t["burst", "service efficiency"].vs_bound,
        ),
        Goal(
            "service: burst makespan / LB1, fair",
            1.16,
            lambda t: t["burst", "service fair"].vs_bound,
        ),
        Goal(
            "service: burst makespan / LB1, tape only",
            1.45,
            lambda t: t["burst", "service efficiency/tape"].vs_bound,
        ),
        Goal(
            "service: light users' mean, fair / efficiency (burst)",
            0.65,
            lambda t: (
                t["burst", "service fair"].light_mean_h
                / t["burst", "service efficiency"].light_mean_h
            ),
        ),
        Goal(
            "service: longest wait - longest list, fair (burst, h)",
            24.0,
            lambda t: _beyond(t["burst", "service fair"]),
        ),
        Goal(
            "service: moderate load, mean wait, efficiency (h)",
            0.62,
            lambda t: t["mod", "service efficiency"].mean_h,
        ),
        Goal(
            "service: moderate load, p95, efficiency (h)",
            2.2,
            lambda t: t["mod", "service efficiency"].p95_h,
        ),
    ]


GOALS: tuple[Goal, ...] = (
    *_service_goals(),
    Goal("burst makespan / LB1, efficiency", 1.12, lambda t: t["burst", "efficiency"].vs_bound),
    Goal("burst makespan / LB1, fair", 1.16, lambda t: t["burst", "fair"].vs_bound),
    Goal(
        "burst makespan / LB1, tape only",
        1.45,
        lambda t: t["burst", "efficiency/tape"].vs_bound,
    ),
    Goal(
        "light users' mean, fair / efficiency (burst)",
        0.65,
        lambda t: t["burst", "fair"].light_mean_h / t["burst", "efficiency"].light_mean_h,
    ),
    Goal(
        "longest wait - longest list, fair (burst, h)",
        24.0,
        lambda t: _beyond(t["burst", "fair"]),
    ),
    Goal(
        "moderate load: the same with a guard of 4 h (h)",
        4.0,
        lambda t: _beyond(t["mod", "fair-guard4h"]),
    ),
    Goal(
        "moderate load: mean wait, efficiency (h)", 0.62, lambda t: t["mod", "efficiency"].mean_h
    ),
    Goal("moderate load: p95, efficiency (h)", 2.2, lambda t: t["mod", "efficiency"].p95_h),
    Goal(
        "moderate load: longest wait with a guard of 4 h (h)",
        8.0,
        lambda t: t["mod", "fair-guard4h"].max_h,
    ),
    Goal(
        "burst makespan: efficiency / shim-8",
        1 / 12,
        lambda t: t["burst", "efficiency"].makespan_h / t["burst", "shim-8"].makespan_h,
    ),
    Goal(
        "burst mean: efficiency / shim-8",
        1 / 13,
        lambda t: t["burst", "efficiency"].mean_h / t["burst", "shim-8"].mean_h,
    ),
    Goal(
        "moderate mean: efficiency / shim-8",
        1 / 250,
        lambda t: t["mod", "efficiency"].mean_h / t["mod", "shim-8"].mean_h,
    ),
    Goal(
        "burst makespan: efficiency / lba-oldest",
        0.80,
        lambda t: t["burst", "efficiency"].makespan_h / t["burst", "lba-oldest"].makespan_h,
    ),
    Goal(
        "burst mean: efficiency / lba-oldest",
        0.75,
        lambda t: t["burst", "efficiency"].mean_h / t["burst", "lba-oldest"].mean_h,
    ),
    Goal(
        "moderate mean: efficiency / lba-oldest",
        1 / 3,
        lambda t: t["mod", "efficiency"].mean_h / t["mod", "lba-oldest"].mean_h,
    ),
    Goal(
        "burst makespan: efficiency / best peer",
        0.90,
        lambda t: t["burst", "efficiency"].makespan_h / _best(t, "burst", "makespan_h"),
    ),
    Goal(
        "moderate mean: efficiency / best peer",
        0.85,
        lambda t: t["mod", "efficiency"].mean_h / _best(t, "mod", "mean_h"),
    ),
    Goal(
        "moderate p95: efficiency / best peer",
        0.80,
        lambda t: t["mod", "efficiency"].p95_h / _best(t, "mod", "p95_h"),
    ),
)


def verdicts(table: Table) -> list[tuple[str, float, float]]:
    """(words, figure, limit) of every goal for which all rows were run."""
    found: list[tuple[str, float, float]] = []
    for goal in GOALS:
        try:
            found.append((goal.words, goal.figure(table), goal.limit))
        except KeyError:
            continue
    return found
