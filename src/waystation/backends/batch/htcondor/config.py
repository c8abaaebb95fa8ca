"""What a person says of an HTCondor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HTCondorConfig:
    """One access point, and the pool behind it.

    Attributes:
        name: of the cluster.
        experimental: the operator knows that this kind is.
        run_as: user whose jobs they are; needs root. Empty is who we are.
        conf: its `condor_config`; None is where HTCondor looks itself.
        pool: its collector, `HOST[:PORT]`; empty is that of `conf`.
        schedd: name of the access point; empty is that of this machine.
        python: interpreter of the guards on the nodes, 3.7 or later.
        helper: interpreter that has the bindings; empty is our own.
        options: more commands of every submit description, by name.
        log: event log of all our jobs; None is none.
        at_once: jobs of one cluster.
        remembers_s: how long its history knows ended jobs, seconds.
        timeout_s: longest wait for an answer, seconds.
    """

    name: str
    experimental: bool = False
    run_as: str = ""
    conf: Path | None = None
    pool: str = ""
    schedd: str = ""
    python: str = "/usr/bin/python3"
    helper: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    at_once: int = 1000
    remembers_s: int = 3600
    timeout_s: float = 60.0
