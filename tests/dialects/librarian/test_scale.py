"""Ten thousands of rows: every search ends by an index, a manifest is a few statements."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dialects.librarian.desk import Librarian
from hosting.world import World
from waystation.interfaces.dialects.librarian.administering import Administering
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import errors, files, incoming
from waystation.kernel.database import Statement

MANY = 30_000
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILL = f"""
  INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
  SELECT 'obs/' || n, n, 'xxh3:::' || md5(n::text), 'user' || n % 100, 'site' || n % 30,
    timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, {MANY}) n;
  INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
  SELECT id, id, name, 0, create_time FROM librarian_file;
  INSERT INTO librarian_incoming (status, user_id, name, upload_name, folder, size, checksum,
    created, due)
  SELECT 3, 1, 'obs/' || n, 'n', md5(n::text), n, 'xxh3:::' || md5(n::text), now(),
    timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, {MANY}) n;
  INSERT INTO librarian_error (severity, category, message, raised_time, cleared)
  SELECT 'error', 'transfer', 'm' || n, timestamptz '2026-01-01' + n * interval '1 minute',
    n % 100 <> 0 FROM generate_series(1, {MANY}) n;
  ANALYZE
"""
ANY = {"name": None, "window": None, "uploader": None, "source": None, "limit": 64}
WINDOW = (NOW - timedelta(hours=6), NOW)
INSTANCE = {
    "number": None,
    "path": None,
    "deletion_policy": None,
    "created_time": None,
    "file_name": None,
    "available": None,
    "limit": 64,
}
ERROR = {"number": None, "category": None, "severity": None, "window": None, "limit": 64}
STATEMENTS = {
    "newest": files.found(**ANY),
    "name": files.found(**{**ANY, "name": "obs/77"}),
    "no such name": files.found(**{**ANY, "name": "nothing"}),
    "window": files.found(**{**ANY, "window": WINDOW}),
    "uploader": files.found(**{**ANY, "uploader": "user7"}),
    "no such uploader": files.found(**{**ANY, "uploader": "nobody"}),
    "source": files.found(**{**ANY, "source": "site7"}),
    "uploader in window": files.found(**{**ANY, "uploader": "user7", "window": WINDOW}),
    "instances of files": files.instances_of(list(range(1, 65))),
    "instances": files.instances(**INSTANCE),
    "instance by path": files.instances(**{**INSTANCE, "path": "obs/77"}),
    "instance by file": files.instances(**{**INSTANCE, "file_name": "obs/77"}),
    "manifest page": files.manifest(after=100, last=MANY, limit=1000),
    "open errors": errors.found(**ERROR, resolved=False),
    "all errors": errors.found(**ERROR, resolved=True),
    "due uploads": incoming.due(now=datetime(2026, 1, 1, tzinfo=UTC), limit=100),
    "waited for": incoming.waited_for(["nothing", "of this"]),
}


@pytest.fixture(scope="module")
def full(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory):
    name = f"librarian_{tmp_path_factory.mktemp('n').name}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    with psycopg.connect(postgres.rsplit("/", 1)[0] + "/" + name, autocommit=True) as conn:
        conn.execute(FILL)
        yield conn
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def plan(conn: psycopg.Connection, statement: Statement) -> str:
    found = conn.execute(f"EXPLAIN {statement.sql}", statement.params).fetchall()
    return "\n".join(line for (line,) in found)


@pytest.mark.parametrize("what", STATEMENTS)
def test_no_search_reads_a_whole_table(full, what):
    """64 rows cost the old server 128 scans of its tables (contract librarian, 3)."""
    told = plan(full, STATEMENTS[what])
    assert "Seq Scan" not in told, told


@pytest.mark.parametrize("what", ["newest", "window", "uploader", "source"])
def test_what_is_shown_is_not_sorted_first(full, what):
    told = plan(full, STATEMENTS[what])
    assert "Sort" not in told, told


def test_a_manifest_of_more_than_a_page_is_whole_and_marks_at_its_end(dsn, tmp_path):
    staging = tmp_path / "staging"
    staging.mkdir()
    world = World(dsn, tmp_path / "disk")
    desk = Librarian(world, staging)
    many = 10_500
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            f"""
            INSERT INTO catalogue_entry (store_id, parent_id, name, kind, mtime, changed, owner_id)
            SELECT {world.space.store_id}, {world.space.root_id}, 'f' || n, 1, now(), now(), 1
            FROM generate_series(1, {many}) n;
            INSERT INTO librarian_file (name, size, checksum, uploader, source, create_time)
            SELECT 'f' || n, 1, 'md5', 'u', 's', now() FROM generate_series(1, {many}) n;
            INSERT INTO librarian_instance (file_id, entry_id, path, deletion_policy, created_time)
            SELECT f.id, e.id, f.name, 0, now() FROM librarian_file f
            JOIN catalogue_entry e ON e.name = f.name AND e.kind = 1
            """
        )
    body = {
        "store_name": world.space.name,
        "disable_store": True,
        "mark_local_instances_as_unavailable": True,
    }
    _, call = desk._call(body, world.admin)
    administering = Administering(Shelf(desk.house, desk.terms), Area(staging))
    parts = administering.manifest(call).parts
    assert parts is not None
    sent = next(parts) + next(parts)
    left = "SELECT count(*) FROM librarian_instance WHERE available"
    assert world.rows(left) == [(many,)], "a line that breaks here has cost nothing"
    told = json.loads(sent + b"".join(parts))
    assert {each["name"] for each in told["store_files"]} == {f"f{n + 1}" for n in range(many)}
    assert told["store_files"][0]["instance_path"] == str(Path(world.space.base) / "f1")
    assert world.rows(left) == [(0,)]
    assert world.rows("SELECT enabled FROM librarian_shelf") == [(False,)]
    world.close()
