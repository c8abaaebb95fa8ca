"""Everything that the demonstration needs running: a site, a node, an account, a dataset."""

import dataclasses
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from waystation.bootstrap.demo.faces import eeadm
from waystation.bootstrap.parts import run_part
from waystation.bootstrap.up import Node
from waystation.domains.staging.door import PROFILES
from waystation.kernel.errors import UnavailableError
from waystation.settings import Settings, environment
from waystation_sim.library.profiles import profile_named
from waystation_sim.site.running import RunningSite

STORE, BACKEND = "archive", "library"
_READY_S = 60


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who the demonstration is."""

    name: str
    password: str
    token: str


def configuration(
    home: Path,
    site: RunningSite,
    *,
    drives: int,
    speed_up: float,
    scale: float,
    port: int,
    backend: str = "",
) -> Path:
    """Write the settings of a node whose tape system is the simulated site.

    Args:
        home: where the node keeps its things.
        site: whose files are the store.
        drives: of the library.
        speed_up: its seconds in one of ours.
        scale: its bytes for one real byte.
        port: of the web page.
        backend: settings of the tape system; empty is by `eeadm`.
    """
    drive = _scaled_drive(speed_up, scale)
    numbers = ", ".join(f"{name} = {value!r}" for name, value in drive.items())
    file = home / "waystation.toml"
    file.write_text(
        f"""data_dir = {json.dumps(str(home / "data"))}

[web]
port = {port}

[log]
level = "WARNING"

[planner]
fresh_s = 5
drive = {{ {numbers} }}

[backends.{BACKEND}]
{backend or eeadm.settings(site, drives)}
[stores.{STORE}]
backend = "{BACKEND}"
root = {json.dumps(str(site.cache))}
readers = ["*"]
confirm_above_files = 1000000
"""
    )
    return file


def settings_of(file: Path) -> Settings:
    """The settings in that file, for this process and the children that it starts."""
    os.environ["WAYSTATION_CONFIG"] = str(file)  # noqa: TID251 - handed to our own children
    return Settings()


def start_node(settings: Settings) -> tuple[Node, SignIn]:
    """Database, schema, an account with a token, web and worker."""
    node = Node(settings)
    dsn = node.start_database()
    run_part("migrate", dsn=dsn)
    password = run_part("user", "add", "demo", "--admin", dsn=dsn).strip()
    token = run_part("user", "token", "demo", "--label", "demonstration", dsn=dsn).strip()
    node.start_services()
    return node, SignIn("demo", password, token)


def wait_until_ready(node: Node) -> None:
    """Until the service answers.

    Raises:
        UnavailableError: it did not in a minute.
    """
    transport = httpx.HTTPTransport(retries=30)
    for _ in range(_READY_S * 4):
        try:
            with httpx.Client(transport=transport, timeout=5) as client:
                if client.get(f"{node.url}/api/v1/health").is_success:
                    return
        except httpx.TransportError:
            pass
        node.pause(0.25)
    raise UnavailableError("The service did not come up.", advice="Look at the messages above.")


def define_dataset(node: Node, who: SignIn, name: str, paths: list[str]) -> None:
    """Tell the catalogue which files a dataset has."""
    with _client(node, who) as client:
        client.put(f"/api/v1/datasets/{STORE}/{name}", json={"paths": paths}).raise_for_status()


def stage(node: Node, who: SignIn, dataset: str) -> int:
    """Ask for a dataset and follow it with the user's own command; its exit code."""
    variables = environment(WAYSTATION_URL=node.url, WAYSTATION_TOKEN=who.token)
    command = [sys.executable, "-m", "waystation_client", "stage", "--dataset", dataset]
    label = f"demonstration: {dataset}"
    return subprocess.run(
        [*command, "--store", STORE, "--wait", "--yes", "--label", label],
        env=variables,
        check=False,
    ).returncode


def newest_request(node: Node, who: SignIn) -> dict[str, object]:
    """The request that was made last."""
    with _client(node, who) as client:
        found = client.get("/api/v1/stage-requests?limit=1").json()["requests"]
        return dict(found[0])


def mounts(node: Node, who: SignIn) -> int:
    """How many tapes were mounted in the last hour."""
    with _client(node, who) as client:
        return int(client.get("/api/v1/library").json()["mounts_last_hour"])


def _client(node: Node, who: SignIn) -> httpx.Client:
    headers = {"Authorization": f"Bearer {who.token}"}
    return httpx.Client(base_url=node.url, headers=headers, timeout=60)


def _scaled_drive(speed_up: float, scale: float) -> dict[str, float]:
    """The simulated drives in real seconds and real bytes, as a site would state its own."""
    sim, ours = profile_named("L9"), dataclasses.asdict(PROFILES["L9"])
    seconds = {
        name: float(value) / speed_up
        for name, value in ours.items()
        if name.endswith("_s") and name != "rate_bytes_s"
    }
    return {
        **seconds,
        "rate_bytes_s": sim.rate_bytes_s * speed_up / scale,
        "capacity_bytes": sim.capacity_bytes / scale,
    }
