"""A world with an audit trail."""

from collections.abc import Iterator

import psycopg
import pytest

from audit.world import Trail
from crash.world import _grant


@pytest.fixture
def world(dsn: str) -> Iterator[Trail]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        made = Trail(dsn, _grant(conn, "root"), _grant(conn, "ana"))
    yield made
    made.close()
