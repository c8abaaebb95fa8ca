"""A real node with a grid port, a space on a disk-only store, and people in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest

from certificates import ALICE, Authority, Signed
from running import House, free_port, new_house

SPACE, TAPES = "lab", "tapes"


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


@pytest.fixture(scope="package")
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
    # This machine alone: the tests' own servers, and this one as its own other site.
    variables["WAYSTATION_TRANSFERS__HOSTS"] = '["localhost:*", "127.0.0.1:*"]'
    variables["WAYSTATION_TRANSFERS__PLAIN_HOSTS"] = '["127.0.0.1:*"]'
    variables["WAYSTATION_TRANSFERS__NETWORKS"] = '["127.0.0.0/8", "::1/128"]'
    variables["WAYSTATION_TRANSFERS__CA_DIR"] = str(authority.directory)
    variables["WAYSTATION_STORES__ARCHIVE__READERS"] = '["astronomers"]'
    with new_house(directories=4, files_each=6, **variables) as house:
        ana, ben = house.account("ana"), house.account("ben")
        house.command("user", "dn", "ana", ALICE)
        house.command("space", "add", SPACE, "--owner", "ana", "--store", "disk")
        house.command("space", "add", TAPES, "--owner", "ana", "--store", "archive", "--folder",
                      "run0")  # fmt: skip
        yield Lab(house, root, ana, ben, authority, signed, port, count())


@pytest.fixture(scope="package")
def adopted(lab: Lab) -> list[str]:
    """Names of files that were on tape before the space was made."""
    said = lab.house.command("space", "adopt", TAPES)
    assert said.startswith("6 files ("), said
    return [f"obs {n:04d}.fits" for n in range(6)]


@pytest.fixture
def http(lab: Lab) -> Iterator[httpx.Client]:
    with lab.client(lab.ana) as client:
        yield client
