"""One real PostgreSQL for each process of a run; a database of its own for each test that asks."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from object_store import ObjectStore, object_store
from running import House, new_house
from waystation.backends.postgres.supervisor import EmbeddedPostgres

# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

_SCRATCH = tempfile.TemporaryDirectory(prefix="ws-", dir="/tmp", ignore_cleanup_errors=True)
_HOME = Path(_SCRATCH.name)
_HOME.chmod(0o755)
_numbers = itertools.count(1)
# Of each process of a run its own, also on one server.
DJANGO, TEMPLATE = f"django_{os.getpid()}", f"template_{os.getpid()}"

# Nodes and commands are started by the hundred: their compiled modules are kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Playwright keeps an event loop in this thread; Django would refuse to be called beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["WAYSTATION_CONFIG"] = str(_HOME / "none.toml")
os.environ["WAYSTATION_DATA_DIR"] = str(_HOME / "house")


# Folders whose tests share a node: each in one process of a run, so that there is one. They are
# packages, and the node ends with the last of their tests.
HERE = Path(__file__).parent
SHARING = (
    *("admin", "dav", "dialects/act", "dialects/datahost", "dialects/librarian", "e2e"),
    *("jobs", "sharing", "tree", "tus"),
)
# What takes long is begun first: it would be waited for at the end.
LONG = ("operator", "deploy", "crash", "bad_days", "e2e", "admin", "real", "contracts")


class ByNode(LoadScopeScheduling):
    """Gives the processes of a run whole files, or whole folders that share a node."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((each for each in SHARING if f"/{each}/" in f"/{file}"), file)


@pytest.hookimpl(optionalhook=True)  # a run may be without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByNode:
    return ByNode(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first."""
    items.sort(key=lambda item: item.path.relative_to(HERE).parts[0] not in LONG)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What cannot run fails in CI: nothing is skipped there."""
    report = (yield).get_result()  # type: ignore[misc]
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"{item.nodeid} cannot run: {report.longrepr}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """DSN of a server: the embedded one, or what WAYSTATION_TEST_DSN names."""
    given = os.environ.get("WAYSTATION_TEST_DSN")
    if given:
        yield given
        return
    server = EmbeddedPostgres(_HOME / "pg")
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def cloud() -> Iterator[ObjectStore]:
    """A real object store."""
    with object_store(_HOME / "cloud") as store:
        yield store


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """A migrated, empty database to copy from: nobody may stay connected to it.

    Django itself is configured on another one, which it may keep open as long as it likes.
    """
    from waystation.bootstrap.django_start import migrate, start_django  # noqa: PLC0415

    with psycopg.connect(postgres, autocommit=True) as conn:
        for name in (DJANGO, TEMPLATE):
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.execute(f"CREATE DATABASE {DJANGO}")
    os.environ["WAYSTATION_POSTGRES__DSN"] = _named(postgres, DJANGO)
    start_django()
    migrate()
    from django.db import connection  # noqa: PLC0415 - Django is configured only now

    connection.close()
    connection.close_pool()
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DJANGO}'"
        )
        conn.execute(f"ALTER DATABASE {DJANGO} RENAME TO {TEMPLATE}")
        conn.execute(f"CREATE DATABASE {DJANGO} TEMPLATE {TEMPLATE}")
    return TEMPLATE


@pytest.fixture
def dsn(postgres: str, template: str) -> Iterator[str]:
    """A fresh copy of the migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _named(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


# Receivers of this machine may be called, and are given up soon.
MAY_CALL_US = {
    "WAYSTATION_NOTIFY__HOSTS": '["127.0.0.1:*"]',
    "WAYSTATION_NOTIFY__PLAIN_HOSTS": '["127.0.0.1:*"]',
    "WAYSTATION_NOTIFY__NETWORKS": '["127.0.0.0/8"]',
    "WAYSTATION_NOTIFY__RETRY_FIRST_S": "1",
    "WAYSTATION_NOTIFY__LIFETIME_S": "3",
}


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A real node beside a simulated tape library; take files by `untouched`."""
    with new_house(files_each=250, **MAY_CALL_US) as running:
        yield running


def _named(dsn: str, name: str) -> str:
    return dsn.rsplit("/", 1)[0] + "/" + name
