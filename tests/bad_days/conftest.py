"""The small house of the crash tests, for days that are bad in other ways."""

from collections.abc import Iterator

import pytest

from crash.world import World


@pytest.fixture
def world(dsn: str) -> Iterator[World]:
    made = World(dsn)
    yield made
    made.check()
    made.close()
