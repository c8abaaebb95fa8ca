"""The commands that set a simulated site up as ScoutAM and run it."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from waystation_sim.scoutam.certificates import make_certificate
from waystation_sim.scoutam.daemon import run
from waystation_sim.scoutam.settings import ScoutSettings, free_ports
from waystation_sim.site.layout import Site


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `scoutam-setup` and `scoutam` to the parser; faults go by `waystation-sim fault`."""
    make = commands.add_parser("scoutam-setup", help="let an archived site answer as ScoutAM")
    make.add_argument("--site", required=True, type=Path)
    make.add_argument("--nodes", type=int, default=2)
    make.add_argument("--token-seconds", type=float, default=3600.0)
    make.add_argument("--kafka", type=json.loads, help="librdkafka settings as a JSON object")
    make.set_defaults(run=_set_up)

    serve = commands.add_parser("scoutam", help="run a site as ScoutAM until it is stopped")
    serve.add_argument("--site", required=True, type=Path)
    serve.add_argument("--speed-up", type=float, default=2000.0)
    serve.add_argument("--scale", default="auto", help="as for `run`")
    serve.set_defaults(run=_run)


def set_up(
    site: Site,
    *,
    nodes: int = 2,
    token_s: float = 3600.0,
    kafka: dict[str, str] | None = None,
) -> ScoutSettings:
    """Give a site ports, a certificate and an account; return what was settled."""
    certificate, key = make_certificate(site.root)
    settings = ScoutSettings(
        ports=free_ports(nodes),
        certificate=str(certificate),
        key=str(key),
        token_s=token_s,
        kafka=kafka,
    )
    settings.keep(site.root)
    return settings


def _set_up(given: argparse.Namespace) -> int:
    settings = set_up(
        Site(given.site), nodes=given.nodes, token_s=given.token_seconds, kafka=given.kafka
    )
    for port in settings.ports:
        sys.stdout.write(f"https://127.0.0.1:{port}\n")
    sys.stdout.write(f"account {settings.account}, CA file {settings.certificate}\n")
    return 0


def _run(given: argparse.Namespace) -> int:
    with Site(given.site) as site:
        asyncio.run(run(site, speed_up=given.speed_up, scale=given.scale))
    return 0
