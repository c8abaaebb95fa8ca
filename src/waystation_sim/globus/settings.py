"""What a simulated Globus is told, kept in its directory: a restart is the same."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE = "globus.json"


@dataclass(frozen=True, slots=True)
class Collection:
    """A place that can be moved from and to.

    Attributes:
        id: UUID.
        name: that people see.
        root: directory here that its paths begin in.
        consent: it is asked for by a scope of its own (`data_access`).
    """

    id: str
    name: str
    root: str
    consent: bool = False


@dataclass(frozen=True, slots=True)
class GlobusSettings:
    """How it answers.

    Attributes:
        port: on 127.0.0.1.
        collections: by any order.
        clients: secrets of confidential clients, by their UUIDs.
        refresh_tokens: UUIDs of native clients, by the tokens that were given to people.
        certificate: PEM file for HTTPS; empty = plain HTTP.
        key: PEM file of its private key.
        token_s: how long an access token is good (172,800 at the real one).
        active: tasks of an account that move at a time (3 at the real one).
        queued: tasks of an account that may be unfinished (100 at the real one).
        retry_s: pause before a file that failed is tried again.
        files_s: seconds that each file takes at least.
    """

    port: int
    collections: tuple[Collection, ...]
    clients: dict[str, str] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    certificate: str = ""
    key: str = ""
    token_s: float = 172_800.0
    active: int = 3
    queued: int = 100
    retry_s: float = 0.3
    files_s: float = 0.0

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def collection(self, name: str) -> Collection | None:
        """The collection of a UUID."""
        return next((each for each in self.collections if each.id == name), None)

    def keep(self, root: Path) -> None:
        """Write them into a directory."""
        fresh = root / f"{FILE}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.replace(root / FILE)

    @classmethod
    def of(cls, root: Path) -> "GlobusSettings":
        """Read those of a directory.

        Raises:
            FileNotFoundError: there is none.
        """
        told: dict[str, Any] = json.loads((root / FILE).read_text())
        told["collections"] = tuple(Collection(**each) for each in told["collections"])
        return cls(**told)
