"""A node with a mover: real clients are led to it and get the right bytes; others are not led."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from certificates import ALICE, Authority, Signed, proxy
from running import House, free_port, new_house, until

DATA = os.urandom(3_000_017)
ASKED = {"Prefer": "redirect"}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@dataclass
class Led:
    """A node whose mover speaks as its `base` does."""

    house: House
    root: Path
    token: str
    authority: Authority
    base: str
    mover: int
    shown: Path | None
    numbers: count = field(default_factory=count)

    def client(self, **more: object) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        given = {"base_url": self.base, "headers": headers, "timeout": 60, **more}
        return httpx.Client(**given, verify=self.trust())  # type: ignore[arg-type]

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority.certificate))

    def put(self, data: bytes = DATA, ending: str = "dat") -> str:
        """A new file; its path."""
        path = f"/dav/lab/{next(self.numbers)} ü&.{ending}"
        with self.client() as http:
            assert http.put(quote(path), content=data).status_code == 201
        return quote(path)

    def run(self, *words: str | Path) -> str:
        """A program of the machine, with the grid's own ways of finding things."""
        if shutil.which(str(words[0])) is None:
            assert os.environ.get("CI") != "true", f"{words[0]}: see tools/system-packages"
            pytest.skip(f"{words[0]} is not installed")
        grid = {
            "X509_CERT_DIR": str(self.authority.directory),
            "GFAL_PYTHONBIN": "/usr/bin/python3",
        }
        who = {"X509_USER_PROXY": str(self.shown)} if self.shown else {"BEARER_TOKEN": self.token}
        done = subprocess.run(words, env={**os.environ, **grid, **who}, capture_output=True,
                              text=True, timeout=120, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module", params=["plain", "tls"])
def led(request, authority, tmp_path_factory) -> Iterator[Led]:
    root, host = tmp_path_factory.mktemp("disk"), authority.host()
    person: Signed = authority.person("alice", ALICE)
    grid, mover, tls = free_port(), free_port(), request.param == "tls"
    settings = {
        "STORES__DISK__ROOT": root,
        "GRID__PORT": grid,
        "GRID__CERTIFICATE": host.certificate,
        "GRID__KEY": host.key,
        "GRID__CA_DIR": authority.directory,
        "MOVER__PORT": mover,
    }
    if tls:
        settings |= {"MOVER__CERTIFICATE": host.certificate, "MOVER__KEY": host.key}
    variables = {f"WAYSTATION_{name}": str(value) for name, value in settings.items()}
    with new_house(directories=1, files_each=1, **variables) as house:
        token = house.account("ana")
        house.command("user", "dn", "ana", ALICE)
        house.command("space", "add", "lab", "--owner", "ana", "--store", "disk")
        shown = proxy(person, "proxy").pem if tls else None
        base = f"https://localhost:{grid}" if tls else house.url
        yield Led(house, root, token, authority, base, mover, shown)


def test_who_asks_to_be_led_is_led_and_gets_the_file(led):
    path = led.put()
    with led.client() as http:
        lead = http.get(path, headers=ASKED)
        assert lead.status_code == 307
        address = urlsplit(lead.headers["location"])
        assert (address.scheme, address.port) == (urlsplit(led.base).scheme, led.mover)
        assert address.path.rpartition("/")[2] == path.rpartition("/")[2]
        assert lead.headers["cache-control"] == "no-store"
        whole = http.head(path)
    with httpx.Client(verify=led.trust()) as nobody:
        got = nobody.get(lead.headers["location"])
        assert got.content == DATA
        for name in ("etag", "content-length", "content-type", "last-modified"):
            assert got.headers[name] == whole.headers[name]
        part = nobody.get(lead.headers["location"], headers={"Range": "bytes=9-19"})
        assert (part.status_code, part.content) == (206, DATA[9:20])


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({}, 200),
        ({"User-Agent": "curl/7.88.1"}, 200),
        ({"User-Agent": "libdavix/0.8.4"}, 307),
        ({"User-Agent": "rclone/v1.60.1"}, 307),
        ({"User-Agent": "Mozilla/5.0", **NAVIGATION}, 307),
        ({"User-Agent": "Mozilla/5.0", "Sec-Fetch-Mode": "cors"}, 200),
        ({**ASKED, "Sec-Fetch-Mode": "cors"}, 200),
        ({**ASKED, "If-Match": '"other"'}, 412),
    ],
    ids=["nobody", "curl", "davix", "rclone", "browser", "script", "script-asks", "condition"],
)
def test_who_is_led(led, asked, where):
    with led.client() as http:
        assert http.get(led.put(), headers=asked).status_code == where


def test_small_files_and_what_is_only_looked_at_come_at_once(led):
    small = led.put(b"small")
    with led.client() as http:
        assert http.get(small, headers=ASKED).text == "small"
        assert http.head(led.put(), headers=ASKED).status_code == 200
        etag = http.head(small).headers["etag"]
        assert http.get(small, headers={**ASKED, "If-None-Match": etag}).status_code == 304


