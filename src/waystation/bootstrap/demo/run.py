"""The demonstration from beginning to end."""

import logging
import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from rich.console import Console

from waystation.bootstrap.demo import jobs, report, sites, source, spaces, stage
from waystation.bootstrap.demo.faces import named
from waystation.bootstrap.demo.faces.face import Face
from waystation.bootstrap.demo.grid import make as make_grid
from waystation.bootstrap.up import Node, free_port
from waystation.kernel import logs
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import MalformedError
from waystation_sim.site.hardware import scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite
from waystation_sim.what_if import asked_of, compare

log = logging.getLogger(__name__)

DRIVES = 4
_BYTES_A_TAPE = 40e6
_FEWEST, _MOST = 8, 40
# About how long recalling takes on the wall clock: long enough to watch, short enough to wait.
_WATCH_S = 40.0
_SLOWEST, _FASTEST = 50.0, 5_000.0


def demonstrate(home: Path, tree: Path | None, *, face: str, once: bool, port: int) -> int:
    """Archive a tree, stage a dataset of it, check every byte; 0 only if all were right.

    Args:
        home: where all is kept; emptied first.
        tree: what is archived; None is Python's own files.
        face: as which tape system the library answers, see `faces`.
        once: end after the report.
        port: of the web page; 0 is a free one.

    Raises:
        MalformedError: there is no such face, or no file in the tree.
    """
    wears = named(face)
    console = Console()
    logs.set_up(level="WARNING", loggers={}, form="text")
    site = _archived(console, wears, home, tree)
    wanted = _dataset(site)
    scale, speed_up = _pace(site, wanted)
    with console.status("checksums of what was archived"):
        expected = source.digests(_originals(site, home, tree, wanted))
    paced = wears.site(site.site.root, speed_up, str(scale))
    with wears.running(home, paced, DRIVES) as backend, ExitStack() as others:
        file = stage.configuration(
            home,
            site,
            drives=DRIVES,
            speed_up=speed_up,
            scale=scale,
            port=port,
            backend=backend,
        )
        grid, grid_port = make_grid(home / "grid", SystemClock().now()), free_port("127.0.0.1", 0)
        with file.open("a") as more:
            more.write(
                spaces.settings(home, grid, grid_port) + sites.settings(home) + jobs.settings()
            )
        with console.status("database, web server and workers"):
            node, who = stage.start_node(stage.settings_of(file))
        try:
            stage.wait_until_ready(node)
            console.print(f"  live at [bold]{node.url}[/]   sign in: demo / {who.password}\n")
            stage.define_dataset(node, who, "demo", [str(path) for path in wanted])
            code = stage.stage(node, who, "demo")
            outcome = _outcome(node, who, wanted, expected, speed_up, face=wears)
            wrong = report.wrong_files(outcome)
            report.show(console, site.site, outcome, wrong)
            moved = spaces.show(console, node, who, grid, port=grid_port, home=home)
            moved = jobs.show(console, node, who, home, outcome.files) and moved
            moved = sites.show(console, node, who, home, others) and moved
            if not once:
                _stay(console, node)
            good = not wrong and outcome.state == "complete" and code == 0 and moved
            return 0 if good else 1
        finally:
            node.stop()


def _archived(console: Console, face: Face, home: Path, tree: Path | None) -> RunningSite:
    """A new site below `home` with the tree on its tapes, nothing of an earlier one."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    home.chmod(0o755)
    with console.status("gathering files"):
        where = tree or source.gather(home / "source")
        files = list(source.plain_files(where))
    if not files:
        raise MalformedError(f"There are no files in {where}.", advice="Take another FROM.")
    size = sum(file.stat().st_size for file in files)
    tapes = int(min(_MOST, max(_FEWEST, size / _BYTES_A_TAPE)))
    site = face.site(home / "site", _SLOWEST, "auto")
    with console.status(f"writing {len(files):,} files ({size / 1e6:,.0f} MB) to {tapes} tapes"):
        site.archive(where, SiteSettings(drives=DRIVES), tapes=tapes)
    console.print(
        f"  {len(files):,} files, {size / 1e6:,.0f} MB, are on {tapes} simulated LTO-9 "
        f"cartridges; {DRIVES} drives; the library answers as {face.words}"
    )
    return site


def _dataset(site: RunningSite) -> list[Path]:
    """Every other directory: files of a dataset lie scattered among others on their tapes."""
    folders = sorted({path.parent for path in source.plain_files(site.cache)})
    chosen = set(folders[::2])
    return [path for path in source.plain_files(site.cache) if path.parent in chosen]


def _pace(site: RunningSite, wanted: list[Path]) -> tuple[float, float]:
    """Scale and speed-up: recalling is to take about as long as somebody likes to watch."""
    index = Index(site.site.database)
    scale = scale_for("auto", index.tapes(), site.site.settings())
    index.close()
    expected = compare(site.site, asked_of(site.site, [str(path) for path in wanted]))[-1]
    return scale, min(_FASTEST, max(_SLOWEST, expected.seconds / _WATCH_S))


def _originals(site: RunningSite, home: Path, tree: Path | None, wanted: list[Path]) -> list[Path]:
    base = tree or home / "source"
    return [base / path.relative_to(site.cache) for path in wanted]


def _outcome(
    node: Node,
    who: stage.SignIn,
    wanted: list[Path],
    expected: dict[Path, str],
    speed_up: float,
    *,
    face: Face,
) -> report.Outcome:
    request = stage.newest_request(node, who)
    ended = str(request["finished"] or request["created"])
    began = datetime.fromisoformat(str(request["created"]))
    return report.Outcome(
        files=dict(zip(wanted, expected.values(), strict=True)),
        seconds=(datetime.fromisoformat(ended) - began).total_seconds(),
        speed_up=speed_up,
        mounts=stage.mounts(node, who) if face.shows_mounts else None,
        face=face.words,
        state=str(request["state"]),
    )


def _stay(console: Console, node: Node) -> None:
    console.print(f"\n  It keeps running: [bold]{node.url}[/]. Ctrl-C ends it.")
    node.watch()
