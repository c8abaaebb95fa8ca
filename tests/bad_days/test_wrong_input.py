"""Whatever is sent to a running node: a clear refusal, nothing changed, and it goes on serving."""

import json
import socket
import threading
from pathlib import Path

import httpx
import pytest

from running import until

REQUESTS = "/stage-requests"
GOOD = "/stage-requests/{id}"


@pytest.fixture(autouse=True)
def nothing_happened(house):
    """After each of these the number of requests is what it was, and the node is well."""
    before = house.rows("SELECT count(*) FROM staging_request")
    processes = house.pids("serving")
    yield
    assert house.rows("SELECT count(*) FROM staging_request") == before
    assert until(house.answers, 30)
    assert house.pids("serving") == processes, "the web process was started again"


def refused(answer: httpx.Response, *statuses: int) -> dict[str, object]:
    """A problem document with one of these statuses and words for a person."""
    assert answer.status_code in (statuses or (400,)), (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text[:200]
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["code"]
    assert problem["request_id"]
    assert "Traceback" not in answer.text
    return dict(problem)


NESTED = '{"paths":' + "[" * 100_000 + "]" * 100_000 + "}"
BODIES = {
    "nothing": "",
    "no JSON": "paths=/a",
    "half of it": '{"paths": ["/a"',
    "a list": "[]",
    "null": "null",
    "a number": "7",
    "not Unicode": b'{"paths": ["/\xff\xfe"]}',
    "half a character": '{"paths": ["/a\\ud800"]}',
    "deeply nested": NESTED,
    "deeply nested unknown": '{"x":' * 50_000 + "1" + "}" * 50_000,
    "paths is text": '{"paths": "/a"}',
    "paths of numbers": '{"paths": [1, 2]}',
    "unknown field": '{"paths": ["/a"], "path": "/b"}',
    "huge integer": '{"paths": ["/a"], "priority": 1' + "0" * 400 + "}",
    "huge pin": '{"paths": ["/a"], "pin_lifetime_s": 99999999999}',
    "negative pin": '{"paths": ["/a"], "pin_lifetime_s": -1}',
    "priority too high": '{"paths": ["/a"], "priority": 10}',
    "float priority": '{"paths": ["/a"], "priority": 4.5}',
    "not a number": '{"paths": ["/a"], "priority": NaN}',
    "both": '{"paths": ["/a"], "dataset": "x"}',
    "neither": "{}",
    "empty": '{"paths": []}',
}
DATES = {
    "no date": "tomorrow",
    "a number": 1,
    "past": "2001-01-01T00:00:00Z",
    "no such day": "2031-02-30T00:00:00Z",
    "before the beginning": "0001-01-01T00:00:00+14:00",
    "after the end": "9999-12-31T23:59:59-14:00",
    "far away": "9000-01-01T00:00:00Z",
}
HOSTILE = {
    "empty": "",
    "relative": "etc/passwd",
    "outside": "/etc/passwd",
    "climbing": "{root}/../../../etc/passwd",
    "dotted": "{root}/./a",
    "climbing at the end": "{root}/a/..",
    "double": "{root}//a",
    "the root": "{root}",
    "the root with a slash": "{root}/",
    "beside the root": "{root}-other/a",
    "newline": "{root}/a\n/etc/passwd",
    "zero byte": "{root}/a\0b",
    "carriage return": "{root}/a\rb",
    "escape": "{root}/a\x1b[2J",
    "line separator": "{root}/a\u2028b",
    "long": "{root}/" + "x" * 3000,
    "option": "--help",
    "short option": "-x",
}
TEXTS = {"zero byte": "a\0b", "too long": "x" * 201}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_what_is_expected(house, name):
    body = BODIES[name]
    with house.client() as http:
        refused(http.post(REQUESTS, content=body))


@pytest.mark.parametrize("name", BODIES)
def test_the_same_bodies_elsewhere(house, name):
    """The ordinary lane has another parser: the same refusals."""
    with house.client() as http:
        kind = {"content-type": "application/json"}
        for path in ("/estimate", "/files/status")[: 1 if name == "empty" else 2]:
            refused(http.post(path, content=BODIES[name], headers=kind), 400, 404)


@pytest.mark.parametrize("field", ["deadline", "expires"])
@pytest.mark.parametrize("name", DATES)
def test_a_moment_that_is_none(house, field, name):
    with house.client() as http:
        refused(http.post(REQUESTS, json={"paths": house.paths[:1], field: DATES[name]}))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_path_that_cannot_be(house, name):
    path = HOSTILE[name].replace("{root}", str(house.site.cache))
    with house.client() as http:
        refused(http.post(REQUESTS, json={"paths": [path]}))
        refused(http.post("/estimate", json={"paths": [path]}))
        refused(http.post("/files/status", json={"paths": [path]}))
        refused(http.get("/files/status", params={"path": path}))


@pytest.mark.parametrize("field", ["label", "external_id", "callback", "dataset", "store"])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_cannot_be_kept(house, field, name):
    body = {"paths": house.paths[:1], field: TEXTS[name]}
    if field == "dataset":
        del body["paths"]
    if field == "callback" and name == "too long":
        body[field] = "http://x/" + "y" * 5_000
    with house.client() as http:
        refused(http.post(REQUESTS, json=body), 400, 404)


def test_a_text_that_cannot_be_kept_anywhere_else(house):
    (number,) = house.rows("SELECT coalesce(max(id), 0) FROM staging_request")[0]
    with house.client() as http:
        if number:
            for verb in ("cancel", "release"):
                answer = http.post(f"{REQUESTS}/{number}/{verb}", json={"paths": ["/a\0b"]})
                refused(answer, 400, 409)
        refused(http.put("/datasets/archive/a%00b", json={"paths": house.paths[:1]}))
        assert http.get("/datasets", params={"store": "a\0b"}).status_code in {200, 400, 404}


@pytest.mark.parametrize(
    "query", ["path=%ff%fe", "path=/%00", "path=", "", "path=/a&store=%00", "path=%2e%2e%2f"]
)
def test_a_query_that_is_not_what_is_expected(house, query):
    with house.client() as http:
        refused(http.get(f"/files/status?{query}"), 400, 404)


@pytest.mark.parametrize("number", ["0", "-1", "9" * 18, "9" * 30, "x", "1e3", "%00"])
def test_no_such_request(house, number):
    with house.client() as http:
        for below in ("", "/files", "/strip", "/tapes", "/events", "/errors"):
            refused(http.get(f"{REQUESTS}/{number}{below}"), 404)
        for verb in ("cancel", "retry", "release"):
            refused(http.post(f"{REQUESTS}/{number}/{verb}"), 404)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1e9", "before=" + "9" * 40, "before=x", "limit=-1", "state=none"]
)
def test_a_page_that_is_none(house, query):
    with house.client() as http:
        answer = http.get(f"{REQUESTS}?{query}")
        assert answer.status_code == 200 or refused(answer)