def test_the_other_way_in_is_not_led(led):
    """From TLS to none it would be less private; the other way the client may not know our CA."""
    path, other = led.put(), led.house.url if led.shown else None
    if other is None:
        grid = led.house.variables["WAYSTATION_GRID__PORT"]
        other = f"https://localhost:{grid}"
    with led.client(base_url=other) as http:
        got = http.get(path, headers=ASKED)
    assert (got.status_code, got.content == DATA) == (200, True)


def test_without_a_right_nobody_is_led(led):
    path = led.put()
    with led.client(headers={}) as nobody:
        assert nobody.get(path, headers=ASKED).status_code == 401
    stranger = led.house.account(f"ben{next(led.numbers)}")
    with led.client(headers={"Authorization": f"Bearer {stranger}"}) as other:
        assert other.get(path, headers=ASKED).status_code == 404


def test_curl_with_L(led, tmp_path):  # noqa: N802 - curl's own letter
    to, ca = tmp_path / "back", str(led.authority.certificate)
    told = led.run("curl", "-sSfL", "--cacert", ca, "-H", "Prefer: redirect", "-H",
                   f"Authorization: Bearer {led.token}", "-o", to, "-w",
                   "%{num_redirects} %{url_effective}", f"{led.base}{led.put()}")  # fmt: skip
    assert re.match(rf"1 \w+://\w+[.0-9]*:{led.mover}/bytes/", told), told
    assert to.read_bytes() == DATA


def test_davix_and_gfal2(led, tmp_path):
    url = f"{led.base}{led.put()}"
    ca, to = str(led.authority.directory), tmp_path / "back"
    who = ["--cert", led.shown, "--capath", ca] if led.shown else [
        "-H", f"Authorization: Bearer {led.token}"]  # fmt: skip
    led.run("davix-get", *who, url, to)
    assert to.read_bytes() == DATA
    led.run("gfal-copy", "-f", "-K", "ADLER32", re.sub("^http", "dav", url), f"file://{to}2")
    assert Path(f"{to}2").read_bytes() == DATA


def test_rclone(led, tmp_path):
    if led.shown:
        return  # rclone has no token for the grid port
    url = led.put()
    remote = f":webdav,url='{led.base}/dav/lab',vendor=owncloud,bearer_token={led.token}:"
    name = httpx.URL(url).path.rpartition("/")[2]
    led.run("rclone", "--config", "/dev/null", "copyto", f"{remote}{name}", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == DATA


def test_way_get(led, tmp_path):
    if led.shown:
        return  # it asks the web port
    path = httpx.URL(led.put()).path.removeprefix("/dav/lab/")
    env = {**os.environ, "WAYSTATION_URL": led.base, "WAYSTATION_TOKEN": led.token}
    words = [sys.executable, "-m", "waystation_client", "get", f"lab:{path}", tmp_path / "back"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == DATA


def test_a_link_for_people_without_an_account(led):
    path = httpx.URL(led.put()).path.removeprefix("/dav/lab/")
    with led.client(base_url=led.house.url) as http:
        made = http.post("/api/v1/spaces/lab/shares", json={"path": path, "downloads": 1}).json()
    link = urlsplit(made["url"]).path
    name = quote(path)
    with led.client(headers={}) as visitor:
        lead = visitor.get(f"{link}/files/{name}", headers=ASKED)
        assert lead.status_code == 307
        assert visitor.get(lead.headers["location"]).content == DATA
        assert visitor.get(f"{link}/files/{name}", headers=ASKED).status_code == 403


def test_killed_it_comes_again_and_a_restart_lets_downloads_end(led):
    path = led.put()
    with led.client() as http:

        def gets() -> bool:
            try:
                return http.get(path, headers=ASKED, follow_redirects=True).content == DATA
            except httpx.TransportError:
                return False

        assert gets()
        led.house.kill("mover")
        assert until(gets, 60)


def test_a_download_of_a_suspended_account_is_cut(led):
    path, name = led.put(bytes(64 * 2**20)), f"cut{next(led.numbers)}"
    token = led.house.account(name)
    led.house.command("space", "role", "lab", name, "reader")
    with led.client(headers={"Authorization": f"Bearer {token}"}) as http:
        lead = http.get(path, headers=ASKED).headers["location"]
        with http.stream("GET", lead) as got:
            parts = got.iter_raw(4096)
            next(parts)
            led.house.command("user", "suspend", name, "--why", "test")
            assert until(lambda: "cut a download" in led.house.log, 30), led.house.log[-4000:]
            with pytest.raises(httpx.TransportError):
                sum(map(len, parts))


def test_sixteen_at_a_time(led):
    path = led.put()
    found: list[bool] = []

    def fetch() -> None:
        with led.client() as http:
            found.append(http.get(path, headers=ASKED, follow_redirects=True).content == DATA)

    threads = [threading.Thread(target=fetch) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [True] * 16
