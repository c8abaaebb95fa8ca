"""A migrated database and the staging subject on it, without web: for benchmarks of statements."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waystation.backends.postgres.supervisor import EmbeddedPostgres
from waystation.kernel.database import Database


@contextmanager
def database() -> Iterator[tuple[Database, str]]:
    """The database and its DSN, with a store `archive` on a back end `mem` and an account `bench`."""
    with tempfile.TemporaryDirectory(prefix="ws-bench-", dir="/tmp") as scratch:
        home = Path(scratch)
        home.chmod(0o755)
        postgres = EmbeddedPostgres(home / "data")
        dsn = postgres.start()
        os.environ["WAYSTATION_POSTGRES__DSN"] = dsn
        os.environ["WAYSTATION_DATA_DIR"] = str(home / "data")
        os.environ["WAYSTATION_CONFIG"] = str(home / "none.toml")
        from waystation.bootstrap import ready
        from waystation.domains.catalogue.door import Catalogue, StoreInfo
        from waystation.kernel.clock import SystemClock

        house = Database(dsn, name="bench", max_size=4)
        try:
            ready.start_django()
            ready.migrate()
            ready.add_user("bench", admin=True)
            house.open()
            store = StoreInfo(0, "archive", "/archive", "mem", ("*",), 10_000_000, 0)
            Catalogue(house, SystemClock()).sync_stores([store])
            yield house, dsn
        finally:
            house.close()
            postgres.stop()
