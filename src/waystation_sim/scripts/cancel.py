#!/usr/bin/env python3
"""Drop files of a list: its handle, then paths. Only a whole list can be stopped here."""

import json
import os
import subprocess
import sys
from pathlib import Path


def eeadm(*words: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [os.environ["EEADM"], *words], capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:
        sys.stderr.write(done.stderr)
        sys.exit(os.EX_TEMPFAIL)
    return done.stdout


def main() -> int:
    """Stop the list if every file of it that has not ended was named."""
    about, *rows = [json.loads(line) for line in sys.stdin]
    named = {row["path"] for row in rows}
    for task in json.loads(eeadm("task", "list", "--json"))["payload"]:
        if task["id"] == about["handle"] and task["status"] != "completed":
            place = Path(task["cmd_param"].removeprefix("eeadm recall "))
            listed = {line.partition(" -- ")[2] for line in place.read_text().splitlines()}
            news = eeadm("task", "show", "-r", str(task["task_id"])).splitlines()
            if listed - {line.partition(" -- ")[2] for line in news} <= named:
                eeadm("task", "cancel", str(task["task_id"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
