"""The demonstration's last word: what came back, how long it took, against what."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from waystation.bootstrap.demo.source import digests
from waystation_sim.site.layout import Site
from waystation_sim.what_if import asked_of, compare, lower_bound_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen.

    Attributes:
        files: path in the cache to the checksum that it must have.
        seconds: from the request to its end, by the wall clock.
        speed_up: virtual seconds in one of them.
        mounts: tapes that were mounted; None when the tape system hides them.
        state: of the request at its end.
        face: as what the library answered.
    """

    files: dict[Path, str]
    seconds: float
    speed_up: float
    mounts: int | None
    state: str
    face: str


def wrong_files(outcome: Outcome) -> list[Path]:
    """Files whose bytes are not those that were archived."""
    now = digests(list(outcome.files))
    return [path for path, digest in outcome.files.items() if now[path] != digest]


def show(console: Console, site: Site, outcome: Outcome, wrong: list[Path]) -> None:
    """Print it."""
    size = sum(path.stat().st_size for path in outcome.files)
    asked = asked_of(site, [str(path) for path in outcome.files])
    bound = lower_bound_s(site, asked)
    ours = outcome.seconds * outcome.speed_up
    console.print()
    good = len(outcome.files) - len(wrong)
    verdict = "[green]every byte is right[/]" if not wrong else f"[red]{len(wrong)} are wrong[/]"
    console.print(
        f"  {good:,} of {len(outcome.files):,} files, {size / 1e6:,.0f} MB, {verdict} "
        f"(SHA-256); the request is {outcome.state}"
    )
    console.print(
        f"  {outcome.seconds:.1f} s here are {_hours(ours)} of a real library's time; "
        f"{'mounts are hidden' if outcome.mounts is None else f'{outcome.mounts} mounts'} "
        f"(face: {outcome.face})"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for title in ("  way of asking", "library time", "x bound", "mounts"):
        table.add_column(title, justify="left" if "way" in title else "right")
    for other in compare(site, asked):
        _row(table, other.name, other.seconds, bound, other.mounts)
    _row(table, "[bold]Waystation, measured just now[/]", ours, bound, outcome.mounts)
    _row(table, "lower bound: nothing can be quicker", bound, bound, None)
    console.print()
    console.print(table)


def _row(table: Table, name: str, seconds: float, bound: float, mounts: int | None) -> None:
    count = "" if mounts is None else f"{mounts:,}"
    table.add_row(f"  {name}", _hours(seconds), f"{seconds / bound:.2f}", count)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h"
