"""How a Storage Element of another site is reached."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """One door.

    Attributes:
        name: of the store in our settings, for people.
        url: of the folder that is ours there.
        spool: where uploads are on this machine until they are whole.
        token_file: holds a bearer token that something else renews; None is none.
        certificate, key: a certificate, or a proxy with its key and chain in the first.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
        checksums: the door has to tell the adler32 of what it has.
        at_once: calls under way at a time for many files.
        tries: of one call before it is given up.
        timeout_s: longest silence of the door; it may read a file first to tell its checksum.
    """

    name: str
    url: str
    spool: Path
    token_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    ca_file: Path | None = None
    ca_dir: Path | None = None
    checksums: bool = True
    at_once: int = 8
    tries: int = 4
    timeout_s: float = 300.0
