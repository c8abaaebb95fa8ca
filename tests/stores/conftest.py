"""What tests of storages share."""

import pytest

from running import free_port


@pytest.fixture
def unused_port() -> int:
    return free_port()
