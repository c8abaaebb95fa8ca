"""Two real sites that replicate."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from replication.twins import Twin, Twins
from running import House, new_house, until

HOST = "both"
"""What both sites call the machine that they share."""


@dataclass
class Pair:
    """Site `aye` with the space `lab`, and site `bee` with the space `copy`."""

    aye: House
    bee: House

    def put(self, path: str, data: bytes, house: House | None = None, space: str = "lab") -> None:
        """A file in a space."""
        with dav(house or self.aye) as http:
            folders = path.split("/")[:-1]
            for n in range(1, len(folders) + 1):
                http.request("MKCOL", f"/{space}/{'/'.join(folders[:n])}")
            assert http.put(f"/{space}/{path}", content=data).is_success

    def get(self, path: str, house: House | None = None, space: str = "copy") -> bytes | None:
        """What is at a path of the other site."""
        with dav(house or self.bee) as http:
            answer = http.get(f"/{space}/{path}")
        return answer.content if answer.is_success else None

    def came(self, path: str, data: bytes, deadline_s: float = 60) -> bool:
        """Whether a file comes to the other site, whole."""
        return until(lambda: self.get(path) == data, deadline_s)

    def shipments(self, house: House | None = None, **query: object) -> list[dict[str, object]]:
        """As administrators see them."""
        with (house or self.aye).client() as http:
            return http.get("/shipments", params=query).json()["shipments"]


def dav(house: House) -> httpx.Client:
    """WebDAV of a site as its administrator."""
    return house.client(base_url=f"{house.url}/dav")


def site(name: str, root: Path, **variables: str) -> dict[str, str]:
    """Variables of a site."""
    known = {
        "SITES__NAME": name,
        "STORES__DISK__ROOT": str(root / name),
        "SITES__HOSTS": f'["{HOST}"]',
        "SITES__PATHS": f'["{root}"]',
        "SITES__AGAIN_S": "1",
    }
    return {f"WAYSTATION_{k}": v for k, v in {**known, **variables}.items()}


@contextmanager
def paired(**variables: str) -> Iterator[Pair]:
    """Two sites that know each other; `bee` lets `aye` write in its space."""
    with (
        tempfile.TemporaryDirectory(prefix="ws-two-sites-") as folder,
        new_house(directories=1, files_each=2, **site("aye", Path(folder), **variables)) as aye,
        new_house(directories=1, files_each=2, **site("bee", Path(folder), **variables)) as bee,
    ):
        for house, space in ((aye, "lab"), (bee, "copy")):
            house.command("space", "add", space, "--owner", house.name, "--store", "disk")
        code = bee.command("partner", "invite", "aye", "--space", "copy")
        aye.command("partner", "join", code)
        yield Pair(aye, bee)


@pytest.fixture(scope="package")
def pair() -> Iterator[Pair]:
    with paired() as made:
        yield made


def unique(name: str) -> str:
    """A name that no other test has."""
    return f"{name}-{os.urandom(4).hex()}"


def disk(house: House, space: str) -> Path:
    """The folder of a space."""
    return Path(house.variables["WAYSTATION_STORES__DISK__ROOT"]) / space


@pytest.fixture
def twins(dsn: str, postgres: str, template: str, tmp_path: Path) -> Iterator[Twins]:
    """Two houses in this process, on databases of their own, that know each other."""
    with another(postgres, template) as other:
        aye, bee = Twin(dsn, tmp_path / "aye", "aye"), Twin(other, tmp_path / "bee", "bee")
        bee.clock = aye.clock
        bee.build()
        aye.know(bee)
        bee.know(aye)
        for each in (aye, bee):
            each.fate.passed.clear()
        try:
            yield Twins(aye, bee)
        finally:
            aye.close()
            bee.close()


@contextmanager
def another(postgres: str, template: str) -> Iterator[str]:
    """One more fresh copy of the migrated database."""
    name = f"other_{os.getpid()}_{os.urandom(4).hex()}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield postgres.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
