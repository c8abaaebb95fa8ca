"""A Librarian's database, settings and tasks become ours: contract librarian, 1.5, 1.7, 1.10."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet

from dialects.librarian.conftest import SPACE, xxh3
from running import House
from waystation.bootstrap import librarian_db, librarian_settings
from waystation.kernel.errors import MalformedError

TABLES = """
  CREATE TABLE files (name VARCHAR(256) PRIMARY KEY, create_time TIMESTAMP, size BIGINT,
    checksum VARCHAR(256), uploader VARCHAR(256), source VARCHAR(256));
  CREATE TABLE store_metadata (id INTEGER PRIMARY KEY, name VARCHAR(256));
  CREATE TABLE instances (id INTEGER PRIMARY KEY, path VARCHAR(256), file_name VARCHAR(256),
    store_id INTEGER, deletion_policy VARCHAR(10), created_time TIMESTAMP, available BOOLEAN);
  CREATE TABLE librarians (id INTEGER PRIMARY KEY, name VARCHAR(256), url VARCHAR(256),
    port INTEGER, authenticator VARCHAR(256), transfers_enabled BOOLEAN);
  CREATE TABLE remote_instances (id INTEGER PRIMARY KEY, file_name VARCHAR(256),
    store_id INTEGER, librarian_id INTEGER, copy_time TIMESTAMP, sender VARCHAR(256));
  CREATE TABLE users (username VARCHAR(256) PRIMARY KEY, auth_token VARCHAR(256),
    auth_level VARCHAR(10));
  CREATE TABLE incoming_transfers (id INTEGER PRIMARY KEY, status VARCHAR(10));
  CREATE TABLE outgoing_transfers (id INTEGER PRIMARY KEY, status VARCHAR(10));
  INSERT INTO store_metadata VALUES (1, 'main'), (2, 'gone');
  INSERT INTO incoming_transfers VALUES (1, 'COMPLETED'), (2, 'ONGOING');
  INSERT INTO outgoing_transfers VALUES (1, 'FAILED')
