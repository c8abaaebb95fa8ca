"""The dialect around a tape system in memory, in its own time."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from crash.world import World
from dialects.ltfsee_globus.wire import Wire


@pytest.fixture(scope="module")
def small(postgres: str, template: str) -> Iterator[World]:
    """A house for a whole module; `world` empties it."""
    name = f"ltfsee_{os.getpid()}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    made = World(postgres.rsplit("/", 1)[0] + "/" + name)
    yield made
    made.close()
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def world(small: World) -> Iterator[World]:
    """An empty house."""
    with psycopg.connect(small.dsn, autocommit=True) as conn:
        for table in ("ltfsee_globus_wish", "accounts_token"):
            conn.execute(f"DELETE FROM {table}")
    small.reset(0)
    yield small
    small.check()


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    """The application around it."""
    made = Wire(world)
    yield made
    made.close()
