"""A real node with a space of ana's on a disk of its own, and the command `way` for her."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest

from running import House, new_house

SPACE = "lab"


@dataclass
class Lab:
    """A space of ana's; ben reads there, eve has no role.

    Attributes:
        root: of the disk that the space is on.
        home: of who runs the command.
    """

    house: House
    root: Path
    home: Path
    ana: str
    ben: str
    eve: str
    numbers: count

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or self.ana}"}
        return httpx.Client(base_url=self.house.url, headers=headers, timeout=60)

    def folder(self) -> str:
        """A folder's name that no other test has; it is not there yet."""
        return f"folder-{os.getpid()}-{next(self.numbers)}"

    def disk(self, path: str) -> Path:
        return self.root / SPACE / path

    def files(self, path: str) -> dict[str, bytes]:
        """What is on the server's disk below a folder."""
        top = self.disk(path)
        return {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}

    def variables(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(self.home),
            "WAYSTATION_URL": self.house.url,
            "WAYSTATION_TOKEN": self.ana,
            **more,
        }

    def begin(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """Start the command."""
        return subprocess.Popen(
            [sys.executable, "-m", "waystation_client", *map(str, words)],
            env=self.variables(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Tests that run in the background have inherited it ignored, as would this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def way(self, *words: object, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command; it must end so."""
        started = self.begin(*words, **more)
        out, err = started.communicate(timeout=120)
        assert started.returncode == code, (words, out, err)
        return subprocess.CompletedProcess(started.args, code, out, err)

    def told(self, *words: object, code: int = 0, **more: str) -> dict[str, object]:
        """Run it with --json; what it says."""
        said = json.loads(self.way(*words, "--json", code=code, **more).stdout)
        assert isinstance(said, dict)
        return said


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("disk")
    with new_house(files_each=1, WAYSTATION_STORES__DISK__ROOT=str(root)) as house:
        ana, ben, eve = (house.account(name) for name in ("ana", "ben", "eve"))
        house.command("space", "add", SPACE, "--owner", "ana", "--store", "disk")
        house.command("space", "role", SPACE, "ben", "reader")
        yield Lab(house, root, tmp_path_factory.mktemp("home"), ana, ben, eve, count())


@pytest.fixture
def http(lab: Lab) -> Iterator[httpx.Client]:
    with lab.client() as client:
        yield client
