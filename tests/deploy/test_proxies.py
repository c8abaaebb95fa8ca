"""The shipped nginx and HAProxy files before two real web processes of a real node."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from certificates import Authority
from deploy.proxies import Proxy, rendered, start_haproxy, start_nginx
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
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    host = made.host()
    return made, host


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node whose public address is the proxy's, and a way to start one more web process."""
    port, spaces = free_port(), tmp_path_factory.mktemp("spaces")
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
    variables["WAYSTATION_WEB__ACCEL"] = "/.bytes"
    variables["WAYSTATION_STORES__DISK__ROOT"] = str(spaces)
    with new_house(directories=2, files_each=60, **variables) as house:
        house.account("mwa")
        house.command("space", "add", "lab", "--owner", house.name, "--store", "disk")
        yield house, port


def start_web(house: House, port: int) -> subprocess.Popen[bytes]:
    """One more web process, as the unit waystation-web@PORT starts it."""
    variables = {"WAYSTATION_POSTGRES__DSN": house.dsn, "WAYSTATION_WEB__PORT": str(port)}
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


@pytest.fixture(scope="module", params=[nginx, haproxy], ids=["nginx", "haproxy"])
def front(request, node, authority, tmp_path_factory):
    house, tls_port = node
    signer, host = authority
    ports = {"one": free_port(), "two": free_port(), "tls": tls_port, "plain": free_port()}
    webs = {ports[name]: start_web(house, ports[name]) for name in ("one", "two")}
    proxy = request.param(tmp_path_factory.mktemp("proxy"), ports, host, house)
    trust = ssl.create_default_context(cafile=str(signer.certificate))
    url = f"https://localhost:{tls_port}"
    made = Front(house, webs, url, ports["plain"], trust, proxy)
    try:
        assert until(made.ready, 20), proxy.log.read_text()
        yield made
    finally:
        proxy.stop()
        for web in made.webs.values():
            kill_all(web)


def test_plain_http_is_sent_to_tls_with_its_method(front):
    with httpx.Client() as http:
        answer = http.post(f"http://127.0.0.1:{front.plain_port}/api/v1/stage-requests?x=1")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{front.url}/api/v1/stage-requests?x=1"


def test_a_page_and_its_assets_come(front):
    with front.client(headers={}) as http:
        page = http.get("/sign-in")
        assert page.status_code == 200
        assert "max-age" in page.headers["strict-transport-security"]
        styles = [part.split('"')[1] for part in page.text.split("href=")[1:] if ".css" in part]
        assert styles
        assert all(http.get(style).status_code == 200 for style in styles)


def test_signing_in_sets_cookies_for_tls_alone(front):
    with front.client(headers={"Origin": front.url}, follow_redirects=False) as http:
        page = http.get("/sign-in")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"name": front.house.name, "password": front.house.password}
        headers = {"Referer": f"{front.url}/sign-in"}
        done = http.post("/sign-in", data={**form, "csrfmiddlewaretoken": token}, headers=headers)
        assert done.status_code == 302, done.text
        set_cookies = done.headers.get_list("set-cookie") + page.headers.get_list("set-cookie")
        assert {each.partition("=")[0] for each in set_cookies} >= {"sessionid", "csrftoken"}
        assert all("; Secure" in each for each in set_cookies), set_cookies
        assert http.get("/").status_code == 200


def test_a_forged_scheme_is_not_believed(front):
    """The proxy sets X-Forwarded-Proto; by plain HTTP nothing but the redirect is answered."""
    with httpx.Client() as http:
        headers = {"X-Forwarded-Proto": "https"}
        answer = http.get(f"http://127.0.0.1:{front.plain_port}/sign-in", headers=headers)
    assert answer.status_code == 308
    with front.client(headers={"X-Forwarded-Proto": "http"}) as http:
        cookies = http.get("/sign-in").headers.get_list("set-cookie")
    assert all("; Secure" in each for each in cookies)


def test_a_large_request_comes_through_whole(front):
    root = front.house.paths[0].rpartition("/run")[0]
    paths = [f"{root}/nowhere/{'x' * 80}{n:06}" for n in range(100_000)]
    with front.client() as http:
        answer = http.post("/api/v1/stage-requests", json={"paths": paths, "confirm": True})
        assert answer.status_code in {200, 201}, answer.text
        made = answer.json()
        assert made["files"] == len(paths), made
        http.post(f"/api/v1/stage-requests/{made['id']}/cancel")


