"""A proxy of each kind before two real web processes of a real node, by the shipped files."""

import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from certificates import Authority
from deploy.proxies import (
    DEPLOY,
    Proxy,
    rendered,
    start_apache,
    start_haproxy,
    start_nginx,
)
from process_trees import tree
from running import House, free_port, new_house, until

STREAM = {"Accept": "text/event-stream"}
MAX_BODY = 256 * 2**20


@dataclass
class Front:
    """A proxy before two web processes of a node, beside the node's own."""

    house: House
    webs: dict[int, subprocess.Popen[bytes]]
    url: str
    plain_port: int
    trust: ssl.SSLContext
    proxy: Proxy
    accel: str

    def client(self, **more) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        given = {"base_url": self.url, "verify": self.trust, "headers": headers, "timeout": 60}
        return httpx.Client(**{**given, **more})

    def ready(self) -> bool:
        try:
            with self.client(timeout=3) as http:
                return http.get("/api/v1/health").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Callable[[str], Path]]:
    """Makes folders that also a proxy of another user reaches; pytest's own are for us alone."""
    with tempfile.TemporaryDirectory(prefix="ws-proxies-", dir="/tmp") as top:
        Path(top).chmod(0o755)

        def make(name: str) -> Path:
            made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top))
            made.chmod(0o755)
            return made

        yield make


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    host = made.host()
    return made, host


@pytest.fixture(scope="module")
def node(open_folder):
    """A node whose public address is the proxy's, and a way to start one more web process."""
    port, spaces = free_port(), open_folder("spaces")
    url = f"https://localhost:{port}"
    dialects = {
        "LTFSEE_GLOBUS__ENABLED": "true",
        "LTFSEE_GLOBUS__STORE": "archive",
        "MWA_STAGING__LISTEN": f"127.0.0.1:{free_port()}",
        "MWA_STAGING__NETWORKS": '["127.0.0.0/8"]',
        "MWA_STAGING__ACCOUNT": "mwa",
        "MWA_STAGING__STORE": "archive",
    }
    variables = {f"WAYSTATION_DIALECTS__{name}": value for name, value in dialects.items()}
    variables["WAYSTATION_WEB__URL"] = url
    variables["WAYSTATION_STORES__DISK__ROOT"] = str(spaces)
    with new_house(directories=2, files_each=60, **variables) as house:
        house.account("mwa")
        house.command("space", "add", "lab", "--owner", house.name, "--store", "disk")
        yield house, port


def start_web(house: House, port: int, accel: str) -> subprocess.Popen[bytes]:
    """One more web process, as the unit waystation-web@PORT starts it."""
    variables = {"WAYSTATION_POSTGRES__DSN": house.dsn, "WAYSTATION_WEB__PORT": str(port)}
    variables["WAYSTATION_WEB__ACCEL"] = accel
    with (house.home / f"web-{port}.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "waystation", "web"],
            env={**house.environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    health = f"http://127.0.0.1:{port}/api/v1/health"
    assert until(lambda: _answers(health), 60), (house.home / f"web-{port}.log").read_text()
    return child


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def kill_all(child: subprocess.Popen[bytes]) -> None:
    """Kill a web process with its workers (SIGKILL), as the kernel would when memory is out."""
    for each in tree(child.pid):
        os.kill(each.pid, signal.SIGKILL)
    child.wait()


def nginx(place: Path, ports: dict[str, int], host, house: House) -> Proxy:
    web = " ".join(
        f"server 127.0.0.1:{ports[name]} max_fails=1 fail_timeout=2s;" for name in ("one", "two")
    )
    config = rendered(
        place,
        "nginx/waystation.conf.in",
        URL=f"https://localhost:{ports['tls']}",
        HOST="localhost",
        HTTP_LISTEN=f"127.0.0.1:{ports['plain']}",
        HTTPS_LISTEN=f"127.0.0.1:{ports['tls']}",
        CERTIFICATE=host.certificate,
        KEY=host.key,
        WEB_SERVERS=web,
        SPACES=house.variables["WAYSTATION_STORES__DISK__ROOT"],
    )
    return start_nginx(place, config)


def haproxy(place: Path, ports: dict[str, int], host, house: House) -> Proxy:
    del house
    both = place / "all.pem"
    both.write_text(host.certificate.read_text() + host.key.read_text())
    config = rendered(
        place,
        "haproxy/web.cfg.in",
        URL=f"https://localhost:{ports['tls']}",
        HTTP_BIND=f"127.0.0.1:{ports['plain']}",
        HTTPS_BIND=f"127.0.0.1:{ports['tls']}",
        CERTIFICATE_AND_KEY=both,
        WEB_ONE=f"127.0.0.1:{ports['one']}",
        WEB_TWO=f"127.0.0.1:{ports['two']}",
        STATS=place / "stats.sock",
    )
    return start_haproxy(place, config)


def apache(place: Path, ports: dict[str, int], host, house: House) -> Proxy:
    for each in (host.certificate, host.key):
        shutil.copy(each, place)
    config = rendered(
        place,
        "apache/waystation.conf.in",
        URL=f"https://localhost:{ports['tls']}",
        HOST="localhost",
        HTTP_LISTEN=f"127.0.0.1:{ports['plain']}",
        HTTPS_LISTEN=f"127.0.0.1:{ports['tls']}",
        CERTIFICATE=place / host.certificate.name,
        KEY=place / host.key.name,
        WEB_ONE=f"http://127.0.0.1:{ports['one']}",
        WEB_TWO=f"http://127.0.0.1:{ports['two']}",
        SPACES=house.variables["WAYSTATION_STORES__DISK__ROOT"],
        PROBLEMS=shutil.copytree(DEPLOY / "apache" / "problems", place / "problems"),
    )
    return start_apache(place, config)


ACCEL = {nginx: "/.bytes", apache: "x-sendfile", haproxy: ""}
"""How each is told to send a file itself."""


@pytest.fixture(scope="module", params=ACCEL, ids=lambda each: each.__name__)
def front(request, node, authority, open_folder):
    house, tls_port = node
    signer, host = authority
    ports = {"one": free_port(), "two": free_port(), "tls": tls_port, "plain": free_port()}
    accel = ACCEL[request.param]
    webs = {ports[name]: start_web(house, ports[name], accel) for name in ("one", "two")}
    proxy = request.param(open_folder("proxy"), ports, host, house)
    trust = ssl.create_default_context(cafile=str(signer.certificate))
    url = f"https://localhost:{tls_port}"
    made = Front(house, webs, url, ports["plain"], trust, proxy, accel)
    try:
        assert until(made.ready, 20), proxy.log.read_text()
        yield made
    finally:
        proxy.stop()
        for web in made.webs.values():
            kill_all(web)
