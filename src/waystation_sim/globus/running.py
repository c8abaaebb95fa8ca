"""A simulated Globus with its daemon running: for tests, benchmarks and the demonstration."""

from pathlib import Path
from uuid import uuid4

from waystation_sim.child import RunningDaemon
from waystation_sim.globus.settings import Collection, GlobusSettings
from waystation_sim.scoutam.certificates import make_certificate
from waystation_sim.scoutam.settings import free_ports


class RunningGlobus(RunningDaemon):
    """A Globus of this machine: real clients find it by `environment`.

    Args:
        root: its directory; made here.
        collections: directories that can be moved from and to, by their names.
        https: with a certificate of its own.
        consent: names of collections that want a token with their own scope.
        told: other fields of `GlobusSettings`.
    """

    def __init__(
        self,
        root: Path,
        collections: dict[str, Path],
        *,
        https: bool = False,
        consent: frozenset[str] = frozenset(),
        **told: float,
    ) -> None:
        super().__init__(root, "waystation_sim.globus", str(root))
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)
        pem = make_certificate(root, "globus") if https else ("", "")
        self.client, self.secret = str(uuid4()), uuid4().hex
        self.native, self.refresh_token = str(uuid4()), f"Ag{uuid4().hex}"
        self.settings = GlobusSettings(
            port=free_ports(1)[0],
            collections=tuple(
                Collection(str(uuid4()), name, str(place), name in consent)
                for name, place in collections.items()
            ),
            clients={self.client: self.secret},
            refresh_tokens={self.refresh_token: self.native},
            certificate=str(pem[0]),
            key=str(pem[1]),
            **told,  # type: ignore[arg-type]
        )
        self.settings.keep(root)

    def collection(self, name: str) -> str:
        """The UUID of a collection."""
        return next(each.id for each in self.settings.collections if each.name == name)

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which globus-sdk and globus-cli come here."""
        found = {
            "GLOBUS_SDK_SERVICE_URL_TRANSFER": f"{self.settings.origin}/",
            "GLOBUS_SDK_SERVICE_URL_AUTH": f"{self.settings.origin}/",
        }
        if self.settings.certificate:
            found["GLOBUS_SDK_VERIFY_SSL"] = self.settings.certificate
        return found
