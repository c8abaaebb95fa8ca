"""`python -m benchmarks.tapebench`: the table of policies, and the goals beside it."""

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path

from benchmarks.tapebench.figures import Figures, figures_of
from benchmarks.tapebench.goals import verdicts
from benchmarks.tapebench.policies import ROWS, Row
from benchmarks.tapebench.scene import Scene, scene
from benchmarks.tapebench.service import Service, house
from benchmarks.tapebench.traces import HOURS
from benchmarks.tapebench.world import World
from waystation.domains.staging.planner.drive import PROFILES

SEEDS = 5
"""As many were published."""

COLUMNS = (
    ("makespan_h", "makespan h", "{:.1f}"),
    ("vs_bound", "x LB1", "{:.3f}"),
    ("mean_h", "mean h", "{:.2f}"),
    ("p50_h", "p50", "{:.2f}"),
    ("p95_h", "p95", "{:.2f}"),
    ("max_h", "max", "{:.1f}"),
    ("longest_list_h", "list", "{:.1f}"),
    ("light_mean_h", "light", "{:.2f}"),
    ("heavy_mean_h", "heavy", "{:.2f}"),
    ("worst_user", "worst", "{:.2f}"),
    ("mounts", "mounts", "{:.0f}"),
    ("mounts_per_tape_day", "/tape/d", "{:.2f}"),
    ("streaming", "stream", "{:.2f}"),
    ("cpu_s", "cpu s", "{:.1f}"),
    ("wall_s", "wall s", "{:.1f}"),
)


def run_once(row: Row, scene: Scene) -> Figures:
    """One policy on one trace of one seed."""
    scheduler = row.make(scene)
    try:
        outcome = World(scene.recalls, scheduler, scene.library()).run()
    finally:
        if isinstance(scheduler, Service):
            scheduler.close()
    return figures_of(scene.trace, outcome, scene.bound_s)


def mean_of(runs: Sequence[Figures]) -> Figures:
    """Each figure's mean over seeds."""
    means = {f.name: statistics.fmean(getattr(r, f.name) for r in runs) for f in fields(Figures)}
    return Figures(**means)  # type: ignore[arg-type]  # mounts becomes a mean, not a count


def _rows(wanted: argparse.Namespace, trace: str) -> Iterator[Row]:
    names, kinds = set(filter(None, wanted.policies.split(","))), set(wanted.level.split(","))
    if unknown := names - {row.name for row in ROWS}:
        raise SystemExit(f"no policy {', '.join(sorted(unknown))}")
    for row in ROWS:
        by_default = row.kind in kinds | {"peer"} and not (
            row.service and (wanted.quick or trace not in row.traces)
        )
        if row.name in names if names else by_default:
            yield row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tapebench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the rows of the service")
    parser.add_argument("--trace", default="burst,mod", help=f"of {', '.join(HOURS)}")
    parser.add_argument("--policies", default="", help=", ".join(row.name for row in ROWS))
    parser.add_argument("--level", default="positions,tape,nothing", help="what our rows see")
    parser.add_argument("--profile", default="L9", choices=sorted(PROFILES))
    parser.add_argument("--drives", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1, help=f"{SEEDS} were published")
    parser.add_argument("--json", type=Path, help="also write every run's figures here")
    return parser.parse_args()


def main() -> None:
    """Run, print, and say which goals hold."""
    wanted = _arguments()
    table: dict[tuple[str, str], Figures] = {}
    runs: list[dict[str, object]] = []
    with ExitStack() as stack:
        dsn = cache(lambda: stack.enter_context(house()))
        for trace in wanted.trace.split(","):
            _run_trace(trace, wanted, dsn, table, runs)
    if wanted.profile == "L9" and wanted.drives == 8:
        _print_goals(table)
    if wanted.json:
        wanted.json.write_text(json.dumps(runs, indent=1) + "\n")


def _run_trace(
    trace: str,
    wanted: argparse.Namespace,
    dsn: Callable[[], str],
    table: dict[tuple[str, str], Figures],
    runs: list[dict[str, object]],
) -> None:
    """Every row on one trace, printed as it comes, into `table` and `runs`."""
    print(f"\n{trace}, {wanted.profile}, {wanted.drives} drives, mean of {wanted.seeds} seed(s)")
    print(f"{'':24}" + "".join(f"{title:>11}" for _, title, _ in COLUMNS))
    scenes = [
        scene(trace, seed, wanted.profile, wanted.drives, dsn) for seed in range(wanted.seeds)
    ]
    for row in _rows(wanted, trace):
        each = [run_once(row, one) for one in scenes]
        runs += [
            {"trace": trace, "policy": row.name, "seed": n} | asdict(figures)
            for n, figures in enumerate(each)
        ]
        mean = table[trace, row.name] = mean_of(each)
        cells = (form.format(getattr(mean, name)) for name, _, form in COLUMNS)
        print(f"{row.name:24}" + "".join(f"{cell:>11}" for cell in cells), flush=True)


def _print_goals(table: dict[tuple[str, str], Figures]) -> None:
    print(f"\n{'goal':56}{'figure':>9}{'limit':>9}")
    for words, figure, limit in verdicts(table):
        print(f"{words:56}{figure:9.4f}{limit:9.4f}  {'holds' if figure <= limit else 'MISSED'}")


if __name__ == "__main__":
    main()
