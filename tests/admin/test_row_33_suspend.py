"""Row 33: who is suspended is out within a minute, whatever is under way."""

import os
import socket
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from admin.office import SPACE, post
from running import until

MANY = 64 * 2**20
MINUTE = 60


def put(office, who, name: str, data: bytes) -> None:
    headers = {"Authorization": f"Bearer {who.token}"}
    answer = httpx.put(f"{office.house.url}/dav/{SPACE}/{name}", content=data, headers=headers)
    assert answer.is_success, answer.text


def line(office) -> socket.socket:
    at = urlsplit(office.house.url)
    return socket.create_connection((at.hostname, at.port), timeout=MINUTE)


def test_a_download_that_is_under_way_is_cut(office):
    ana = office.person("writer")
    name = f"{ana.name}.dat"
    put(office, ana, name, bytes(MANY))
    with closing(line(office)) as wire:
        wire.sendall(
            f"GET /dav/{SPACE}/{name} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {ana.token}\r\n\r\n".encode()
        )
        got = len(wire.recv(4096))
        assert got
        office.house.command("user", "suspend", ana.name, "--why", "her key was seen elsewhere")
        assert until(lambda: f"cut /dav/{SPACE}/{name}" in office.house.log, MINUTE)
        while data := wire.recv(2**20):
            got += len(data)
    assert got < MANY / 2


def test_an_upload_that_is_under_way_is_cut_and_leaves_nothing(office):
    ana = office.person("writer")
    name = f"{ana.name}.dat"
    with closing(line(office)) as wire:
        wire.sendall(
            f"PUT /dav/{SPACE}/{name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MANY}\r\n"
            f"Authorization: Bearer {ana.token}\r\n\r\n".encode()
            + os.urandom(2**20)
        )
        mine = "SELECT 1 FROM hosting_upload WHERE name = %(n)s"
        assert until(lambda: office.house.rows(mine, n=name), MINUTE)
        office.house.command("user", "suspend", ana.name, "--why", "test")
        assert until(lambda: not office.house.rows(mine, n=name), MINUTE)
    assert not (office.root / SPACE / name).exists()


def test_tokens_and_sessions_end_and_only_tokens_come_back(office):
    ana = office.person("reader")
    page = office.browser(ana)
    assert page.get("/tokens").url.path == "/tokens"
    with office.http(ana) as http:
        assert http.get("/whoami").status_code == 200
        office.house.command("user", "suspend", ana.name, "--why", "test")
        assert until(lambda: http.get("/whoami").status_code == 401, MINUTE)
        assert page.get("/tokens").url.path == "/sign-in"
        again = office.sign_in(page, ana.name, ana.password)
        assert again.status_code == 403
        office.house.command("user", "resume", ana.name)
        assert until(lambda: http.get("/whoami").status_code == 200, MINUTE)
    assert page.get("/tokens").url.path == "/sign-in"
    acts = [row[0] for row in office.acts(ana.name)]
    assert acts == ["account.suspend", "account.resume"]


def test_what_a_page_holds_for_reading_and_uploading_ends_too(office):
    ana = office.person("writer")
    page = office.browser(ana)
    made = post(page, f"/spaces/{SPACE}/upload-token", at="/tokens")
    upload = {"Authorization": f"Bearer {made.json()['token']}"}
    url = f"{office.house.url}/dav/{SPACE}/{ana.name}.txt"
    assert httpx.put(url, content=b"x", headers=upload).status_code == 201
    assert page.get(url).status_code == 200
    office.house.command("user", "suspend", ana.name, "--why", "test")
    assert until(lambda: httpx.put(url, content=b"y", headers=upload).status_code == 401, MINUTE)
    assert until(lambda: page.get(url).status_code == 401, MINUTE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("suspend", "nobody-here", "--why", "x"), "no active account"),
        (("resume", "admin"), "no suspended account"),
        (("suspend", "admin", "--why", " "), "Say why"),
    ],
    ids=["unknown", "not-suspended", "no-reason"],
)
def test_a_mistake_changes_nothing_and_is_told(office, words, said):
    from subprocess import CalledProcessError  # noqa: PLC0415

    with pytest.raises(CalledProcessError) as problem:
        office.house.command("user", *words)
    assert said in problem.value.stderr
