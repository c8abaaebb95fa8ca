"""What a simulated ScoutAM is told, kept in the site directory so that a restart is the same."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "scoutam.json"


@dataclass(frozen=True, slots=True)
class ScoutSettings:
    """How ScoutAM answers.

    Attributes:
        ports: one for each node, on 127.0.0.1; all nodes answer for the same file system.
        certificate: PEM file for HTTPS.
        key: PEM file of its private key.
        account: who may log in.
        password: of the account.
        token_s: how long a token is good for.
        kafka: settings of librdkafka's producer; empty = no news is sent.
    """

    ports: tuple[int, ...]
    certificate: str
    key: str
    account: str = "stager"
    password: str = "not-a-secret"  # noqa: S105 - of a simulation
    token_s: float = 3600.0
    kafka: dict[str, str] | None = None

    def keep(self, root: Path) -> None:
        """Write them into a site directory."""
        fresh = root / f"{FILE}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.replace(root / FILE)

    @classmethod
    def of(cls, root: Path) -> "ScoutSettings":
        """Read those of a site directory.

        Raises:
            FileNotFoundError: this site was never set up as ScoutAM.
        """
        told = json.loads((root / FILE).read_text())
        return cls(**{**told, "ports": tuple(told["ports"])})


def free_ports(count: int) -> tuple[int, ...]:
    """So many TCP ports of the loopback address that are free now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = tuple(int(one.getsockname()[1]) for one in sockets)
    for one in sockets:
        one.close()
    return ports
