"""What is told of an FTS engine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from waystation.kernel.hosts import AllowedHosts


@dataclass(frozen=True, slots=True)
class FtsConfig:
    """Where the service is, who we are to it and how files are moved.

    Attributes:
        name: of the engine.
        url: of the service, `https://fts.example.org:8446`.
        hosts: servers that it may be sent to; of GridFTP their names.
        token: bearer; or
        token_file: its first line is one, which something else renews; or
        proxy: file with a grid proxy that something else renews and delegates to the service.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
        verify_checksum: where the service asks for checksums: `both`, `source`, `target`, `none`.
        retries: of one file, by the service.
        priority: 1 to 5, within what we send.
        most_files: in one job.
        most_active: jobs that are not over.
        timeout_s: longest wait for one answer.
    """

    name: str
    url: str
    hosts: AllowedHosts = field(default_factory=AllowedHosts)
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    proxy: Path | None = None
    ca_file: Path | None = None
    ca_dir: Path | None = None
    verify_checksum: Literal["both", "source", "target", "none"] = "both"
    retries: int = 2
    priority: int = 3
    most_files: int = 1_000
    most_active: int = 100
    timeout_s: float = 30.0
