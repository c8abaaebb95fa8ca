"""What a person says of a PanDA server."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PandaConfig:
    """One of them.

    Attributes:
        name: of the cluster.
        url: of its REST API, `https://panda.example.org:25443/api/v1`.
        site: queue of PanDA that jobs go to (`computingSite`).
        exchange: folder by WebDAV through which files go, `https://data.example.org/dav/panda`.
        vo: virtual organisation; with a token also what PanDA is told of its issuer.
        label: `prodSourceLabel` of our jobs.
        destination: `destinationSE` of the pilots' logs.
        proxy: file with a grid proxy, for both; None is by tokens alone.
        token_file: file whose first line is a bearer token for PanDA.
        exchange_token_file: the same for the folder.
        ca_file, ca_dir: whom we believe; None of both is the system's authorities.
        python: interpreter on the nodes, 3.7 or later.
        beat_s: between looks of a job at the folder, seconds.
        at_once: jobs of one call.
        timeout_s: longest wait for a next part of an answer, seconds.
    """

    name: str
    url: str
    site: str
    exchange: str
    vo: str = ""
    label: str = "user"
    destination: str = "local"
    proxy: Path | None = None
    token_file: Path | None = None
    exchange_token_file: Path | None = None
    ca_file: Path | None = None
    ca_dir: Path | None = None
    python: str = "/usr/bin/python3"
    beat_s: float = 30.0
    at_once: int = 200
    timeout_s: float = 60.0
