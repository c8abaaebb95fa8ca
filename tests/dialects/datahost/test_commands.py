"""Rows 21 to 28, 31 and 39: the eight commands against a real node, as users run them."""

import os
import pty
import re
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from json import loads

import httpx
import pytest

from certificates import proxy
from dialects.datahost.conftest import sha256
from running import free_port, until

DATA = os.urandom(2_500_003)


def named(tmp_path, host, data=DATA) -> str:
    name = host.name()
    (tmp_path / name).write_bytes(data)
    return name


def test_row_21_passwords_are_hashed_and_guessing_is_slowed(host, tmp_path):
    host.house.account("guessed")
    [(kept,)] = host.house.rows("SELECT password FROM accounts_user WHERE username='guessed'")
    assert str(kept).startswith("argon2$argon2id$")
    tries = [
        host.run(tmp_path, "login", host.house.url, "guessed", DATAHOST_PASSWORD=f"wrong {n}")
        for n in range(11)
    ]
    assert [said.code for said in tries] == [3] * 10 + [5]
    assert "Name or password is wrong." in tries[0].err
    assert "Too many wrong passwords." in tries[-1].err


def test_row_22_a_day_with_the_password_commands(host, tmp_path):
    at, url = tmp_path, host.house.url
    name = named(at, host)
    said = host.run(at, "login", url, "ana", host.passwords["ana"])
    assert said.code == 0, said.err
    assert f"Signed in as ana at {url}" in said.out
    said = host.run(at, "put", url, "ana", name)
    assert (said.code, sha256(DATA) in said.out) == (0, True), said.err
    assert host.disk(name).read_bytes() == DATA
    assert f"{len(DATA)}" in next(
        line for line in host.run(at, "ls", url, "ana").out.splitlines() if line.endswith(name)
    )
    (at / name).unlink()
    assert host.run(at, "get", url, "ana", name).code == 0
    assert (at / name).read_bytes() == DATA
    assert host.run(at, "rm", url, "ana", name).code == 0
    assert name not in host.run(at, "ls", url, "ana").out
    gone = host.run(at, "get", url, "ana", name)
    assert gone.code == 4
    assert (at / name).read_bytes() == DATA, "a get that fails touches nothing"
    assert host.run(at, "logout", url, "ana").code == 0
    assert host.run(at, "ls", url, "ana").code == 3


def test_row_22_json(host, tmp_path):
    name, url = named(tmp_path, host, b"abc"), host.house.url
    host.login(tmp_path)
    put = loads(host.run(tmp_path, "put", url, "ana", name, "--json").out)
    assert put == {"filename": name, "bytes": 3, "sha256": sha256(b"abc")}
    lines = host.run(tmp_path, "ls", "--json", url, "ana").out.splitlines()
    listed = [loads(each) for each in lines]
    assert [each["bytes"] for each in listed if each["name"] == name] == [3]
    got = loads(host.run(tmp_path, "get", url, "ana", name, "--json", "-o", "back").out)
    assert (got["sha256"], (tmp_path / "back").read_bytes()) == (sha256(b"abc"), b"abc")


def test_row_22_names_that_are_hard(host, tmp_path):
    host.login(tmp_path)
    for name in ("sp ace ü;=&#?%41.dat", 'qu"ote\\back.dat', "-dash"):
        (tmp_path / name).write_text(name)
        words = ("ana", "--", name)
        assert host.run(tmp_path, "put", host.house.url, *words).code == 0, name
        (tmp_path / name).unlink()
        assert host.run(tmp_path, "get", host.house.url, *words).code == 0, name
        assert (tmp_path / name).read_text() == name
        assert host.run(tmp_path, "rm", host.house.url, *words).code == 0


def test_row_22_a_long_listing_and_folders(host, tmp_path):
    headers = {"Authorization": f"Bearer {host.ben}"}
    host.login(tmp_path, "ben")
    with httpx.Client(base_url=f"{host.house.url}/dav/ben", headers=headers) as http:
        http.request("MKCOL", "/many")
        for n in range(520):
            assert http.put(f"/many/{n:04d}", content=b"").status_code == 201
    words = ("ls", host.house.url, "ben", "--folder", "many")
    lines = host.run(tmp_path, *words).out.splitlines()
    assert [line[-4:] for line in lines] == [f"{n:04d}" for n in range(520)]
    assert host.run(tmp_path, "get", host.house.url, "ben", "many/0007").code == 0
    assert (tmp_path / "0007").exists()
    refused = host.run(tmp_path, "rm", host.house.url, "ben", "many")
    assert (refused.code, "is a folder" in refused.err) == (2, True)
    assert "many/" in host.run(tmp_path, "ls", host.house.url, "ben").out


