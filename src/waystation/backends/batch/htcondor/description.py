"""Submit descriptions, and expressions of ClassAds.

Nothing of a task but its key, name, project and needs is in them, and those are plain words; the
path of its guard is written in hexadecimal digits. So no macro (`$(...)`, `$$(...)`), quote or new
line of anybody's can mean anything to HTCondor, on any of its ways.
"""

import os
import re
from collections.abc import Iterable, Sequence

from waystation.backends.batch.hands.folder import WAY
from waystation.backends.batch.htcondor.config import HTCondorConfig
from waystation.domains.jobs.entities import Resources, Task

HANDLE = "WAYSTATION_HANDLE"
_BOOT = (
    "import os,runpy,sys;"
    "runpy.run_path(os.fsdecode(bytes.fromhex(sys.argv.pop())),run_name='__main__')"
)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:+@ -]")
_HANDLE = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")
_LONGEST = 60
_MIB = 2**20
_LATE_S = 120


def commands(config: HTCondorConfig, tasks: Sequence[Task]) -> dict[str, str]:
    """Of one cluster of jobs, for tasks of the same needs and project.

    Args:
        config: of the pool; its options come last.
        tasks: at least one.
    """
    first, needs = tasks[0], tasks[0].resources
    said = {
        "universe": "vanilla",
        "executable": config.python,
        "transfer_executable": "false",
        "arguments": f'"{_words("-IS", "-c", _BOOT)} $(waystation_guard)"',
        "environment": f'"{HANDLE}=$(ClusterId).$(ProcId)"',
        "getenv": "false",
        "initialdir": "/",
        "input": "/dev/null",
        "output": "/dev/null",
        "error": "/dev/null",
        "should_transfer_files": "NO",
        "notification": "never",
        "batch_name": _UNSAFE.sub("_", first.name)[:_LONGEST].strip() or "waystation",
        "request_cpus": str(needs.cpus),
        "My.WaystationKey": '"$(waystation_key)"',
        "periodic_remove": _when_lost(needs),
    }
    if needs.memory:
        said["request_memory"] = f"{-(-needs.memory // _MIB)}MB"
    if needs.gpus:
        said["request_gpus"] = str(needs.gpus)
    if first.project:
        said["accounting_group"] = first.project
    if config.log is not None:
        said["log"] = str(config.log)
    return {**said, **config.options}


def items(tasks: Iterable[Task]) -> list[dict[str, str]]:
    """What differs from job to job, in the order of their numbers."""
    return [
        {
            "waystation_key": task.key,
            "waystation_guard": os.fsencode(task.folder / WAY / "runner.py").hex(),
        }
        for task in tasks
    ]


def keyed(keys: Iterable[str]) -> str:
    """A constraint: jobs with one of these keys."""
    return f"member(WaystationKey, {{{', '.join(map(text, keys))}}})"


def numbered(handles: Iterable[str]) -> str:
    """A constraint: jobs of the clusters that these are of; those that are no handle are none."""
    clusters = {found[1] for each in handles if (found := _HANDLE.fullmatch(each))}
    return f"member(ClusterId, {{{', '.join(sorted(clusters, key=int))}}})"


def exactly(handles: Iterable[str]) -> str:
    """A constraint: these jobs; those that are no handle are none."""
    clusters: dict[str, list[str]] = {}
    for each in handles:
        if found := _HANDLE.fullmatch(each):
            clusters.setdefault(found[1], []).append(found[2])
    parts = (f"(ClusterId == {cluster} && member(ProcId, {{{', '.join(procs)}}}))"
             for cluster, procs in clusters.items())  # fmt: skip
    return " || ".join(parts) or "false"


def is_handle(word: str) -> bool:
    """Whether it is `CLUSTER.PROC`."""
    return _HANDLE.fullmatch(word) is not None


def text(said: str) -> str:
    """A text of the ClassAd language."""
    safe = said.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + safe.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _when_lost(needs: Resources) -> str:
    """When HTCondor removes a job by itself.

    Where to try again is decided by us, so one that lost its node is not started a second time.
    The guard ends what takes too long to the second; the other half is for nodes without one.
    A rule that is undefined, because an attribute is not there yet, would have the job held.
    """
    rule = "(JobStatus == 1 && NumJobStarts >= 1)"
    if needs.time_s:
        limit = needs.time_s + _LATE_S
        rule += f" || (JobStatus == 2 && time() - EnteredCurrentStatus > {limit})"
    return f"({rule}) =?= true"


def _words(*words: str) -> str:
    """Arguments in HTCondor's newer way, as they stand between double quotes."""
    quoted = ("'" + word.replace("'", "''") + "'" for word in words)
    return " ".join(quoted).replace('"', '""')


def same(task: Task) -> tuple[Resources, str]:
    """Tasks for which it is equal can be in one cluster."""
    return task.resources, task.project


def handle(cluster: int, proc: int) -> str:
    """HTCondor's name of a job."""
    return f"{cluster}.{proc}"
