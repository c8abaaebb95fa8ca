"""Jobs beside the data: commands whose inputs are on tape, and whose results come into a space."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from waystation.bootstrap.demo.spaces import SPACE
from waystation.bootstrap.demo.stage import STORE, SignIn
from waystation.bootstrap.up import Node
from waystation.settings import environment

_JOBS = 4
_PATIENCE_S = 120


def settings() -> str:
    """What stands in the node's settings for it: this machine runs jobs."""
    return '\n[jobs.clusters.here]\nkind = "local"\n'


def show(
    console: Console, node: Node, who: SignIn, home: Path, expected: Mapping[Path, str]
) -> bool:
    """Run a command for some files of the archive; whether each result is right."""
    chosen = sorted(expected)[:_JOBS]
    items = home / "items"
    items.write_text("".join(f"{path}\n" for path in chosen))
    words = (
        *("job", "run", "--wait", "--items", str(items), "--archive", f"{STORE}:{{item}}=in.dat"),
        *("--out", "sum.txt", "--to", f"{SPACE}:/sums", "--name", "checksums"),
        *("--", "sh", "-c", "sha256sum < in.dat > sum.txt"),
    )
    console.print("\n  [bold]Jobs beside the data[/]")
    console.print(f"  $ way {shlex.join(words)}", style="dim", highlight=False, soft_wrap=True)
    done = subprocess.run(
        [sys.executable, "-m", "waystation_client", *words],
        env=environment(WAYSTATION_URL=node.url, WAYSTATION_TOKEN=who.token),
        check=False,
        timeout=_PATIENCE_S,
        stdout=subprocess.DEVNULL,
    )
    made = [home / "spaces" / SPACE / "sums" / str(n) / "sum.txt" for n in range(1, _JOBS + 1)]
    told = [file.read_text().split()[0] for file in made if file.exists()]
    good = done.returncode == 0 and told == [expected[path] for path in chosen]
    verdict = "[green]every result is right[/]" if good else "[red]results are wrong[/]"
    console.print(f"  {len(told)} jobs read their inputs from tape and left a result, {verdict}")
    return good