def test_row_23_and_39_the_session_is_in_one_place_for_its_owner_only(host, tmp_path):
    host.login(tmp_path)
    jar = tmp_path / "state" / "datahost" / f"127.0.0.1:{host.house.port}_ana.cookies"
    assert stat.S_IMODE(jar.stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    variables = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert host.run(elsewhere, "ls", host.house.url, "ana", **variables).code == 0
    # It is a cookie jar as curl knows it.
    assert '"files"' in host.curl("-b", str(jar), f"{host.url}/list/")
    token = jar.read_text().split("\t")[-1].strip()
    assert host.run(tmp_path, "logout", host.house.url, "ana").code == 0
    assert not jar.exists()
    answer = httpx.get(f"{host.url}/list/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401, "the session ended at the server too"
    assert host.run(tmp_path, "logout", host.house.url, "ana").code == 0


def test_row_23_a_session_reads_and_writes_and_no_more(host, tmp_path):
    host.login(tmp_path)
    [jar] = (tmp_path / "state" / "datahost").iterdir()
    token = jar.read_text().split("\t")[-1].strip()
    rights = host.house.rows("SELECT scopes FROM accounts_token WHERE name='datahost-login'")
    assert all(sorted(found) == ["read", "write"] for (found,) in rights)  # type: ignore[call-overload]
    headers = {"Authorization": f"Bearer {host.ana}"}
    assert httpx.post(f"{host.url}/logout/", headers=headers).status_code == 403
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.post(f"{host.url}/logout/", headers=headers).status_code == 200


def test_row_23_signing_in_again_ends_the_session_before(host, tmp_path):
    tokens = []
    for _ in range(2):
        host.login(tmp_path, "ben")
        [jar] = (tmp_path / "state" / "datahost").iterdir()
        tokens.append(jar.read_text().split("\t")[-1].strip())
    for token, status in zip(tokens, (401, 200), strict=True):
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{host.url}/list/", headers=headers).status_code == status
    mine = "UPDATE accounts_token SET expires = now() WHERE name='datahost-login' RETURNING id"
    assert host.house.rows(mine)
    host.login(tmp_path, "ben")
    left = """SELECT t.id FROM accounts_token t JOIN accounts_user u ON u.id = t.user_id
        WHERE t.name='datahost-login' AND u.username='ben'"""
    assert len(host.house.rows(left)) == 1, "those that ended are not kept in the list"


def test_row_24_the_proxy_is_bypassed(host, tmp_path):
    host.login(tmp_path)
    words = ("ls", host.house.url, "ana")
    dead = {"http_proxy": f"http://127.0.0.1:{free_port()}"}
    assert host.run(tmp_path, *words, **dead).code == 5
    for more in ({"DATAHOST_NOPROXY": "*"}, {"DATAHOST_NOPROXY": "x, 127.0.0.1"},
                 {"NO_PROXY": "127.0.0.1"}):  # fmt: skip
        assert host.run(tmp_path, *words, **dead, **more).code == 0


def test_row_25_with_variables_only_the_file_is_named(host, tmp_path):
    variables = {
        "DATAHOST_ADDRESS": host.house.url,
        "DATAHOST_USER": "ana",
        "DATAHOST_PASSWORD": host.passwords["ana"],
    }
    name = named(tmp_path, host)
    assert host.run(tmp_path, "login", **variables).code == 0
    assert host.run(tmp_path, "put", name, **variables).code == 0
    assert name in host.run(tmp_path, "ls", **variables).out
    assert host.run(tmp_path, "get", name, **variables).code == 0
    assert host.run(tmp_path, "rm", name, **variables).code == 0
    wrong = host.run(tmp_path, "put", "ana", name, **variables)
    assert (wrong.code, "datahost-put FILENAME" in wrong.err) == (2, True)
    assert host.run(tmp_path, "logout", **variables).code == 0


def test_row_25_where_a_password_may_come_from(host, tmp_path):
    url, password = host.house.url, host.passwords["ana"]
    said = host.run(tmp_path, "login", url, "ana", password)
    assert (said.code, "seen by all in `ps`" in said.err) == (0, True)
    (tmp_path / "secret").write_text(password + "\n")
    said = host.run(tmp_path, "login", url, "ana", DATAHOST_PASSWORD_FILE="secret")
    assert (said.code, said.err) == (0, "")
    said = host.run(tmp_path, "login", url, "ana", stdin=password + "\n")
    assert (said.code, said.err) == (0, "")
    assert host.run(tmp_path, "login", url, "ana", stdin="wrong\n").code == 3


def test_row_25_the_password_is_asked_on_a_terminal(host, tmp_path):
    ours, theirs = pty.openpty()
    variables = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    words = [sys.executable, "-m", "waystation_client.datahost", "login", host.house.url, "ana"]
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True
    ) as run:
        os.close(theirs)
        seen = bytearray()
        os.set_blocking(ours, False)

        def shown(words: bytes) -> bool:
            with suppress(BlockingIOError, OSError):
                seen.extend(os.read(ours, 4096))
            return words in seen

        assert until(lambda: shown(b"Password of ana"), 30)
        os.write(ours, host.passwords["ana"].encode() + b"\n")
        assert until(lambda: shown(b"Signed in as ana"), 30), seen
        assert run.wait(30) == 0
        assert host.passwords["ana"].encode() not in seen
    os.close(ours)


def test_row_26_no_password_over_plain_http(host, tmp_path):
    """By the client to another machine, and by the server from one (or through a proxy)."""
    said = host.run(tmp_path, "login", "http://data.example.org", "ana", DATAHOST_PASSWORD="x")
    assert (said.code, "plain HTTP" in said.err) == (3, True)
    asked = {"user": "ana", "password": host.passwords["ana"]}
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    answer = httpx.post(f"{host.url}/login/", json=asked, headers=forwarded)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    ca = str(host.authority.directory)
    words = ("login", f"localhost:{host.grid_port}", "ana")
    said = host.run(tmp_path, *words, X509_CERT_DIR=ca, DATAHOST_PASSWORD=asked["password"])
    assert said.code == 0, said.err
    [jar] = (tmp_path / "state" / "datahost").iterdir()
    assert jar.read_text().splitlines()[-1].split("\t")[3] == "TRUE", "sent by https only"


@pytest.mark.parametrize("how", ["five words", "by variables", "whole URL"])
def test_row_27_with_a_proxy(host, tmp_path, how):
    shown, ca = str(host.proxy().pem), {"X509_CERT_DIR": str(host.authority.directory)}
    name = named(tmp_path, host)
    address = f"{host.grid}/transmit/" if how == "whole URL" else f"localhost:{host.grid_port}"
    words, variables = [address, "ana", shown, shown], {}
    if how == "by variables":
        keys = ("ADDRESS", "USER", "CERT", "KEY")
        variables = {f"DATAHOST_{k}": v for k, v in zip(keys, words, strict=True)}
        words = []
    said = host.run(tmp_path, "ssl-put", *words, name, **ca, **variables)
    assert (said.code, sha256(DATA) in said.out) == (0, True), said.err
    (tmp_path / name).unlink()
    said = host.run(tmp_path, "ssl-get", *words, name, **ca, **variables)
    assert said.code == 0, said.err
    assert (tmp_path / name).read_bytes() == DATA
    assert sorted(each.name for each in tmp_path.iterdir()) == [name], "no part is left"


@pytest.mark.parametrize("variable", ["BEARER_TOKEN", "BEARER_TOKEN_FILE", "XDG_RUNTIME_DIR"])
def test_row_27_with_a_token(host, tmp_path, variable):
    name, folder = named(tmp_path, host), tmp_path / "run"
    folder.mkdir()
    token = folder / f"bt_u{os.getuid()}"
    token.write_text(host.ana + "\n")
    value = {"BEARER_TOKEN": host.ana, "BEARER_TOKEN_FILE": str(token)}.get(variable, str(folder))
    said = host.run(tmp_path, "ssl-put", host.house.url, "ana", name, **{variable: value})
    assert said.code == 0, said.err


def test_row_28_the_users_proxy_is_found_and_its_end_told(host, tmp_path):
    ca, name = {"X509_CERT_DIR": str(host.authority.directory)}, named(tmp_path, host)
    words = ("ssl-put", f"localhost:{host.grid_port}", "ana", name)
    good = host.run(tmp_path, *words, **ca, X509_USER_PROXY=str(host.proxy().pem))
    assert (good.code, good.err) == (0, "")
    ended = host.run(tmp_path, *words, **ca, X509_USER_PROXY=str(host.proxy(days=-1).pem))
    assert ended.code == 3
    assert "ended at" in ended.err
    assert "Make a new proxy" in ended.err
    missing = host.run(tmp_path, *words, **ca, X509_USER_PROXY="/none")
    assert (missing.code, "/none is not there" in missing.err) == (2, True)
    other = proxy(host.bens, f"bens-{os.urandom(3).hex()}")
    wrong = host.run(tmp_path, *words, **ca, X509_USER_PROXY=str(other.pem))
    assert (wrong.code, "You are 'ben' here" in wrong.err) == (3, True)


def test_row_31_the_clients_are_handed_out(host, tmp_path):
    told = host.curl(f"{host.url}/clients/")
    assert f"https://127.0.0.1:{host.house.port}/datahost/clients/datahost.pyz" in told
    archive = tmp_path / "datahost.pyz"
    assert host.curl(f"{host.house.url}/clients/") == told
    host.curl("-o", str(archive), f"{host.url}/clients/datahost.pyz")
    name = named(tmp_path, host)
    # Alone: neither this package nor any other but Python's own library.
    words = [sys.executable, "-I", "-S", str(archive), "ssl-put", host.house.url, "ana", name]
    done = subprocess.run(
        words, cwd=tmp_path, env={"BEARER_TOKEN": host.ana}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert host.disk(name).read_bytes() == DATA


def test_row_31_the_modern_command_is_a_wheel(host, tmp_path):
    told = host.curl(f"{host.url}/clients/")
    [address] = re.findall(r"pip install https://(\S+)", told)
    wheel = tmp_path / address.rpartition("/")[2]
    host.curl("-o", str(wheel), f"http://{address}")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", tmp_path / "there", wheel], check=True, timeout=120)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "there"),
           "WAYSTATION_URL": host.house.url, "WAYSTATION_TOKEN": host.ana}  # fmt: skip
    done = subprocess.run(
        [tmp_path / "there/bin/way", "ls"], env=env, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ana:/" in done.stdout


def test_row_39_errors_are_a_line_a_hint_and_a_number(host, tmp_path):
    host.login(tmp_path)
    lines = host.run(tmp_path, "get", host.house.url, "ana", "none").err.splitlines()
    assert lines[0] == "datahost-get: There is no 'none' in ana."
    assert lines[-1].startswith("  request id ")
    number = lines[-1].split()[-1]
    assert len(number) == 16
    nowhere = host.run(tmp_path, "login", f"http://127.0.0.1:{free_port()}", "ana", stdin="x\n")
    assert (nowhere.code, len(nowhere.err.splitlines())) == (5, 2)
    assert "Traceback" not in nowhere.err
    unread = host.run(tmp_path, "put", host.house.url, "ana", "none")
    assert unread.err.startswith("datahost-put: Cannot read none: No such file")
    first = host.run(tmp_path, "ls", host.house.url, "ben")
    assert (first.code, f"datahost-login {host.house.url} ben" in first.err) == (3, True)


def test_row_39_help_tells_the_exit_codes(host, tmp_path):
    for name in ("login", "logout", "ls", "rm", "put", "get", "ssl-put", "ssl-get"):
        said = host.run(tmp_path, name, "--help")
        assert said.code == 0
        assert "Exit codes:" in said.out
        assert f"usage: datahost-{name} HOST USER" in said.out


def test_over_quota_is_told_though_the_line_breaks(host, tmp_path):
    """The server answers before the bytes: the command reads it instead of a broken pipe."""
    host.house.command("user", "add", "tiny")
    token = host.house.command("user", "token", "tiny")
    host.house.command("space", "add", "tiny", "--owner", "tiny", "--store", "disk")
    host.house.command("space", "quota", "tiny", "--bytes", "1k")
    name = named(tmp_path, host, b"x" * 50_000_000)
    words, ca = ("tiny", name), {"X509_CERT_DIR": str(host.authority.directory)}
    for address in (host.house.url, f"localhost:{host.grid_port}"):
        said = host.run(tmp_path, "ssl-put", address, *words, BEARER_TOKEN=token, **ca)
        assert (said.code, "1,000 bytes" in said.err) == (1, True), said.err


def test_files_that_cannot_be_sent_or_written(host, tmp_path):
    host.login(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("folder", "/dev/null"):
        said = host.run(tmp_path, "put", host.house.url, "ana", name)
        assert (said.code, len(said.err.splitlines())) == (2, 1), said.err
    name = named(tmp_path, host)
    assert host.run(tmp_path, "put", host.house.url, "ana", name).code == 0
    words = ("get", host.house.url, "ana", name, "-o")
    for place in ("none/x", "/proc/x"):
        said = host.run(tmp_path, *words, place)
        assert (said.code, "Cannot write" in said.err) == (2, True), said.err
    assert host.run(tmp_path, *words, "folder").code == 0
    assert (tmp_path / "folder" / name).read_bytes() == DATA


@pytest.mark.parametrize("lie", ["digest", "short"])
def test_bytes_that_are_not_those_that_were_stored(host, tmp_path, lie):
    """A server, or something on the way, gives other bytes: nothing takes the file's place."""
    (tmp_path / "a").write_bytes(b"mine")
    length = 4 if lie == "digest" else 9
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n"
        f"Repr-Digest: sha-256=:{'A' * 43}=:\r\n\r\nevil"
    ).encode()
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        words = [sys.executable, "-m", "waystation_client.datahost", "ssl-get", url, "ana", "a"]
        variables = {**os.environ, "BEARER_TOKEN": "x"}
        with subprocess.Popen(words, cwd=tmp_path, env=variables, stderr=subprocess.PIPE) as run:
            line, _ = door.accept()
            with line:
                line.recv(65_536)
                line.sendall(answer)
            _, err = run.communicate(timeout=30)
    assert run.returncode == (1 if lie == "digest" else 5), err
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
