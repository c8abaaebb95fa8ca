"""What a person says of a Slurm."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SlurmConfig:
    """One cluster.

    Attributes:
        name: of the cluster.
        run_as: user whose jobs they are; needs root. Empty is who we are.
        conf: its `slurm.conf`; None is where Slurm looks itself.
        python: interpreter of the guards on the nodes, 3.7 or later; at most 120 letters.
        options: more words for every sbatch.
        accounting: sacct is there and is asked about what the controller has forgotten.
        at_once: tasks of one array; no more than MaxArraySize - 1.
        remembers_s: how long the controller knows ended jobs, its MinJobAge.
        timeout_s: longest wait for an answer of one command, seconds.
    """

    name: str
    run_as: str = ""
    conf: Path | None = None
    python: str = "/usr/bin/python3"
    options: tuple[str, ...] = ()
    accounting: bool = False
    at_once: int = 1000
    remembers_s: int = 300
    timeout_s: float = 30.0
