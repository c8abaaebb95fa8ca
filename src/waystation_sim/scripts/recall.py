#!/usr/bin/env python3
"""Start a recall: a line about the list, then its paths; answers with the list's handle.

The name of the list carries the key and stands in the tape system's own task list: a key that was
used before is found there, and nothing is started twice.
"""

# ruff: noqa: T201 - standard output is where its answer goes

import json
import os
import subprocess
import sys
import time
from pathlib import Path

EEADM = os.environ["EEADM"]
LONGEST_S = 50.0


def task_of(name: str) -> str | None:
    """The task that reads a list of this name."""
    for more in ([], ["-c"]):
        words = [EEADM, "task", "list", *more, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stderr)
            sys.exit(os.EX_TEMPFAIL)
        for task in json.loads(done.stdout)["payload"]:
            if name in task["cmd_param"]:
                return str(task["id"])
    return None


def main() -> int:
    """Start it unless it was started, wait until it has a number."""
    about, *rows = [json.loads(line) for line in sys.stdin]
    place = Path(os.environ["LISTS"], f"site-{about['key']}.list")
    task = task_of(place.name)
    if task is None:
        place.write_text("".join(f"0 0 0 -- {row['path']}\n" for row in rows))
        words = [EEADM, "recall", str(place)]
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + LONGEST_S
        while (task := task_of(place.name)) is None and time.monotonic() < until:
            if child.poll() not in {None, 0, 1}:
                return os.EX_TEMPFAIL
            time.sleep(0.05)
    print(json.dumps({"handle": task}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
