"""A whole Waystation over a simulated tape library, in a process of its own.

Prints one JSON line when it is ready and ends when its standard input does, so that it never
outlives the test run that started it.
"""

import json
import random
import sys
import threading
from pathlib import Path

from waystation.bootstrap.demo import stage
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite

SPEED_UP = 400.0
SCALE = 500_000.0
DRIVES = 4
DIRECTORIES, FILES_EACH = 6, 50


def main(home: Path) -> None:
    """Archive some files, start everything, say where it is, wait to be told to stop."""
    bytes_of = random.Random(7)
    source = home / "source"
    for run in range(DIRECTORIES):
        (source / f"run{run}").mkdir(parents=True)
        for n in range(FILES_EACH):
            content = bytes_of.randbytes(bytes_of.randint(2_000, 40_000))
            (source / f"run{run}" / f"obs-{n:04d}.fits").write_bytes(content)
    site = RunningSite(home / "site")
    site.archive(source, SiteSettings(drives=DRIVES), tapes=8)
    file = stage.configuration(
        home, site, drives=DRIVES, speed_up=SPEED_UP, scale=SCALE, port=0
    )
    with RunningSite(site.site.root, speed_up=SPEED_UP, scale="auto"):
        node, who = stage.start_node(stage.settings_of(file))
        try:
            stage.wait_until_ready(node)
            paths = [str(path) for path in sorted(site.cache.rglob("*.fits"))]
            stage.define_dataset(node, who, "all-runs", paths)
            ready = {"url": node.url, "name": who.name, "password": who.password,
                     "token": who.token, "paths": paths}  # fmt: skip
            print(json.dumps(ready), flush=True)
            threading.Thread(target=_stop_with_input, args=[node], daemon=True).start()
            node.watch()
        finally:
            node.stop()


def _stop_with_input(node: object) -> None:
    sys.stdin.read()
    node.ask_to_stop()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
