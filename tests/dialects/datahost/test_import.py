"""Row 18: an old Data Host's tree with its users is taken over, and again after a kill."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from running import new_house, until

PASSWORD = "old but known 1"
COLUMNS = (
    "id", "username", "first_name", "last_name", "email", "password", "is_staff", "is_active",
    "is_superuser", "last_login", "date_joined",
)  # fmt: skip


def old(password: str, salt: str = "a1b2c") -> str:
    """As Django 1.0 stored it."""
    return f"sha1${salt}${hashlib.sha1((salt + password).encode()).hexdigest()}"


def row(number: int, name: str, last: str = "O'Neil") -> tuple[object, ...]:
    return (number, name, "Ann", last, f"{name}@example.org", old(PASSWORD), 1, 1, 1, None, "2009")


def sqlite(file: Path, rows: list[tuple[object, ...]]) -> None:
    with sqlite3.connect(file) as conn:
        conn.execute(f"CREATE TABLE auth_user ({', '.join(COLUMNS)})")
        conn.executemany(f"INSERT INTO auth_user VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    conn.close()


def dump(file: Path, rows: list[tuple[object, ...]]) -> None:
    def said(value: object) -> str:
        text = str(value).replace("\\", "\\\\").replace("'", "\\'")
        return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{text}'"

    columns = ",\n".join(f"  `{name}` varchar(75) NOT NULL" for name in COLUMNS)
    values = ",".join(f"({','.join(map(said, each))})" for each in rows)
    file.write_text(
        f"-- MySQL dump 10.11\nCREATE TABLE `auth_user` (\n{columns},\n  PRIMARY KEY (`id`)\n)"
        f" ENGINE=MyISAM;\nINSERT INTO `auth_user` VALUES {values};\nUNLOCK TABLES;\n"
    )


def fixture(file: Path, rows: list[tuple[object, ...]]) -> None:
    fields = [dict(zip(COLUMNS[1:], each[1:], strict=True)) for each in rows]
    said = [{"model": "auth.user", "pk": n, "fields": f} for n, f in enumerate(fields, 1)]
    file.write_text(json.dumps([{"model": "auth.group", "fields": {}}, *said]))


def variables(house) -> dict[str, str]:
    """Of the operator's command, as `House.command` has them."""
    return {**house.environment(), "WAYSTATION_POSTGRES__DSN": house.dsn}


def took(house, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "waystation", "import", "datahost-tree", *words],
        env=variables(house), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    root = tmp_path_factory.mktemp("import")
    (root / "spaces").mkdir()
    with new_house(files_each=1, WAYSTATION_STORES__DISK__ROOT=str(root / "spaces")) as house:
        yield house, root


@pytest.mark.parametrize("kind", [sqlite, dump, fixture])
def test_row_18_a_tree_is_taken_over_with_its_users(taken, kind):
    house, root = taken
    one, two, idle = (f"{name}-{kind.__name__}" for name in ("anna", "bert", "idle"))
    top = root / f"old-{kind.__name__}"
    (top / one / "deep/er").mkdir(parents=True)
    (top / two).mkdir()
    (top / "stranger").mkdir()
    (top / one / "a.dat").write_bytes(b"1234")
    (top / one / "deep/er/b").write_bytes(b"56")
    (top / one / "link").symlink_to("/etc/passwd")
    (top / two / "c").write_bytes(b"7")
    inode = (top / one / "a.dat").stat().st_ino
    users = root / f"users-{kind.__name__}"
    kind(users, [row(n, name) for n, name in enumerate((one, two, idle), 1)])
    told = took(house, str(top), "--users", str(users), "--store", "disk", code=1)
    assert "3 accounts, 2 spaces, 3 files are new." in told
    assert "stranger: it is the folder of no user" in told
    assert "link: it is a link" in told
    assert (root / "spaces" / one / "a.dat").stat().st_ino == inode, "renamed, not copied"
    token = house.command("user", "token", one)
    with house.client(token, base_url=house.url) as http:
        assert http.get(f"/dav/{one}/deep/er/b").content == b"56"
        assert http.get(f"/dav/{two}/c").status_code == 404
    used = house.rows(
        "SELECT bytes, files FROM quotas_quota q JOIN hosting_space s ON subject='space:'||s.id"
        " WHERE s.name=%(name)s", name=one,
    )  # fmt: skip
    assert used == [(6, 2)]
    again = took(house, str(top), "--users", str(users), "--store", "disk", code=1)
    assert "0 accounts, 0 spaces, 0 files are new." in again


def test_row_18_people_sign_in_with_what_they_know_and_it_is_written_anew(taken):
    house, root = taken
    (root / "old-p").mkdir()
    sqlite(root / "users-p", [row(1, "paul")])
    took(house, str(root / "old-p"), "--users", str(root / "users-p"), "--store", "disk")
    sql = "SELECT password, is_superuser, last_name FROM accounts_user WHERE username='paul'"
    [(kept, admin, last)] = house.rows(sql)
    assert str(kept).startswith("wrapped_sha1$")
    assert (admin, last) == (False, "O'Neil")
    words = {"DATAHOST_PASSWORD": PASSWORD, "HOME": str(root)}
    done = subprocess.run(
        [sys.executable, "-m", "waystation_client.datahost", "login", house.url, "paul"],
        env={**os.environ, **words}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(house.rows(sql)[0][0]).startswith("argon2$argon2id$")


def test_row_18_a_space_of_somebody_else_is_not_written_to(taken):
    house, root = taken
    house.account("other")
    house.command("space", "add", "taken", "--owner", "other", "--store", "disk")
    (root / "old-t/taken").mkdir(parents=True)
    (root / "old-t/taken/x").write_bytes(b"1")
    sqlite(root / "users-t", [row(1, "taken")])
    told = took(house, str(root / "old-t"), "--users", str(root / "users-t"), "--store", "disk",
                code=1)  # fmt: skip
    assert "a space taken of somebody else" in told
    assert (root / "old-t/taken/x").exists()


def test_row_18_killed_and_run_again(taken):
    house, root = taken
    top = root / "old-k"
    for n in range(300):
        (top / f"kim/{n % 30}/{n}").mkdir(parents=True)
        for i in range(100):
            (top / f"kim/{n % 30}/{n}/{i}").write_bytes(b"x")
    sqlite(root / "users-k", [row(1, "kim")])
    words = [str(top), "--users", str(root / "users-k"), "--store", "disk"]
    first = subprocess.Popen(
        [sys.executable, "-m", "waystation", "import", "datahost-tree", *words],
        env=variables(house),
    )
    count = "SELECT count(*) FROM catalogue_entry e JOIN accounts_user u ON u.id=e.owner_id"
    count += " WHERE e.kind=1 AND u.username='kim'"
    until(lambda: int(str(house.rows(count)[0][0])) > 0 or first.poll() is not None, 30)
    first.send_signal(signal.SIGKILL)
    first.wait(30)
    took(house, *words)
    assert house.rows(count) == [(30_000,)]
    sql = "SELECT bytes, files FROM quotas_quota q JOIN hosting_space s ON subject='space:'||s.id"
    assert house.rows(f"{sql} WHERE s.name='kim'") == [(30_000, 30_000)]


def test_row_18_a_file_that_holds_no_users(taken):
    house, root = taken
    (root / "old-n").mkdir()
    (root / "none").write_text("nothing here")
    told = took(house, str(root / "old-n"), "--users", str(root / "none"), "--store", "disk",
                code=1)  # fmt: skip
    assert "cannot be read as users" in told
