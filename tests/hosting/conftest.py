"""A world with one space of ana's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hosting.world import World


@pytest.fixture
def world(dsn: str, tmp_path: Path) -> Iterator[World]:
    made = World(dsn, tmp_path / "disk")
    yield made
    made.close()
