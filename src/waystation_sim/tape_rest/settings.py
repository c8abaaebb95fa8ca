"""What a simulated Tape REST site is told, kept in the site directory: a restart is the same."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from waystation_sim.tape_rest.flavours import FLAVOURS, Flavour

FILE = "tape-rest.json"
BASE = "/api/v1/tape"
DISCOVERY = "/.well-known/wlcg-tape-rest-api"


@dataclass(frozen=True, slots=True)
class TapeRestSettings:
    """How the site answers.

    Attributes:
        port: on 127.0.0.1.
        kind: a name of `FLAVOURS`.
        changes: switches of the flavour that are otherwise here.
        certificate: PEM file for HTTPS; empty = plain HTTP.
        key: PEM file of its private key.
        client_ca: PEM file of who signs people's certificates; empty = none is taken.
        tokens: bearer tokens that are good.
        sitename: in the discovery document.
        namespace: path at which the files are shown; the site's cache directory is behind it.
        lifetime_s: how long files are held when nobody says.
    """

    port: int
    kind: str = "reference"
    changes: dict[str, object] = field(default_factory=dict)
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    tokens: tuple[str, ...] = ()
    sitename: str = "SIM-T1"
    namespace: str = "/pnfs/sim.example/data"
    lifetime_s: float = 2 * 86_400.0

    @property
    def flavour(self) -> Flavour:
        """All switches."""
        return FLAVOURS[self.kind].with_changes(self.changes)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def keep(self, root: Path) -> None:
        """Write them into a site directory."""
        fresh = root / f"{FILE}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.replace(root / FILE)

    @classmethod
    def of(cls, root: Path) -> "TapeRestSettings":
        """Read those of a site directory.

        Raises:
            FileNotFoundError: this site was never set up as a Tape REST server.
        """
        told = json.loads((root / FILE).read_text())
        return cls(**{**told, "tokens": tuple(told["tokens"])})
