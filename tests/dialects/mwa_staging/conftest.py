"""The dialect around a tape system in memory, in its own time."""

import dataclasses
import os
from collections.abc import Iterator

import psycopg
import pytest

from crash.world import RULES, World
from dialects.mwa_staging.wire import HOSTS, Wire

TABLES = (
    "mwa_staging_lookup",
    "mwa_staging_oddnames",
    "outbox",
    "notify_delivery",
    "notify_receiver",
)


@pytest.fixture(scope="module")
def small(postgres: str, template: str) -> Iterator[World]:
    """A house for a whole module; `world` empties it."""
    name = f"mwa_{os.getpid()}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    rules = dataclasses.replace(RULES, callbacks=HOSTS.objection)
    made = World(postgres.rsplit("/", 1)[0] + "/" + name, rules)
    yield made
    made.close()
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def world(small: World) -> Iterator[World]:
    """An empty house."""
    with psycopg.connect(small.dsn, autocommit=True) as conn:
        for table in TABLES:
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
