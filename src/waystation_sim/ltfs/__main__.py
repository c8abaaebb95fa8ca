"""Commands: write cartridges, and be their drives.

python -m waystation_sim.ltfs write SOURCE MOUNT COUNT [BELOW]
python -m waystation_sim.ltfs drives SETTINGS.json
"""

import json
import sys
from pathlib import Path

from waystation_sim.library.profiles import profile_named
from waystation_sim.ltfs.cartridges import write_tree
from waystation_sim.ltfs.drives import LeaseDrives


def main(words: list[str]) -> int:
    """Run one of them; the exit code."""
    match words:
        case ["write", source, mount, count, *below]:
            names = [f"W{number:05}L9" for number in range(1, int(count) + 1)]
            write_tree(Path(source), Path(mount), names, below="".join(below))
        case ["drives", settings]:
            told = json.loads(Path(settings).read_text())
            drives = LeaseDrives(
                Path(told["mount"]),
                profile_named(told["profile"]),
                drives=told["drives"],
                wrap_ends=told["wrap_ends"],
            )
            sys.stdout.write(f"ready with {drives.take()} files\n")
            sys.stdout.flush()
            drives.serve(Path(told["log"]), told["speed_up"], Path(told["stop"]))
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
