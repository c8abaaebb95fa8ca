"""The processes that work for the back end: `python -m waystation.backends.tape.ltfs`.

mover FOLDER DRIVE    read waiting lists as this drive
index FOLDER          bring the index of cartridges up to what is mounted
"""

import sys
from pathlib import Path

from waystation.backends.tape.ltfs.index import Index
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.backends.tape.ltfs.mover import move, settings_in
from waystation.backends.tape.ltfs.scan import refresh
from waystation.domains.staging.errors import BackendError
from waystation.kernel.clock import SystemClock


def main(words: list[str]) -> int:
    """Run one of them; the exit code."""
    try:
        match words:
            case ["mover", folder, drive]:
                move(settings_in(Path(folder)), int(drive), SystemClock())
            case ["index", folder]:
                _look_through(Path(folder))
            case _:
                sys.stderr.write(__doc__ or "")
                return 2
    except (OSError, ValueError, BackendError) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


def _look_through(folder: Path) -> None:
    config = settings_in(folder)
    with ListFolder(folder).locked("index.scan"):
        refresh(config, Index(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
