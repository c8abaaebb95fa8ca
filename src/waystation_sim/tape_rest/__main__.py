"""`python -m waystation_sim.tape_rest`: the commands of the simulated Tape REST site."""

import argparse
import sys

from waystation_sim.site.layout import SiteBusyError
from waystation_sim.tape_rest.cli import add_commands


def main() -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(prog="waystation_sim.tape_rest", description=__doc__)
    add_commands(parser.add_subparsers(required=True, metavar="command"))
    given = parser.parse_args()
    try:
        return int(given.run(given))
    except (SiteBusyError, OSError, ValueError) as error:
        sys.stderr.write(f"waystation_sim.tape_rest: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
