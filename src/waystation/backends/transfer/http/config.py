"""What is told of an HTTP engine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from waystation.kernel.hosts import AllowedHosts


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """How other servers are reached.

    Attributes:
        name: of the engine.
        host: name of this machine, as endpoints say who sees them.
        hosts: servers that may be called, and named to other servers.
        copy: who fetches or sends when both ends are servers: the target is told to `pull`, or
            the source to `push`.
        part_names: a file has another name until it is whole and right; false for servers that
            show whole files only and do not rename.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
        silence_s: longest wait for the next bytes or news of a server.
        tries: of fetching one file that breaks off, each from where the last one ended.
        width: files of a load at a time.
        most_files: in one load.
        most_active: loads at a time.
    """

    name: str
    host: str
    hosts: AllowedHosts = field(default_factory=AllowedHosts)
    copy: Literal["pull", "push"] = "pull"
    part_names: bool = True
    ca_file: Path | None = None
    ca_dir: Path | None = None
    silence_s: float = 120.0
    tries: int = 4
    width: int = 8
    most_files: int = 10_000
    most_active: int = 4
