"""A real node with a grid port, a space on a disk-only store, and people in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest

from certificates import ALICE, Authority, Signed
from running import House, free_port, new_house

SPACE = "lab"


@dataclass
class Lab:
    """A space of ana's; ben has no role in it.

    Attributes:
        ana, ben: their tokens.
        signed: ana's certificate.
    """

    house: House
    root: Path
    ana: str
    ben: str
    authority: Authority
    signed: Signed
    grid_port: int
    numbers: count

    def client(self, token: str | None, **options: object) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        base = f"{self.house.url}/dav/{SPACE}"
        return httpx.Client(base_url=base, headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    def folder(self) -> str:
        """A new folder for one test."""
        name = f"test-{next(self.numbers)}"
        with self.client(self.ana) as http:
            assert http.request("MKCOL", f"/{name}").status_code == 201
        return f"/{name}"

    def disk(self, path: str) -> Path:
        return self.root / SPACE / path.lstrip("/")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("disk")
    authority = Authority(tmp_path_factory.mktemp("ca"))
    host, signed, port = authority.host(), authority.person("alice", ALICE), free_port()
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(root),
        "WAYSTATION_GRID__PORT": str(port),
        "WAYSTATION_GRID__CERTIFICATE": str(host.certificate),
        "WAYSTATION_GRID__KEY": str(host.key),
        "WAYSTATION_GRID__CA_DIR": str(authority.directory),
    }
    with new_house(files_each=1, **variables) as house:
        ana, ben = house.account("ana"), house.account("ben")
        house.command("user", "dn", "ana", ALICE)
        house.command("space", "add", SPACE, "--owner", "ana", "--store", "disk")
        yield Lab(house, root, ana, ben, authority, signed, port, count())


@pytest.fixture
def http(lab: Lab) -> Iterator[httpx.Client]:
    with lab.client(lab.ana) as client:
        yield client