def test_what_is_not_there(house):
    with house.client() as http:
        refused(http.get("/no/such/thing"), 404)
        refused(http.delete(f"{REQUESTS}/1"), 405)
        refused(http.request("PATCH", "/library"), 405)


def test_a_body_that_is_too_large_is_refused_without_being_kept(house):
    """257 MiB: one more than is taken. It is not held, and nobody else waits for it."""
    before = _peak_kb(house)
    with house.client(timeout=60) as http:
        refused(http.post(REQUESTS, content=_endless(257)), 413)
    assert _peak_kb(house) - before < 700_000


def test_a_body_that_says_that_it_is_too_large_is_not_even_read(house):
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(_head(house, f"Content-Length: {2**40}") + b'{"paths": [')
        answer = line.recv(4096).decode()
    assert " 413 " in answer.splitlines()[0]


def test_large_bodies_of_the_ordinary_lane(house):
    body = json.dumps({"paths": ["/x" * 500] * 10_000})
    kind = {"content-type": "application/json"}
    with house.client(timeout=60) as http:
        refused(http.post("/files/status", content=body, headers=kind), 400, 413)


def test_slow_clients_are_nobody_elses_trouble(house):
    """Forty that send a byte now and then: others are answered before them."""
    lines = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(40)]
    try:
        for line in lines:
            line.sendall(_head(house, "Content-Length: 1000"))
        for n in range(5):
            for line in lines:
                line.sendall(b"x")
            with house.client() as http:
                assert http.get(f"{REQUESTS}?limit=1").is_success
                assert http.get("/files/status", params={"path": house.paths[n]}).is_success
            threading.Event().wait(0.1)
    finally:
        for line in lines:
            line.close()
    assert until(house.answers, 30)


def test_clients_that_go_away_in_the_middle(house):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", house.port)) as line:
            line.sendall(_head(house, "Content-Length: 1000") + b'{"paths"')
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", house.port)) as line:
            line.sendall(b"GET /api/v1/library HTTP/1.1\r\nHost: x\r\n")
    with house.client() as http:
        assert http.get("/library").is_success


def _head(house, *more: str) -> bytes:
    lines = [
        "POST /api/v1/stage-requests HTTP/1.1",
        f"Host: 127.0.0.1:{house.port}",
        f"Authorization: Bearer {house.token}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _endless(megabytes: int):
    yield b'{"paths": ["'
    for _ in range(megabytes):
        yield b"x" * 2**20


def _peak_kb(house) -> int:
    text = Path(f"/proc/{house.pids('serving')[0]}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0])


def test_a_body_sent_in_chunks_is_read_everywhere(house):
    """Django alone would take it for empty."""
    body = json.dumps({"store": house.store, "paths": house.paths[:2]}).encode()
    with house.client() as http:
        answer = http.post("/files/status", content=iter([body[:7], body[7:]]),
                           headers={"content-type": "application/json"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["files"]) == 2
