"""What sbatch is given: a script in Python, and options without anything of the job's own.

Commands, variables and names of files are in the folders; the script has the guard and a table of
folders, written as Python writes texts. No shell reads any of it.
"""

import re
from collections.abc import Sequence

from waystation.backends.batch.hands.folder import RUNNER, WAY
from waystation.backends.batch.slurm.config import SlurmConfig
from waystation.domains.jobs.entities import Task

MARK = "waystation:"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:+@ -]")
_LONGEST = 60
_MINUTE = 60
_MIB = 2**20


def script(config: SlurmConfig, tasks: Sequence[Task]) -> str:
    """Of an array with one element for each task."""
    guard = RUNNER.read_text(encoding="ascii").partition('\nif __name__ == "__main__":')[0]
    places = [f"{task.folder}/{WAY}" for task in tasks]
    return (
        f"#!{config.python} -IS\n{guard}\n"
        f"PLACES = {places!a}\n"
        'sys.exit(main(PLACES[int(os.environ["SLURM_ARRAY_TASK_ID"])]))\n'
    )


def words(config: SlurmConfig, tasks: Sequence[Task], group: str) -> list[str]:
    """The command line for tasks of the same needs, queue and project.

    Args:
        config: of the cluster.
        tasks: at least one.
        group: by which the array is found again.
    """
    first, needs = tasks[0], tasks[0].resources
    name = _UNSAFE.sub("_", first.name)[:_LONGEST].strip() or "waystation"
    said = [
        "sbatch",
        "--parsable",
        f"--array=0-{len(tasks) - 1}",
        f"--job-name={name}",
        f"--comment={MARK}{group}",
        "--chdir=/",
        "--input=/dev/null",
        "--output=/dev/null",
        "--no-requeue",
        "--export=ALL",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={needs.cpus}",
    ]
    if needs.memory:
        said.append(f"--mem={-(-needs.memory // _MIB)}M")
    if needs.time_s:  # the guard ends it to the second; this is for the scheduler
        said.append(f"--time={needs.time_s // _MINUTE + 2}")
    if needs.gpus:
        said.append(f"--gres=gpu:{needs.gpus}")
    if first.queue:
        said.append(f"--partition={first.queue}")
    if first.project:
        said.append(f"--account={first.project}")
    return [*said, *config.options]
