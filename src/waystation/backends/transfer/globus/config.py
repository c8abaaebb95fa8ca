"""What is told of a Globus engine."""

from dataclasses import dataclass, field

MOST_PENDING = 100
"""Tasks of one identity that Globus keeps waiting; it takes no more."""


@dataclass(frozen=True, slots=True)
class GlobusConfig:
    """Who we are at Globus and how files are moved.

    Attributes:
        name: of the engine.
        client: UUID of the application.
        secret: of a confidential client; or
        refresh_token: that a person gave to a native one.
        sync_level: what is not moved again: `exists`, `size`, `mtime`, `checksum`; None is all.
        verify: Globus compares checksums after each file.
        encrypt: bytes are encrypted on their way.
        preserve_time: files keep their times.
        source_checksums: our md5 or sha256 goes with each file. One that is wrong then ends the
            whole task, with the files that were still to come.
        most_files: in one task.
        most_active: tasks that are not over.
        timeout_s: longest wait for one answer.
    """

    name: str
    client: str
    secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    sync_level: str | None = "checksum"
    verify: bool = True
    encrypt: bool = True
    preserve_time: bool = False
    source_checksums: bool = False
    most_files: int = 2_000
    most_active: int = MOST_PENDING
    timeout_s: float = 30.0
