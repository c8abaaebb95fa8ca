"""Two sites and a rule: a second node beside the first gets what people put into a space."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console

from waystation.backends.postgres.supervisor import Layout
from waystation.bootstrap.demo.source import digests, plain_files
from waystation.bootstrap.demo.spaces import SPACE
from waystation.bootstrap.demo.stage import SignIn
from waystation.bootstrap.up import Node, free_port
from waystation.settings import environment

HERE, THERE, HOST, COPY = "here", "there", "demo", "copy"
_READY_S, _COME_S, _STOP_S = 90.0, 120.0, 20.0


def settings(home: Path) -> str:
    """What stands in the first node's settings for it."""
    paths = json.dumps([str(home / "there" / "spaces")])
    return f'\n[sites]\nname = "{HERE}"\nhosts = ["{HOST}"]\npaths = {paths}\n'


def show(console: Console, node: Node, who: SignIn, home: Path, others: ExitStack) -> bool:
    """Pair the sites, make a rule, and look whether every byte comes to the other one.

    The second site lives as long as `others`.
    """
    console.print("\n  [bold]Two sites and a rule[/]")
    with console.status("a second site"):
        there = others.enter_context(_second(node, home / "there"))
    mine = environment(WAYSTATION_POSTGRES__DSN=node.dsn, WAYSTATION_WEB__PORT=str(node.port))
    at = Layout(home / "there" / "data" / "postgres")
    port, password = at.port.read_text().strip(), at.password.read_text().strip()
    dsn = f"postgresql://waystation:{password}@127.0.0.1:{port}/waystation"
    theirs = {**there, "WAYSTATION_POSTGRES__DSN": dsn}
    _waystation(theirs, "user", "add", "keeper")
    _waystation(theirs, "space", "add", COPY, "--owner", "keeper", "--store", "disk")
    console.print(f"  there $ waystation partner invite {HERE} --space {COPY}", style="dim")
    code = _waystation(theirs, "partner", "invite", HERE, "--space", COPY)
    console.print("  here  $ waystation partner join CODE", style="dim")
    _waystation(mine, "partner", "join", code)
    rule = ("replicate", "demo", f"{SPACE}:/results", f"{THERE}:{COPY}")
    console.print(f"  here  $ way {shlex.join(rule)}", style="dim", highlight=False)
    user = environment(WAYSTATION_URL=node.url, WAYSTATION_TOKEN=who.token)
    command = [sys.executable, "-m", "waystation_client", *rule]
    subprocess.run(command, env=user, check=True, capture_output=True)
    return _came(console, node, home)


@contextmanager
def _second(node: Node, home: Path) -> Iterator[Mapping[str, str]]:
    """Another node; the environment of its commands."""
    root, port = home / "spaces", free_port("127.0.0.1", 0)
    root.mkdir(parents=True)
    file = home / "waystation.toml"
    file.write_text(
        f"data_dir = {json.dumps(str(home / 'data'))}\n"
        f"[web]\nport = {port}\n[log]\nlevel = 'WARNING'\n"
        f"[stores.disk]\nroot = {json.dumps(str(root))}\n"
        f"[sites]\nname = '{THERE}'\nhosts = ['{HOST}']\n"
    )
    known = environment(WAYSTATION_CONFIG=str(file))
    with (home / "node.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "waystation", "up"], env=known, stdout=log, stderr=log
        )
    try:
        _wait_until_ready(node, f"http://127.0.0.1:{port}", child)
        yield known
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_STOP_S)
        child.kill()


def _wait_until_ready(node: Node, url: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end and child.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/api/v1/health", timeout=5).is_success:
                return
        node.pause(0.2)


def _came(console: Console, node: Node, home: Path) -> bool:
    """Whether the folder comes to the other site, as it is here."""
    sent = _by_name(home / "results")
    folder, end = home / "there" / "spaces" / COPY / "results", time.monotonic() + _COME_S
    began, came = time.monotonic(), dict[str, str]()
    while time.monotonic() < end and len(came) < len(sent):
        node.pause(0.2)
        came = _by_name(folder) if folder.exists() else {}
    good = came == sent
    verdict = "[green]every byte is right[/]" if good else "[red]bytes are wrong[/]"
    took = time.monotonic() - began
    console.print(f"  {len(came)} files came to the other site in {took:.1f} s, {verdict}")
    return good


def _by_name(folder: Path) -> dict[str, str]:
    return {path.name: digest for path, digest in digests(list(plain_files(folder))).items()}


def _waystation(variables: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "waystation", *words]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    return done.stdout.strip()
