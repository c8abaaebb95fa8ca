"""The commands of `waystation-sim` that make, run and break a simulated archive site."""

import argparse
import asyncio
import sys
from pathlib import Path

import waystation_sim
from waystation_sim.child import send_order
from waystation_sim.library import PROFILES
from waystation_sim.site.archive import archive
from waystation_sim.site.daemon import run, write_eeadm
from waystation_sim.site.layout import Site, SiteSettings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `archive`, `run`, `eeadm-bin` and `fault` to the parser."""
    make = commands.add_parser("archive", help="write a real tree onto simulated cartridges")
    make.add_argument("--site", required=True, type=Path)
    make.add_argument("--from", dest="source", required=True, type=Path)
    make.add_argument("--tapes", type=int, default=8)
    make.add_argument("--drives", type=int, default=4, help="in each library")
    make.add_argument("--libraries", type=int, default=1)
    make.add_argument("--profile", choices=sorted(PROFILES), default="L9")
    make.add_argument("--seed", type=int, default=1)
    make.set_defaults(run=_archive)

    serve = commands.add_parser("run", help="run the site's daemon until it is stopped")
    serve.add_argument("--site", required=True, type=Path)
    serve.add_argument("--speed-up", type=float, default=2000.0)
    serve.add_argument(
        "--scale",
        default="auto",
        help="cartridge bytes for one real byte; auto = the fullest cartridge 70%% full",
    )
    serve.set_defaults(run=_run)

    command = commands.add_parser("eeadm-bin", help="write an eeadm for this site")
    command.add_argument("--site", required=True, type=Path)
    command.add_argument("--to", required=True, type=Path)
    command.set_defaults(run=_eeadm_bin)

    fault = commands.add_parser("fault", help="break or mend something of a running site")
    fault.add_argument("--site", required=True, type=Path)
    fault.add_argument(
        "kind",
        help="bad-tape, good-tape, tape-state, bad-file, stuck-drive, fix-drive, drive-out,"
        " delay, fail",
    )
    fault.add_argument("name", nargs="?", help="barcode, path, library/drive or eeadm command")
    fault.add_argument("--from", dest="start", type=int, help="bad from this real byte on")
    fault.add_argument("--state", help="tape state word")
    fault.add_argument("--seconds", type=float, help="virtual for drives, real for delays")
    fault.add_argument("--calls", type=int, help="how many calls fail")
    fault.add_argument("--rc", type=int)
    fault.add_argument("--stderr")
    fault.set_defaults(run=_fault)


def _archive(given: argparse.Namespace) -> int:
    settings = SiteSettings(given.profile, given.libraries, given.drives)
    with Site(given.site) as site:
        count = archive(given.source, site, settings, given.tapes, given.seed)
    sys.stdout.write(f"{count} files on tape at {given.site}\n")
    return 0


def _run(given: argparse.Namespace) -> int:
    with Site(given.site) as site:
        asyncio.run(run(site, speed_up=given.speed_up, scale=given.scale))
    return 0


def _eeadm_bin(given: argparse.Namespace) -> int:
    source = str(Path(waystation_sim.__file__).parents[1])
    write_eeadm(Site(given.site), str(given.to), sys.executable, source)
    return 0


def _fault(given: argparse.Namespace) -> int:
    words = {
        "kind": given.kind,
        "name": given.name,
        "from": given.start,
        "state": given.state,
        "seconds": given.seconds,
        "calls": given.calls,
        "rc": given.rc,
        "stderr": given.stderr,
    }
    order = {word: value for word, value in words.items() if value is not None}
    return send_order(Site(given.site).socket, order)
