"""Jobs in xRSL.

Nothing of a task but its key, queue and project is in it, and those are plain words: command,
variables, names and files go in one bundle, and the guard unpacks it. So it does not matter how
A-REX and its batch system quote.
"""

from waystation.backends.batch.hands.bundle import BUNDLE
from waystation.domains.jobs.entities import Task

_BOOT = (
    "import os,runpy,tarfile;"
    f"t=tarfile.open('{BUNDLE}');t.extractall();t.close();os.remove('{BUNDLE}');"
    "runpy.run_path('.way/runner.py',run_name='__main__')"
)
_MIB = 2**20
_MINUTE = 60


def xrsl(task: Task, python: str, source: str = "") -> str:
    """One job.

    Args:
        task: whose key is its name.
        python: interpreter on the nodes.
        source: where A-REX' client finds the bundle; empty is that it is uploaded afterwards.
    """
    needs = task.resources
    parts = [
        _part("executable", python),
        _part("arguments", "-IS", "-c", _BOOT),
        f"(inputFiles=({_quoted(BUNDLE)} {_quoted(source)}))",
        '(outputFiles=("/" ""))',
        _part("jobName", task.key),
        _part("count", str(needs.cpus)),
        _part("countPerNode", str(needs.cpus)),
    ]
    if needs.memory:
        parts.append(_part("memory", str(-(-needs.memory // _MIB // needs.cpus))))  # of each core
    if needs.time_s:  # the guard ends it to the second; this is for the scheduler
        parts.append(_part("wallTime", str(needs.time_s // _MINUTE + 2)))
    if task.queue:
        parts.append(_part("queue", task.queue))
    if task.project:
        parts.append(_part("project", task.project))
    return "&" + "".join(parts)


def _part(name: str, *values: str) -> str:
    return f"({name}={' '.join(map(_quoted, values))})"


def _quoted(text: str) -> str:
    """A text of xRSL: a quote in it is written twice."""
    return '"' + text.replace('"', '""') + '"'
