"""`python -m benchmarks.tapebench`: the table of policies, and the goals beside it."""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path

from benchmarks.tapebench.archive import Archive, make_archive, tape_name
from benchmarks.tapebench.bounds import makespan_bound_s
from benchmarks.tapebench.figures import Figures, figures_of
from benchmarks.tapebench.goals import verdicts
from benchmarks.tapebench.policies import ROWS, Row
from benchmarks.tapebench.scheduler import Recall
from benchmarks.tapebench.traces import HOURS, Trace, make_trace
from benchmarks.tapebench.world import World, recalls_of
from waystation.domains.staging.planner.drive import PROFILES
from waystation_sim.library import Library

ARCHIVE_SEED, TRACE_SEED, SEEDS, ROBOTS = 100, 200, 5, 2

COLUMNS = (
    ("makespan_h", "makespan h", "{:.1f}"),
    ("vs_bound", "x LB1", "{:.3f}"),
    ("mean_h", "mean h", "{:.2f}"),
    ("p50_h", "p50", "{:.2f}"),
    ("p95_h", "p95", "{:.2f}"),
    ("max_h", "max", "{:.1f}"),
    ("light_mean_h", "light", "{:.2f}"),
    ("heavy_mean_h", "heavy", "{:.2f}"),
    ("worst_user", "worst", "{:.2f}"),
    ("mounts", "mounts", "{:.0f}"),
    ("mounts_per_tape_day", "/tape/d", "{:.2f}"),
    ("streaming", "stream", "{:.2f}"),
    ("cpu_s", "cpu s", "{:.1f}"),
    ("wall_s", "wall s", "{:.1f}"),
)


@cache
def _archive(seed: int, profile: str) -> Archive:
    return make_archive(ARCHIVE_SEED + seed, capacity_bytes=PROFILES[profile].capacity_bytes)


@cache
def _work(trace: str, seed: int, profile: str, drives: int) -> tuple[Trace, list[Recall], float]:
    made = make_trace(_archive(seed, profile), trace, TRACE_SEED + seed)
    return made, recalls_of(made), makespan_bound_s(made, PROFILES[profile], drives)


def run_once(trace: str, row: Row, seed: int, profile: str, drives: int) -> Figures:
    """One policy on one trace of one seed."""
    made, recalls, bound = _work(trace, seed, profile, drives)
    tapes = [tape_name(number) for number in range(_archive(seed, profile).tapes)]
    library = Library(profile, drives=drives, robots=ROBOTS, tapes=tapes)
    outcome = World(recalls, row.make(PROFILES[profile], drives), library).run()
    return figures_of(made, outcome, bound)


def mean_of(runs: Sequence[Figures]) -> Figures:
    """Each figure's mean over seeds."""
    means = {f.name: statistics.fmean(getattr(r, f.name) for r in runs) for f in fields(Figures)}
    return Figures(**means)  # type: ignore[arg-type]  # mounts becomes a mean, not a count


def _rows(names: str, levels: str) -> Iterator[Row]:
    wanted, kinds = set(filter(None, names.split(","))), set(levels.split(",")) | {"peer"}
    if unknown := wanted - {row.name for row in ROWS}:
        raise SystemExit(f"no policy {', '.join(sorted(unknown))}")
    return (r for r in ROWS if (r.name in wanted if wanted else r.kind in kinds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tapebench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed instead of five")
    parser.add_argument("--trace", default="burst,mod", help=f"of {', '.join(HOURS)}")
    parser.add_argument("--policies", default="", help=", ".join(row.name for row in ROWS))
    parser.add_argument("--level", default="positions,tape,nothing", help="what our rows see")
    parser.add_argument("--profile", default="L9", choices=sorted(PROFILES))
    parser.add_argument("--drives", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--json", type=Path, help="also write every run's figures here")
    return parser.parse_args()


def main() -> None:
    """Run, print, and say which goals hold."""
    wanted = _arguments()
    seeds = 1 if wanted.quick else wanted.seeds
    table: dict[tuple[str, str], Figures] = {}
    runs: list[dict[str, object]] = []
    for trace in wanted.trace.split(","):
        print(f"\n{trace}, {wanted.profile}, {wanted.drives} drives, mean of {seeds} seed(s)")
        print(f"{'':16}" + "".join(f"{title:>11}" for _, title, _ in COLUMNS))
        for row in _rows(wanted.policies, wanted.level):
            each = [
                run_once(trace, row, seed, wanted.profile, wanted.drives) for seed in range(seeds)
            ]
            runs += [
                {"trace": trace, "policy": row.name, "seed": n} | asdict(figures)
                for n, figures in enumerate(each)
            ]
            mean = table[trace, row.name] = mean_of(each)
            cells = (form.format(getattr(mean, name)) for name, _, form in COLUMNS)
            print(f"{row.name:16}" + "".join(f"{cell:>11}" for cell in cells), flush=True)
    if wanted.profile == "L9" and wanted.drives == 8:
        _print_goals(table)
    if wanted.json:
        wanted.json.write_text(json.dumps(runs, indent=1) + "\n")


def _print_goals(table: dict[tuple[str, str], Figures]) -> None:
    print(f"\n{'goal':56}{'figure':>9}{'limit':>9}")
    for words, figure, limit in verdicts(table):
        print(f"{words:56}{figure:9.4f}{limit:9.4f}  {'holds' if figure <= limit else 'MISSED'}")


if __name__ == "__main__":
    main()
