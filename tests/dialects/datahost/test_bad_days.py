"""Rows 38 and what else goes wrong on the old wire: nothing is stored by halves."""

import socket
import ssl

import httpx
import pytest

from dialects.datahost.conftest import USERNAME, file, form
from process_trees import alive
from running import until

DATA = b"0123456789" * 30_000
HELD = b"x" * 400_000


def refused(host, body: bytes, status: int, code: str, name: str) -> str:
    """It is refused, and nothing of it is anywhere; the words."""
    answer = host.post(body, "XX")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert until(lambda: not host.parts() and not host.held(), 20)
    assert not host.disk(name).exists()
    return str(answer.json()["title"])


def test_two_files_in_one_form(host):
    name = host.name()
    body = form((file(name), DATA), (file(f"{name}-2"), DATA))
    assert "one file" in refused(host, body, 400, "malformed", name)
    assert not host.disk(f"{name}-2").exists()


def test_a_field_behind_the_file_and_others_that_nobody_knows(host):
    name = host.name()
    other = 'Content-Disposition: form-data; name="submit"'
    body = form((other, b"go"), (file(name), DATA), (USERNAME, b" ana\r\n"), (other, b"go"))
    assert host.post(body, "XX").status_code == 200
    assert host.get(name).content == DATA


def test_a_form_in_the_file_is_the_files_own(host):
    name = host.name()
    inner = form((file("inner"), b"inner"), (USERNAME, b"ben"), boundary="XXx")
    body = form((USERNAME, b"ana"), (file(name), inner))
    assert host.post(body, "XX").status_code == 200
    assert host.get(name).content == inner
    assert not host.disk("inner").exists()


@pytest.mark.parametrize("cut", [1, 3, 5, 200_000])
def test_without_its_last_boundary_nothing_is_stored(host, cut):
    name = host.name()
    body = form((USERNAME, b"ana"), (file(name), DATA)).removesuffix(b"\r\n")
    words = refused(host, body[:-cut], 400, "malformed", name)
    assert "last boundary" in words


def test_a_field_of_a_megabyte(host):
    name = host.name()
    for parts in (
        ((USERNAME, b"a" * 2**20), (file(name), DATA)),
        ((file(name), DATA), (USERNAME, b"a" * 2**20)),
    ):
        refused(host, form(*parts), 413, "too-large", name)


def test_no_name(host):
    name = host.name()
    refused(host, form((file(""), DATA)), 400, "malformed", name)
    field = 'Content-Disposition: form-data; name="file2xmit"'
    assert "is no file" in refused(host, form((field, DATA)), 400, "malformed", name)
    other = f'Content-Disposition: form-data; name="other"; filename="{name}"'
    assert "file2xmit" in refused(host, form((other, DATA)), 400, "malformed", name)
    refused(host, form((USERNAME, b"ana")), 400, "malformed", name)
    refused(host, b"", 400, "malformed", name)
    refused(host, b"not a form", 400, "malformed", name)


def test_names_that_cannot_be(host):
    for bad in ("..", ".waystation", "n" * 256, "a\x01b"):
        refused(host, form((file(bad), DATA)), 400, "malformed", host.name())
    latin = form((file("NAME"), DATA)).replace(b"NAME", b"\xff\xfe")
    refused(host, latin, 400, "malformed", host.name())


def test_a_path_in_the_name_leads_nowhere(host):
    name = host.name()
    for sent in (f"../../{name}", f"/etc/{name}", rf"C:\\data\\{name}"):
        assert host.post(form((file(sent), sent.encode())), "XX").status_code == 200
        assert host.get(name).content == sent.encode()
    assert not (host.root / name).exists()


def test_no_boundary_or_not_a_form(host):
    name = host.name()
    body = form((file(name), DATA))
    for media in ("multipart/form-data", "text/plain", "multipart/form-data; boundary=ü"):
        answer = host.post(body, "XX", **{"Content-Type": media.encode("latin-1")})
        assert answer.status_code == 400, answer.text
    assert not host.disk(name).exists()


def test_no_space_of_that_account(host):
    token = host.house.account("eve")
    answer = host.post(form((file("a"), b"x")), "XX", token=token)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "'eve'" in answer.json()["title"]