def test_a_body_that_is_too_large_is_refused_in_words_before_it_is_sent(front):
    port = int(front.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        front.trust.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        link.sendall(
            b"POST /api/v1/stage-requests HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1)
        )
        with link.makefile("rb") as said:
            assert b" 413 " in said.readline()
            headers = dict(line.split(b": ", 1) for line in iter(said.readline, b"\r\n"))
            lower = {name.lower(): value.strip() for name, value in headers.items()}
            body = json.loads(said.read(int(lower[b"content-length"])))
    assert lower[b"content-type"] == b"application/problem+json"
    assert body["code"] == "too-large"
    assert body["status"] == 413
    assert str(MAX_BODY) in body["title"]


def test_events_come_one_by_one_while_the_request_goes_on(front):
    house = front.house
    with house.held():
        number = house.stage(house.untouched(3))["id"]
        with (
            front.client() as http,
            http.stream("GET", f"/api/v1/stage-requests/{number}/events", headers=STREAM) as told,
        ):
            assert told.status_code == 200
            # The tapes stand still: had the answer been gathered first, nothing would come.
            lines = told.iter_lines()
            first = next(line for line in lines if line.startswith("event: "))
            assert first
            assert house.request(number)["state"] == "active"
    assert house.ended(number, 60)["state"] == "complete"


def test_the_dialects_of_the_web_port_are_reached_and_name_the_public_address(front):
    with front.client(headers={}) as http:
        told = http.get("/.well-known/wlcg-tape-rest-api").json()
        assert [each["uri"] for each in told["endpoints"]] == [f"{front.url}/api/tape/v1"]
        assert http.get("/api/v0.5/swagger.json").json()["basePath"] == "/api/v0.5"
        body = {"path": front.house.paths[0]}
        headers = {"X-API-KEY": front.house.token}
        state = http.post("/api/v0.5/file_state/file_state", json=body, headers=headers)
        assert state.status_code == 201, state.text


def test_a_web_process_that_is_killed_is_not_missed(front):
    port, web = next(iter(front.webs.items()))
    with front.client() as http:
        kill_all(web)
        answers = [http.get("/api/v1/health").status_code for _ in range(40)]
        assert set(answers) == {200}
        asked = http.post("/api/v1/stage-requests", json={"paths": front.house.untouched(1)})
        assert front.house.ended(asked.json()["id"], 60)["state"] == "complete"
    front.webs[port] = start_web(front.house, port)
    assert until(front.ready, 20)


def test_when_all_web_processes_are_away_it_is_said_in_words(front):
    for web in front.webs.values():
        kill_all(web)
    try:
        with front.client(timeout=30) as http:
            assert until(lambda: http.get("/api/v1/health").status_code != 200, 20)
            answer = http.get("/api/v1/health")
        assert answer.status_code in {502, 503}
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "2"
        assert answer.json()["code"] == "unavailable"
    finally:
        front.webs = {port: start_web(front.house, port) for port in front.webs}
    assert until(front.ready, 30)


def test_mwas_port_answers_those_who_may(node, tmp_path):
    house, _ = node
    port = free_port()
    server = house.variables["WAYSTATION_DIALECTS__MWA_STAGING__LISTEN"]
    for allowed, status in (("127.0.0.0/8", 200), ("10.1.0.0/16", 403)):
        place = tmp_path / str(status)
        place.mkdir()
        config = rendered(
            place,
            "nginx/mwa-staging.conf.in",
            MWA_LISTEN=f"127.0.0.1:{port}",
            MWA_CLIENTS=f"allow {allowed};",
            MWA_SERVER=server,
        )
        proxy = start_nginx(place, config)
        try:
            url = f"http://127.0.0.1:{port}/ping"
            assert until(lambda url=url, want=status: _status(url) == want, 20)
        finally:
            proxy.stop()


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0


SAME = (
    *("etag", "last-modified", "content-length", "content-type", "accept-ranges"),
    *("content-disposition", "content-security-policy", "x-content-type-options"),
)


def test_files_of_spaces_come_and_go(front):
    """By nginx the file itself is sent by nginx; a client cannot tell the difference."""
    data = os.urandom(3_000_000)
    with front.client() as http:
        path = f"/dav/lab/{os.urandom(4).hex()} ü&%.html"
        url = quote(path)
        put = http.put(url, content=data)
        assert put.status_code == 201
        got, head = http.get(url), http.head(url)
        assert got.content == data
        for name in SAME:
            assert got.headers.get(name) == head.headers.get(name), name
        assert got.headers["etag"] == put.headers["etag"]
        part = http.get(url, headers={"Range": "bytes=100-199", "If-Range": put.headers["etag"]})
        assert (part.status_code, part.content) == (206, data[100:200])
        asked = {"If-None-Match": put.headers["etag"], "Want-Digest": "adler32"}
        assert http.get(url, headers=asked).status_code == 304
        asked["If-None-Match"] = '"other"'
        assert "adler32=" in http.get(url, headers=asked).headers["digest"]
        moved = http.request("MOVE", url, headers={"Destination": f"{front.url}{url}2"})
        assert moved.status_code == 201, moved.text
        assert http.get(url).status_code == 404
        assert http.delete(f"{url}2").status_code == 204
    with front.client(headers={}) as nobody:
        assert nobody.get(url).status_code == 401
        spaces = front.house.variables["WAYSTATION_STORES__DISK__ROOT"]
        assert nobody.get(f"/.bytes{spaces}/lab").status_code == 404


def test_nginx_sends_the_files_and_no_others(front, tmp_path):
    if "nginx" not in str(front.proxy.child.args[0]):
        return  # HAProxy sends no files
    spaces = Path(front.house.variables["WAYSTATION_STORES__DISK__ROOT"])
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    with front.client() as http:
        http.put("/dav/lab/sent", content=b"by nginx")
        assert "x-accel-redirect" not in http.get("/dav/lab/sent").headers
        direct = httpx.get(
            f"http://127.0.0.1:{next(iter(front.webs))}/dav/lab/sent",
            headers={**http.headers, "X-Accel-Capable": "1"},
        )
        assert direct.headers["x-accel-redirect"] == f"/.bytes{spaces}/lab/sent"
        (spaces / "lab" / "sent").unlink()
        (spaces / "lab" / "sent").symlink_to(secret)
        assert http.get("/dav/lab/sent").status_code == 404
