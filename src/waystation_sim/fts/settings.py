"""What a simulated FTS is told, kept in its directory: a restart is the same."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE = "fts.json"


@dataclass(frozen=True, slots=True)
class FtsSettings:
    """How it answers.

    Attributes:
        port: on 127.0.0.1.
        tokens: VO of each bearer that it knows.
        people: VO of each subject that it knows by a certificate or a proxy of it.
        client_ca: PEM file of who vouches for them.
        active: files that move at a time.
        retry_s: pause before a file that failed is tried again.
        certificate: PEM file for HTTPS; empty = plain HTTP.
        key: PEM file of its private key.
    """

    port: int
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    client_ca: str = ""
    active: int = 4
    retry_s: float = 0.1
    certificate: str = ""
    key: str = ""

    def keep(self, root: Path) -> None:
        """Write them into a directory."""
        (root / FILE).touch(mode=0o600)
        (root / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def of(cls, root: Path) -> "FtsSettings":
        """Read those of a directory."""
        return cls(**json.loads((root / FILE).read_text()))
