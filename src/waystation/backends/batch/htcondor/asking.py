"""All that is said to HTCondor: a program of its own, as the user whose jobs they are.

Its bindings work in the calling process: whose user jobs are of and which pool is meant is said
once a process, a call has no deadline, and what crashes there would take us along. So this runs
beside us, for as long as its standard input is open. Each line of that is a call in JSON,
`{"call": NAME, "within": SECONDS, ...}`, each line of its output the answer, `{"said": ...}` or
`{"words": why not}`. It needs Python 3.7 and the bindings, and nothing of ours.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

SLOT = ["Machine", "State", "Cpus", "TotalCpus", "TotalMemory", "TotalGPUs"]
SCHEDD = ["Name", "TotalIdleJobs", "TotalRunningJobs"]


class Asking:
    """One access point.

    Args:
        condor: the module of the bindings.
        pool: collector; empty is that of the configuration.
        name: of the access point; empty is that of this machine.
    """

    def __init__(self, condor: Any, pool: str, name: str) -> None:
        self.condor = condor
        self.collector = condor.Collector(pool or None)
        self.name = name

    def ready(self) -> bool:
        """Whether there are bindings; nobody is asked."""
        return True

    def schedd(self) -> Any:
        """Where jobs are submitted."""
        if not self.name:
            return self.condor.Schedd()
        found = self.collector.locate(self.condor.DaemonType.Schedd, self.name)
        if found is None:
            raise LookupError("its pool knows no access point " + self.name)
        return self.condor.Schedd(found)

    def submit(self, commands: dict[str, str], items: list[dict[str, str]]) -> list[int]:
        """Hand over a cluster of jobs: its number, that of the first, and how many."""
        text = "".join(f"{name} = {value}\n" for name, value in commands.items())
        taken = self.schedd().submit(self.condor.Submit(text), itemdata=iter(items))
        return [taken.cluster(), taken.first_proc(), taken.num_procs()]

    def query(self, constraint: str, projection: list[str]) -> list[dict[str, object]]:
        """Jobs that are in the queue."""
        found = self.schedd().query(constraint, projection)
        return [plain(each, projection) for each in found]

    def history(
        self, constraint: str, projection: list[str], match: int
    ) -> list[dict[str, object]]:
        """Jobs that have left it."""
        found = self.schedd().history(constraint, projection, match=match)
        return [plain(each, projection) for each in found]

    def remove(self, jobs: list[str]) -> int:
        """End jobs and take them out of the queue; how many were not, though they are there."""
        done = self.schedd().act(self.condor.JobAction.Remove, jobs)
        if done is None:
            return len(jobs)
        return int(done.get("TotalPermissionDenied", 0)) + int(done.get("TotalError", 0))

    def depth(self) -> list[list[dict[str, object]]]:
        """Slots, and access points."""
        kinds = self.condor.AdType
        slots = self.collector.query(kinds.Startd, projection=SLOT)
        points = self.collector.query(kinds.Schedd, projection=SCHEDD)
        return [[plain(each, SLOT) for each in slots], [plain(each, SCHEDD) for each in points]]


def plain(found: Any, names: list[str]) -> dict[str, object]:
    """Values of an ad that JSON can have; "undefined" and "error" are numbers of another type."""
    values = {name: found.eval(name) for name in names if name in found}
    return {name: value for name, value in values.items() if type(value) in (int, float, str)}


def main() -> int:
    """Until nobody asks any more."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the bindings print what they like
    place = json.loads(sys.stdin.readline())
    asking: Asking | None = None
    for line in iter(sys.stdin.readline, ""):
        told = json.loads(line)
        # Whoever waited for this has gone by then; whatever the bindings do, it ends us.
        signal.alarm(int(told.pop("within")) + 1)
        try:
            if asking is None:
                import htcondor2

                asking = Asking(htcondor2, place["pool"], place["schedd"])
            answer = {"said": getattr(asking, told.pop("call"))(**told)}
        except ImportError as problem:
            answer = {"words": str(problem), "missing": True}
        except Exception as problem:
            wrong = str(problem) or type(problem).__name__
            answer = {"words": " ".join(wrong.split())[:500]}
        signal.alarm(0)
        said.write(json.dumps(answer) + "\n")
        said.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
