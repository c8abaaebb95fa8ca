"""The shipped nginx, Apache and HAProxy files before two real web processes of a real node."""

import json
import os
import socket
from pathlib import Path
from urllib.parse import quote

import httpx

from deploy.conftest import ACCEL, MAX_BODY, STREAM, apache, kill_all, start_web
from deploy.proxies import rendered, start_nginx
from running import free_port, until


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
    run = f"{root}/nowhere {os.urandom(4).hex()}"
    paths = [f"{run}/{'x' * 80}{n:06}" for n in range(100_000)]
    with front.client() as http:
        answer = http.post("/api/v1/stage-requests", json={"paths": paths, "confirm": True})
        assert answer.status_code in {200, 201}, answer.text
        made = answer.json()
        assert made["files"] == len(paths), made
        assert http.post(f"/api/v1/stage-requests/{made['id']}/cancel").is_success


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
    assert "limit" in body["title"] or str(MAX_BODY) in body["title"]


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
        try:
            statuses = [_answered(http) for _ in range(40)]
            # Apache asks nobody else once it has sent a request: what came while one died is a 502
            # or, on a line that was used before, a line closed without an answer.
            missed = sum(map(statuses.count, (0, 502))) if front.accel == ACCEL[apache] else 0
            assert missed <= 1
            assert statuses.count(200) == len(statuses) - missed
            asked = http.post("/api/v1/stage-requests", json={"paths": front.house.untouched(1)})
            assert front.house.ended(asked.json()["id"], 60)["state"] == "complete"
        finally:
            front.webs[port] = start_web(front.house, port, front.accel)
    assert until(front.ready, 20)


def _answered(http: httpx.Client) -> int:
    try:
        return http.get("/api/v1/health").status_code
    except httpx.RemoteProtocolError:
        return 0


def test_when_all_web_processes_are_away_it_is_said_in_words(front):
    for web in front.webs.values():
        kill_all(web)
    try:
        # A proxy may drop a connection once it has lost what is behind it: each call has its own.
        alone = httpx.Limits(max_keepalive_connections=0)
        with front.client(timeout=30, limits=alone) as http:
            assert until(lambda: http.get("/api/v1/health").status_code != 200, 20)
            answer = http.get("/api/v1/health")
        assert answer.status_code in {502, 503}
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "2"
        assert answer.json()["code"] == "unavailable"
    finally:
        front.webs = {port: start_web(front.house, port, front.accel) for port in front.webs}
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


def test_the_proxy_sends_the_files_and_no_others(front, tmp_path):
    if not front.accel:
        return  # HAProxy sends no files
    spaces = Path(front.house.variables["WAYSTATION_STORES__DISK__ROOT"])
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    name = f"sent {os.urandom(4).hex()}"
    with front.client() as http:
        http.put(f"/dav/lab/{quote(name)}", content=b"by the proxy")
        answer = http.get(f"/dav/lab/{quote(name)}")
        assert answer.content == b"by the proxy"
        assert not {"x-accel-redirect", "x-sendfile"} & set(answer.headers)
        direct = httpx.get(
            f"http://127.0.0.1:{next(iter(front.webs))}/dav/lab/{quote(name)}",
            headers={**http.headers, "X-Accel-Capable": "1"},
        )
        place = quote(f"{spaces}/lab/{name}")
        assert direct.content == b""
        told = {"/.bytes": ("x-accel-redirect", f"/.bytes{place}")}
        header, value = told.get(front.accel, ("x-sendfile", f"{spaces}/lab/{name}"))
        assert direct.headers[header] == value
        (spaces / "lab" / name).unlink()
        (spaces / "lab" / name).symlink_to(secret)
        assert http.get(f"/dav/lab/{quote(name)}").status_code == 404


def test_a_file_larger_than_any_other_body_is_let_through(front):
    """Only of the way there: nobody sends so much here.

    The refusal is heard while the body still comes; a line that was reset would say nothing.
    """
    port = int(front.url.rpartition(":")[2])
    for path in ("/dav/lab/large", "/tree/lab/large", "/tus/lab/", "/datahost/transmit/") * 10:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
            front.trust.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            head = (f"PUT {path} HTTP/1.1", "Host: localhost", f"Content-Length: {MAX_BODY + 1}",
                    "Authorization: Bearer nobody's", "Expect: 100-continue")  # fmt: skip
            link.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + b"x" * 100_000)
            said = link.recv(65_536)
            assert said, path
            assert b" 413 " not in said.splitlines()[0], (path, said[:200])


def test_links_and_signed_addresses_through_the_proxy(front):
    data = os.urandom(2_000_000)
    with front.client() as http, front.client(headers={}) as nobody:
        assert http.put("/dav/lab/shared", content=data).is_success
        wish = {"path": "shared", "downloads": 1}
        url = http.post("/api/v1/spaces/lab/shares", json=wish).json()["url"]
        assert url.startswith(f"{front.url}/s/")
        assert nobody.get(f"{url}/files/shared").content == data
        assert nobody.get(f"{url}/files/shared", headers={"Range": "bytes=9-"}).content == data[9:]
        assert nobody.get(f"{url}/files/shared").status_code == 403
        asked = {"space": "lab", "path": "shared", "network": "127.0.0.0/8"}
        assert (
            nobody.get(http.post("/api/v1/signed-urls", json=asked).json()["url"]).content == data
        )