"""
WHEN = "2024-05-06 07:08:09.123456"
KEY = Fernet.generate_key()
PASSWORD = "an old password 1"
DATA = {"one.dat": b"the first", "sub/two.dat": b"second one"}


def rows(top: Path, tag: str) -> list[tuple[str, tuple[object, ...]]]:
    """Statements with their values: two good files, and each reason why one does not come."""
    found: list[tuple[str, tuple[object, ...]]] = []
    names = [*DATA, "lost.dat", "grown.dat", "elsewhere.dat", "off.dat"]
    for number, name in enumerate(names, 1):
        data = DATA.get(name, b"x")
        path = Path("/somewhere") / name if name == "elsewhere.dat" else top / tag / name
        file = (f"{tag}/{name}", WHEN, len(data), xxh3(data), "ana", f"{tag}-peer")
        found.append(("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", file))
        policy = "ALLOWED" if name == "one.dat" else "DISALLOWED"
        place = (number, str(path), f"{tag}/{name}", 1, policy, WHEN, name != "off.dat")
        found.append(("INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?)", place))
    sealed = Fernet(KEY).encrypt(b"us:pass:word").decode()
    peer = (1, f"{tag}-peer", "https://b.example.org", 443, sealed, False)
    found.append(("INSERT INTO librarians VALUES (?, ?, ?, ?, ?, ?)", peer))
    copy = (1, f"{tag}/one.dat", 1, 1, WHEN, "us")
    found.append(("INSERT INTO remote_instances VALUES (?, ?, ?, ?, ?, ?)", copy))
    token = PasswordHasher().hash(PASSWORD)
    for name, level in ((f"{tag}-ann", "READAPPEND"), (f"{tag}-boss", "ADMIN")):
        found.append(("INSERT INTO users VALUES (?, ?, ?)", (name, token, level)))
    return found


def settings(folder: Path, top: Path) -> Path:
    store = {"store_name": "main", "store_type": "local", "store_data": {"store_path": str(top)}}
    said = {
        "name": "old_site",
        "displayed_site_name": "Old site",
        "encryption_key": KEY.decode(),
        "add_stores": [store],
        "globus_enable": True,
        "globus_client_id": "c1",
        "globus_client_native_app": True,
        "globus_client_secret": "never shown",
        "globus_local_endpoint_id": "e1",
        "globus_local_root": "/data",
    }
    file = folder / "settings.json"
    file.write_text(json.dumps(said))
    return file


def old_site(library, folder: Path, tag: str) -> tuple[str, ...]:
    """Its files where they lie, its database, settings and tasks; the command that takes it."""
    base = folder / "old.db"
    for name, data in {**DATA, "grown.dat": b"more than it was"}.items():
        path = library.root / tag / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1e9, 1e9))
    with sqlite3.connect(base) as conn:
        conn.executescript(TABLES)
        for sql, values in rows(library.root, tag):
            conn.execute(sql, values)
    sends = {"destination_librarian": "b", "age_in_days": 7, "every": "01:00:00"}
    tasks = {"send_clone": [sends], "recieve_clone": [{}]}
    (folder / "tasks.json").write_text(json.dumps(tasks))
    where = ("--db", f"sqlite:///{base}", "--settings", str(settings(folder, library.root)))
    return ("import", "librarian", *where, "--space", SPACE)


def test_a_librarian_becomes_ours_without_a_byte_read(library, tmp_path):
    tag = library.name("")
    asked = old_site(library, tmp_path, tag)
    tasks = tmp_path / "tasks.json"

    dry = outcome(library.house, *asked, "--tasks", str(tasks), "--dry-run")
    assert "2 files would be new." in dry
    assert 'name = "old_site"' in dry
    assert 'collection = "e1"' in dry
    assert "never shown" not in dry
    assert "task send_clone: way replicate to-b SPACE:/ b:store" in dry
    assert library.post("search/file", {"name": f"{tag}/one.dat"}).status_code == 404

    told = outcome(library.house, *asked)
    assert "2 files are new." in told
    assert "1 accounts are new." in told
    assert "1 librarians are new." in told
    assert "1 copies at other librarians are new." in told
    for why in (
        "there is nothing at its path",
        "it has another size on disk",
        "it is not below",
        "it was not available there",
        "administrators are made by",
        "is not over",
    ):
        assert why in told, why
    again = outcome(library.house, *asked)
    assert "0 files are new." in again
    assert "1 librarians" not in again

    found = library.find(f"{tag}/one.dat")
    assert found["create_time"] == WHEN.replace(" ", "T")
    assert (found["uploader"], found["source"]) == ("ana", f"{tag}-peer")
    assert found["instances"][0]["deletion_policy"] == 1
    (far,) = found["remote_instances"]
    assert far["librarian_name"] == f"{tag}-peer"
    assert far["copy_time"] == WHEN.replace(" ", "T")
    library.passwords[f"{tag}-ann"] = PASSWORD
    answer = library.post("validate/file", {"file_name": f"{tag}/sub/two.dat"}, by=f"{tag}-ann")
    assert [each["computed_same_checksum"] for each in answer.json()] == [True]
    peers = library.post("admin/librarians/list", {"ping": False}, by="root").json()["librarians"]
    known = {each["name"]: (each["url"], each["port"], each["enabled"]) for each in peers}
    assert known[f"{tag}-peer"] == ("https://b.example.org", 443, False)
    library.post("admin/librarians/remove", {"librarian_name": f"{tag}-peer"}, by="root")


def outcome(house: House, *asked: str) -> str:
    """What a command says that leaves something, on both channels."""
    done = subprocess.run(
        [sys.executable, "-m", "waystation", *asked],
        env={**house.environment(), "WAYSTATION_POSTGRES__DSN": house.dsn},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_postgresql_is_read_as_sqlite_is(dsn, tmp_path):
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE SCHEMA old")
        conn.execute("SET search_path TO old")
        conn.execute(TABLES.encode())
        for sql, values in rows(tmp_path, "pg"):
            conn.execute(sql.replace("?", "%s").encode(), values)
    url = f"{dsn}{'&' if '?' in dsn else '?'}options=-csearch_path%3Dold"
    with librarian_db.opened(url) as base:
        files = [row for found in base.files() for row in found]
        assert [row["name"] for row in files][:2] == ["pg/one.dat", "pg/sub/two.dat"]
        assert librarian_db.moment(files[0]["create_time"]).isoformat() == (
            "2024-05-06T07:08:09.123456+00:00"
        )
        assert [row["auth_level"] for row in base.users()] == ["READAPPEND", "ADMIN"]
        assert len(next(base.remote_instances())) == 1
        assert base.under_way()["uploads and clones under way"] == 1


@pytest.mark.parametrize(
    "url", ["mysql://x", "sqlite:////nowhere/at/all.db"], ids=["another kind", "none there"]
)
def test_what_is_no_database_of_a_librarian_is_said_so(url):
    with pytest.raises(MalformedError), librarian_db.opened(url) as base:
        base.users()


def test_settings_without_a_store_are_refused(tmp_path):
    file = tmp_path / "s.json"
    file.write_text('{"name": "x"}')
    with pytest.raises(MalformedError, match="store_path"):
        librarian_settings.read(file)
    file.write_text("[")
    with pytest.raises(MalformedError):
        librarian_settings.read(file)
