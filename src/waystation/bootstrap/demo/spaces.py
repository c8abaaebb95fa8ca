"""Files of people and jobs: a person uploads a folder, a pilot uses curl and its proxy."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from waystation.bootstrap.demo.grid import Grid
from waystation.bootstrap.demo.source import digests, plain_files
from waystation.bootstrap.demo.stage import SignIn
from waystation.bootstrap.parts import run_part
from waystation.bootstrap.up import Node
from waystation.settings import environment

SPACE, STORE, ACCOUNT = "lab", "spaces", "dora"
_FILES = 300
_PATIENCE_S = 120


def settings(home: Path, grid: Grid, port: int) -> str:
    """What stands in the node's settings for it: a store on disk, and the grid port."""
    root = home / "spaces"
    root.mkdir()
    return f"""
[stores.{STORE}]
root = {json.dumps(str(root))}

[grid]
port = {port}
certificate = {json.dumps(str(grid.certificate))}
key = {json.dumps(str(grid.key))}
ca_dir = {json.dumps(str(grid.trusted))}
"""


def show(console: Console, node: Node, who: SignIn, grid: Grid, *, port: int, home: Path) -> bool:
    """Do it with the user's own commands; whether every byte came where it should."""
    run_part("user", "add", ACCOUNT, dsn=node.dsn)
    run_part("user", "dn", ACCOUNT, grid.subject, dsn=node.dsn)
    run_part("space", "add", SPACE, "--owner", ACCOUNT, "--store", STORE, dsn=node.dsn)
    run_part("space", "role", SPACE, who.name, "writer", dsn=node.dsn)
    console.print("\n  [bold]Files of people and jobs[/]")
    here = _some(home)
    good = _uploads(console, node, who, here)
    return _pilot(console, grid, here, f"https://localhost:{port}") and good


def _some(home: Path) -> Path:
    """A folder of small files for somebody to upload."""
    here = home / "results"
    here.mkdir()
    for n in range(_FILES):
        (here / f"result-{n:03}.txt").write_text(f"result {n} of the demonstration\n" * 50)
    return here


def _uploads(console: Console, node: Node, who: SignIn, here: Path) -> bool:
    """A person's folder goes up and comes down."""
    variables = environment(WAYSTATION_URL=node.url, WAYSTATION_TOKEN=who.token)
    back = here.with_name("fetched")
    for words in (
        ["put", "-r", str(here), f"{SPACE}:/results"],
        ["get", "-r", f"{SPACE}:/results", str(back)],
    ):
        console.print(f"  $ way {shlex.join(words)}", style="dim", highlight=False)
        command = [sys.executable, "-m", "waystation_client", *words]
        if subprocess.run(command, env=variables, check=False).returncode:
            return False
    sent = {path.name: digest for path, digest in digests(list(plain_files(here))).items()}
    came = {path.name: digest for path, digest in digests(list(plain_files(back))).items()}
    return _said(console, sent == came, f"{len(came)} files went up and came back")


def _pilot(console: Console, grid: Grid, here: Path, url: str) -> bool:
    """A job on a worker node: curl and a grid proxy, nothing else."""
    if shutil.which("curl") is None:
        console.print("  (there is no curl here: the pilot is left out)")
        return True
    shown = ["--cacert", str(grid.authority), "--cert", str(grid.proxy), "--key", str(grid.proxy)]
    fetched, posted = here.with_name("input"), here.with_name("output")
    at = f"{url}/dav/{SPACE}"
    if not _curl(console, [*shown, "-o", str(fetched), f"{at}/results/result-007.txt"]):
        return False
    posted.write_bytes(fetched.read_bytes().upper())
    if not _curl(console, [*shown, "-T", str(posted), f"{at}/output.txt"]):
        return False
    again = here.with_name("again")
    if not _curl(console, [*shown, "-o", str(again), f"{at}/output.txt"]):
        return False
    right = again.read_bytes() == (here / "result-007.txt").read_bytes().upper()
    return _said(console, right, "a pilot fetched its input and posted its output by its proxy")


def _curl(console: Console, words: list[str]) -> bool:
    command = ["curl", "-sS", "--fail", "--max-time", str(_PATIENCE_S), *words]
    console.print(f"  $ {shlex.join(command)}", style="dim", highlight=False, soft_wrap=True)
    return subprocess.run(command, check=False).returncode == 0


def _said(console: Console, good: bool, words: str) -> bool:  # noqa: FBT001 - the verdict
    verdict = "[green]every byte is right[/]" if good else "[red]bytes are wrong[/]"
    console.print(f"  {words}, {verdict}")
    return good
