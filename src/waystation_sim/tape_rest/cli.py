"""The commands that set a simulated site up as a Tape REST server and run it."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from waystation_sim.scoutam.certificates import make_certificate
from waystation_sim.scoutam.settings import free_ports
from waystation_sim.site.layout import Site
from waystation_sim.tape_rest.daemon import run
from waystation_sim.tape_rest.flavours import FLAVOURS
from waystation_sim.tape_rest.settings import DISCOVERY, TapeRestSettings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `setup` and `run` to the parser; faults go by `waystation-sim fault`."""
    make = commands.add_parser("setup", help="let an archived site answer the Tape REST API")
    make.add_argument("--site", required=True, type=Path)
    make.add_argument("--flavour", choices=sorted(FLAVOURS), default="reference")
    make.add_argument("--changes", type=json.loads, default={}, help="switches, a JSON object")
    make.add_argument("--token", action="append", default=[], help="that is good; repeatable")
    make.add_argument("--client-ca", default="", help="who signs people's certificates")
    make.add_argument("--http", action="store_true", help="without TLS")
    make.set_defaults(run=_set_up)

    serve = commands.add_parser("run", help="answer until it is stopped")
    serve.add_argument("--site", required=True, type=Path)
    serve.add_argument("--speed-up", type=float, default=2000.0)
    serve.add_argument("--scale", default="auto", help="as for `waystation-sim run`")
    serve.set_defaults(run=_run)


def set_up(site: Site, *, http: bool = False, **told: object) -> TapeRestSettings:
    """Give a site a port and, for HTTPS without one, a certificate; return what was settled.

    Args:
        site: an archived one.
        http: plain HTTP.
        told: other fields of `TapeRestSettings`.
    """
    if not http and not told.get("certificate"):
        certificate, key = make_certificate(site.root, "tape-rest")
        told = {**told, "certificate": str(certificate), "key": str(key)}
    settings = TapeRestSettings(port=free_ports(1)[0], **told)  # type: ignore[arg-type]
    settings.keep(site.root)
    return settings


def _set_up(given: argparse.Namespace) -> int:
    settings = set_up(
        Site(given.site),
        http=given.http,
        kind=given.flavour,
        changes=given.changes,
        tokens=tuple(given.token),
        client_ca=given.client_ca,
    )
    sys.stdout.write(f"{settings.origin}{DISCOVERY}\n")
    return 0


def _run(given: argparse.Namespace) -> int:
    with Site(given.site) as site:
        asyncio.run(run(site, speed_up=given.speed_up, scale=given.scale))
    return 0
