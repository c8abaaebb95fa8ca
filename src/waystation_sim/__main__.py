"""`waystation-sim`: the simulated world on the command line."""

import argparse
import sys

from waystation_sim.site.cli import add_commands as add_site_commands
from waystation_sim.site.layout import SiteBusyError


def main() -> int:
    """Run one command of the simulated world; return its exit code."""
    parser = argparse.ArgumentParser(prog="waystation-sim", description=__doc__)
    add_site_commands(parser.add_subparsers(required=True, metavar="command"))
    given = parser.parse_args()
    try:
        return int(given.run(given))
    except (SiteBusyError, OSError, ValueError) as error:
        sys.stderr.write(f"waystation-sim: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