def begun(host, name: str, announced: int) -> bytes:
    """The beginning of an upload by hand."""
    start = form((file(name), b"")).partition(b"\r\n--XX--")[0]
    return (
        f"POST /datahost/transmit/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {announced}\r\n"
        f"Authorization: Bearer {host.ana}\r\n"
        "Content-Type: multipart/form-data; boundary=XX\r\n\r\n"
    ).encode() + start


def test_over_quota_is_said_before_the_bytes_come(host):
    host.house.command("user", "add", "small")
    token = host.house.command("user", "token", "small")
    host.house.command("space", "add", "small", "--owner", "small", "--store", "disk")
    host.house.command("space", "quota", "small", "--bytes", "1M")
    head = begun(host, "a", 1_000_000_000).replace(host.ana.encode(), token.encode())
    with socket.create_connection(("127.0.0.1", host.house.port), timeout=30) as line:
        line.sendall(head)
        answer = line.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 507")
    assert b"1,000,000 bytes" in answer
    # What fits to the last byte is taken, though the form around it is larger.
    whole = form((file("a"), b"x" * 1_000_000))
    assert host.post(whole, "XX", token=token).status_code == 200
    over = host.post(form((file("b"), b"y")), "XX", token=token)
    assert (over.status_code, over.json()["code"]) == (507, "over-quota")
    assert over.json()["request_id"]


@pytest.mark.parametrize("port", ["web", "grid"])
def test_a_client_that_goes_away_leaves_nothing(host, port):
    name = host.name()
    number = host.house.port if port == "web" else host.grid_port
    line = socket.create_connection(("127.0.0.1", number), timeout=30)
    if port == "grid":
        context = ssl.create_default_context(capath=host.authority.directory)
        line = context.wrap_socket(line, server_hostname="localhost")
    with line:
        line.sendall(begun(host, name, 3_000_000) + HELD)
        assert until(host.parts, 20)
    assert until(lambda: not host.parts() and not host.held(), 20)
    assert host.get(name).status_code == 404


def test_row_38_killed_in_mid_upload_leaves_nothing_after_the_sweep(host):
    """The bug of old: temporary files stayed for ever. Ours have a row that falls due."""
    name, before = host.name(), host.house.pids("serving")
    with socket.create_connection(("127.0.0.1", host.house.port), timeout=30) as line:
        line.sendall(begun(host, name, 3_000_000) + HELD)
        assert until(host.parts, 20)
        assert [file_.parent.parent.parent for file_ in host.parts()] == [host.root / "ana"]
        # The process that receives dies with its parent, by SIGKILL too.
        host.house.kill("web")
        assert until(lambda: not any(map(alive, before)), 20)
    assert until(lambda: host.house.answers() and host.house.pids("serving") != before, 90)
    assert host.parts(), "the killed process could not tidy up"
    # Ten minutes later, as the worker sees it.
    assert host.house.rows("UPDATE hosting_upload SET due = now() RETURNING id")
    assert until(lambda: not host.parts() and not host.held(), 120)
    assert not host.house.rows("SELECT id FROM hosting_upload")
    assert host.get(name).status_code == 404
    assert host.post(form((file(name), DATA)), "XX").status_code == 200


def test_pages_cannot_ride_on_a_session(host):
    """Browsers send cookies along; a command sends no Origin."""
    name = host.name()
    asked = {"user": "ana", "password": host.passwords["ana"]}
    begun_ = httpx.post(f"{host.url}/login/", json=asked)
    assert "HttpOnly; SameSite=Strict" in begun_.headers["set-cookie"]
    cookie = {"Cookie": f"datahost={begun_.json()['token']}"}
    body, evil = form((file(name), b"x")), {"Origin": "https://evil.example.org"}
    ridden = host.post(body, "XX", token=None, **evil, **cookie)
    assert (ridden.status_code, ridden.json()["code"]) == (403, "forbidden")
    assert httpx.post(f"{host.url}/login/", json=asked, headers=evil).status_code == 403
    assert host.post(body, "XX", token=None, **cookie).status_code == 200
