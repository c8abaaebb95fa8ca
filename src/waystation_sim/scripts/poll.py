#!/usr/bin/env python3
"""How lists stand: handles (or a key) on standard input; states and news of files as answer."""

# ruff: noqa: T201 - standard output is where its answer goes

import json
import os
import subprocess
import sys

STATES = {"waiting": "waiting", "completed": "ended"}
DUPLICATE = "GLESM431E"  # in another list, with which it comes


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
    """Answer each line."""
    active = json.loads(eeadm("task", "list", "--json"))["payload"]
    done = json.loads(eeadm("task", "list", "-c", "--json"))["payload"]
    tasks = {task["id"]: task for task in [*active, *done]}
    for asked in map(json.loads, sys.stdin):
        if "key" in asked:
            name = f"site-{asked['key']}.list"
            found = [each for each, task in tasks.items() if name in task["cmd_param"]]
            print(json.dumps({"key": asked["key"], "handle": found[0] if found else None}))
        elif asked["handle"] not in tasks:
            print(json.dumps({"handle": asked["handle"], "state": "unknown"}))
        else:
            tell(asked["handle"], tasks[asked["handle"]])
    return 0


def tell(handle: str, task: dict[str, str | int]) -> None:
    """The state of a list, and how its files ended."""
    news = eeadm("task", "show", "-r", str(task["task_id"])).splitlines()[1:]
    for line in news:
        (result, code, *_), path = line.partition(" -- ")[0].split(), line.partition(" -- ")[2]
        if code != DUPLICATE:
            outcome = "online" if result == "Success" else "failed"
            words = "" if result == "Success" else f"the recall failed ({code})"
            told = {"handle": handle, "path": path, "outcome": outcome, "words": words}
            print(json.dumps(told))
    print(json.dumps({"handle": handle, "state": STATES.get(str(task["status"]), "running")}))


if __name__ == "__main__":
    sys.exit(main())
