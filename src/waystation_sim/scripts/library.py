#!/usr/bin/env python3
"""The drives: nothing on standard input, a line for each on standard output."""

# ruff: noqa: T201 - standard output is where its answer goes

import json
import os
import subprocess
import sys

STATES = {
    "mounted": "idle",
    "standby": "idle",
    "mounting": "mounting",
    "in_use": "reading",
    "not_mounted": "empty",
    "unmounting": "unmounting",
}


def main() -> int:
    """Say each drive's state in Waystation's words; what we have no word for is offline."""
    words = [os.environ["EEADM"], "drive", "list", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return os.EX_TEMPFAIL
    for drive in json.loads(done.stdout)["payload"]:
        state = STATES.get(drive["state"], "offline")
        tape, library = drive["tape_barcode"] or None, drive["library_name"]
        print(json.dumps({"name": drive["id"], "state": state, "tape": tape, "library": library}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
