#!/usr/bin/env python3
"""Where files are: paths on standard input, a line for each on standard output."""

# ruff: noqa: T201 - standard output is where its answer goes

import json
import os
import subprocess
import sys

STATES = {"R": "online", "P": "online_and_nearline", "M": "nearline"}
AT_ONCE = 500


def main() -> int:
    """Answer for every path, in portions that fit on a command line."""
    paths = [json.loads(line)["path"] for line in sys.stdin]
    for begin in range(0, len(paths), AT_ONCE):
        portion = paths[begin : begin + AT_ONCE]
        words = [os.environ["EEADM"], "file", "state", "-s", *portion]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode not in {0, 1}:  # 1: one of the files is not there
            sys.stderr.write(done.stderr)
            return os.EX_TEMPFAIL
        known = dict(line.partition(" -- ")[::-2] for line in done.stdout.splitlines())
        for path in portion:
            print(json.dumps(answer(path, known.get(path))))
    return 0


def answer(path: str, line: str | None) -> dict[str, object]:
    """One answer; the line reads `M 1 BARCODE@POOL@LIBRARY - -`."""
    if line is None:
        return {"path": path, "state": "missing"}
    state, _, first, *_ = line.split()
    found = {"path": path, "state": STATES.get(state, "lost"), "size": os.lstat(path).st_size}
    if first != "-":
        tape, _, library = first.split("@")
        found.update(tape=tape, library=library)
    return found


if __name__ == "__main__":
    sys.exit(main())
