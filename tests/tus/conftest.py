"""A real node with a space of ana's, and a small tus client that says exactly what it is told."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest

from running import House, new_house

SPACE = "lab"
MEDIA = "application/offset+octet-stream"


def told(**words: str) -> str:
    """Upload-Metadata."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in words.items())


def summed(data: bytes, algorithm: str = "sha1") -> str:
    """Upload-Checksum."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@dataclass
class Lab:
    """A space of ana's; ben may write there too, eve has no role.

    Attributes:
        root: of the disk that the space is on.
    """

    house: House
    root: Path
    ana: str
    ben: str
    eve: str
    numbers: count

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or self.ana}", "Tus-Resumable": "1.0.0"}
        return httpx.Client(base_url=self.house.url, headers=headers, timeout=30)

    def name(self) -> str:
        """A name that no other test has."""
        return f"file-{next(self.numbers)}.dat"

    def disk(self, path: str) -> Path:
        return self.root / SPACE / path

    def parts(self) -> set[str]:
        return {p.name for p in (self.root / SPACE / ".waystation/parts").iterdir()}

    def create(
        self, http: httpx.Client, size: int, path: str, content: bytes | None = None, **more: str
    ) -> httpx.Response:
        headers = {
            "Upload-Length": str(size),
            "Upload-Metadata": told(filename=path),
            **({"Content-Type": MEDIA} if content is not None else {}),
            **more,
        }
        return http.post(f"/tus/{SPACE}/", headers=headers, content=content or b"")

    def patch(
        self, http: httpx.Client, url: str, offset: int, data: bytes, **more: str
    ) -> httpx.Response:
        headers = {"Upload-Offset": str(offset), "Content-Type": MEDIA, **more}
        return http.patch(url, headers=headers, content=data)

    def usage(self) -> tuple[object, ...]:
        sql = """
          SELECT bytes, files, held_bytes, held_files FROM quotas_quota q
          JOIN hosting_space s ON q.subject = 'space:' || s.id WHERE s.name = %(name)s
        """
        return self.house.rows(sql, name=SPACE)[0]


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("disk")
    with new_house(files_each=1, WAYSTATION_STORES__DISK__ROOT=str(root)) as house:
        ana, ben, eve = (house.account(name) for name in ("ana", "ben", "eve"))
        house.command("space", "add", SPACE, "--owner", "ana", "--store", "disk")
        house.command("space", "role", SPACE, "ben", "writer")
        yield Lab(house, root, ana, ben, eve, count())


@pytest.fixture
def http(lab: Lab) -> Iterator[httpx.Client]:
    with lab.client() as client:
        yield client
