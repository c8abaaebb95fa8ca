"""A simulated FTS with its daemon running: for tests and the demonstration."""

from pathlib import Path
from uuid import uuid4

from waystation_sim.child import RunningDaemon
from waystation_sim.fts.settings import FtsSettings
from waystation_sim.scoutam.settings import free_ports


class RunningFts(RunningDaemon):
    """An FTS of this machine.

    Args:
        root: its directory; made here.
        told: other fields of `FtsSettings`.

    Attributes:
        token: of a member of the VO `test`.
    """

    def __init__(self, root: Path, **told: object) -> None:
        super().__init__(root, "waystation_sim.fts", str(root))
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)
        self.token = uuid4().hex
        tokens = {self.token: "test"}
        self.settings = FtsSettings(free_ports(1)[0], tokens, **told)  # type: ignore[arg-type]
        self.settings.keep(root)

    @property
    def url(self) -> str:
        """Where it answers."""
        scheme = "https" if self.settings.certificate else "http"
        return f"{scheme}://localhost:{self.settings.port}"
