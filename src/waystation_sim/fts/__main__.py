"""`python -m waystation_sim.fts ROOT`: a simulated FTS, as its `fts.json` says."""

import argparse
import asyncio
from pathlib import Path

from waystation_sim.fts.daemon import serve


def main() -> None:
    """Answer until it is stopped."""
    parser = argparse.ArgumentParser(prog="waystation_sim.fts", description=__doc__)
    parser.add_argument("root", type=Path, help="its directory")
    asyncio.run(serve(parser.parse_args().root))


if __name__ == "__main__":
    main()
