"""`python -m waystation_sim.globus ROOT`: a simulated Globus, as its `globus.json` says."""

import argparse
import asyncio
from pathlib import Path

from waystation_sim.globus.daemon import serve


def main() -> None:
    """Answer until it is stopped."""
    parser = argparse.ArgumentParser(prog="waystation_sim.globus", description=__doc__)
    parser.add_argument("root", type=Path, help="its directory")
    asyncio.run(serve(parser.parse_args().root))


if __name__ == "__main__":
    main()
