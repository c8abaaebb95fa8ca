"""The life of staging once more, on the oldest PostgreSQL that we promise: Debian's."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from controllers import test_staging_life as life
from waystation.backends.postgres.supervisor import EmbeddedPostgres

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def debian() -> Iterator[str]:
    """A server of Debian's programs with a migrated database to copy from."""
    with tempfile.TemporaryDirectory(
        prefix="ws-15-", dir="/tmp", ignore_cleanup_errors=True
    ) as at:
        Path(at).chmod(0o755)
        server = EmbeddedPostgres(Path(at), PROGRAMS)
        dsn = server.start()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
        subprocess.run(
            [sys.executable, "-m", "waystation", "migrate"],
            env={
                **kept,
                "WAYSTATION_POSTGRES__DSN": dsn,
                "WAYSTATION_DATA_DIR": f"{at}/house",
                "WAYSTATION_CONFIG": f"{at}/none.toml",
            },
            check=True,
            capture_output=True,
            timeout=120,
        )
        yield dsn
        server.stop()


@pytest.fixture
def dsn(debian: str) -> Iterator[str]:
    """A fresh copy, in the place of the embedded server's."""
    base, _, template = debian.rpartition("/")
    name = f"test_{next(_numbers)}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as conn:
        assert conn.info.server_version // 10_000 == 15
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{base}/{name}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


STORIES = [
    story
    for name, story in vars(life).items()
    if name.startswith("test_") and story.__code__.co_argcount == 1
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_there_it_is_the_same(small, story):
    story(small)
