"""A real node with a space of ana's; ben has no role in it until a test gives him one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from running import House, new_house

SPACE = "lab"


@dataclass
class Lab:
    """A space of ana's; each test has a folder of its own in it.

    Attributes:
        ana, ben: their tokens.
    """

    house: House
    root: Path
    ana: str
    ben: str
    numbers: count

    def folder(self, **content: bytes) -> str:
        """A new folder with these files."""
        name = f"folder {next(self.numbers)}"
        with self.dav() as http:
            assert http.request("MKCOL", f"/{quote(name)}").status_code == 201
        for each, data in content.items():
            self.put(f"{name}/{each}", data)
        return name

    def put(self, path: str, data: bytes) -> None:
        with self.dav() as http:
            assert http.put(f"/{quote(path)}", content=data).is_success

    def dav(self, token: str | None = "", **more: object) -> httpx.Client:
        """WebDAV of the space by a token; None is nobody, nothing is ana."""
        held = self.ana if token == "" else token
        headers = {"Authorization": f"Bearer {held}"} if held else {}
        base = f"{self.house.url}/dav/{SPACE}"
        return httpx.Client(base_url=base, headers=headers, timeout=30, **more)  # type: ignore[arg-type]

    def api(self, token: str = "") -> httpx.Client:
        return self.house.client(token or self.ana)

    def disk(self, path: str) -> Path:
        return self.root / SPACE / path

    def names(self, folder: str) -> set[str]:
        return {path.name for path in self.disk(folder).iterdir()}

    def share(self, path: str, *, by: str = "", **wish: object) -> dict:
        """A link; the answer of the API."""
        with self.api(by) as http:
            answer = http.post(f"/spaces/{SPACE}/shares", json={"path": path, **wish})
        assert answer.is_success, answer.text
        return dict(answer.json())

    def role(self, who: str, role: str) -> None:
        """Give an account a role in the space."""
        self.house.command("space", "role", SPACE, who, role)


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("disk")
    with new_house(files_each=1, WAYSTATION_STORES__DISK__ROOT=str(root)) as house:
        ana, ben = house.account("ana"), house.account("ben")
        house.command("space", "add", SPACE, "--owner", "ana", "--store", "disk")
        yield Lab(house, root, ana, ben, count())


@pytest.fixture
def visitor() -> Iterator[httpx.Client]:
    """Somebody without an account."""
    with httpx.Client(timeout=30) as http:
        yield http
