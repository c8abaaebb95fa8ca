"""The small house of the crash tests, for other bad days; and a node for bytes."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from crash.world import World
from running import House, free_port, new_house


@pytest.fixture
def world(dsn: str) -> Iterator[World]:
    made = World(dsn)
    yield made
    made.check()
    made.close()


@dataclass
class Lab:
    """A node with a space on an ordinary disk, and one on a disk of a few megabytes.

    Attributes:
        root, small: of the disks.
    """

    house: House
    root: Path
    small: Path

    def client(self, **more: object) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        given = {"base_url": self.house.url, "headers": headers, "timeout": 60, **more}
        return httpx.Client(**given)  # type: ignore[arg-type]

    def name(self) -> str:
        """That no other test has."""
        return f"n-{os.urandom(6).hex()}"

    def usage(self, space: str) -> tuple[object, ...]:
        """What is charged and held: bytes, files, bytes held, files held."""
        sql = """
          SELECT bytes, files, held_bytes, held_files FROM quotas_quota q
          JOIN hosting_space s ON q.subject = 'space:' || s.id WHERE s.name = %(name)s
        """
        return self.house.rows(sql, name=space)[0]

    def parts(self, space: str) -> list[str]:
        """Of uploads that are under way, on the disk."""
        top = {"lab": self.root, "small": self.small}[space]
        return [each.name for each in (top / space / ".waystation" / "parts").iterdir()]


SMALL = 8 * 2**20


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real file system of a few megabytes; only root can make one."""
    place = tmp_path_factory.mktemp("small")
    words = ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=755", "tmpfs", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        assert os.environ.get("CI") != "true", done.stderr
        pytest.skip(f"only root can make a small disk: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="session")
def lab(small_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root, mover = tmp_path_factory.mktemp("disk"), free_port()
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(root),
        "WAYSTATION_STORES__TINY__ROOT": str(small_disk),
        "WAYSTATION_MOVER__PORT": str(mover),
    }
    with new_house(directories=1, files_each=1, **variables) as house:
        for space, store in (("lab", "disk"), ("small", "tiny")):
            house.command("space", "add", space, "--owner", house.name, "--store", store)
        yield Lab(house, root, small_disk)
