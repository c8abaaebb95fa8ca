"""Who may not: revoked, expired, too narrow, somebody else; and what they can find out."""

import socket

import httpx
import pytest

from running import until

REQUESTS = "/stage-requests"


@pytest.fixture(scope="module")
def stranger(house):
    return house.account("stranger")


@pytest.fixture(scope="module")
def mine(house):
    return house.stage(house.paths[:1], external_id="of the administrator")["id"]


def status(house, token: str) -> int:
    """Of a call that the hot lane answers, and of one that the ordinary lane does."""
    with house.client(token) as http:
        hot = http.get("/files/status", params={"path": house.paths[0]}).status_code
        assert http.get("/whoami").status_code == hot
    return hot


@pytest.mark.parametrize(
    "text", ["", "Bearer", "Basic YTpi", "Bearer way_1_x", "Bearer way_99999_" + "x" * 43]
)
@pytest.mark.parametrize("path", [REQUESTS, f"{REQUESTS}/1", "/library", "/files/status?path=/a"])
def test_nobody_is_nobody(house, text, path):
    answer = httpx.get(f"{house.url}/api/v1{path}", headers={"Authorization": text})
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "cookie", ["way_read=1.x.2.\xe9", "way_read=", "way_read=....", "=;=;;", "way_read"]
)
def test_an_odd_cookie_is_nobody(house, cookie):
    for path in ("/files/status?path=/a", "/library", "/whoami"):
        headers = [(b"cookie", cookie.encode("latin-1"))]
        answer = httpx.get(f"{house.url}/api/v1{path}", headers=headers)
        assert answer.status_code == 401


def test_a_revoked_token_is_worth_nothing_within_a_second(house):
    token = house.account("leaver")
    assert status(house, token) == 200
    number = int(token.split("_")[1])
    house.rows("DELETE FROM accounts_token WHERE id = %(id)s RETURNING 1", id=number)
    house.rows("SELECT pg_notify('way_grants', 't')")
    assert until(lambda: _refused_everywhere(house, token), 1)


def test_an_expired_token_is_worth_nothing(house):
    token = house.account("late")
    number = int(token.split("_")[1])
    sql = (
        "UPDATE accounts_token SET expires = now() - interval '1 s' WHERE id = %(id)s RETURNING 1"
    )
    house.rows(sql, id=number)
    assert _refused_everywhere(house, token)


def test_a_token_that_expires_while_it_is_remembered(house):
    token = house.account("soon late")
    number = int(token.split("_")[1])
    sql = (
        "UPDATE accounts_token SET expires = now() + interval '2 s' WHERE id = %(id)s RETURNING 1"
    )
    house.rows(sql, id=number)
    assert status(house, token) == 200
    assert until(lambda: _refused_everywhere(house, token), 5)


def test_a_disabled_account_is_worth_nothing(house):
    token = house.account("gone")
    sql = "UPDATE accounts_user SET is_active = false WHERE username = %(n)s RETURNING 1"
    house.rows(sql, n="gone")
    assert _refused_everywhere(house, token)


def test_a_token_for_reading_cannot_stage(house):
    token = house.account("reader")
    sql = "UPDATE accounts_token SET scopes = '[\"read\"]' WHERE id = %(id)s RETURNING 1"
    house.rows(sql, id=int(token.split("_")[1]))
    with house.client(token) as http:
        assert http.get(REQUESTS).is_success
        answer = http.post(REQUESTS, json={"paths": house.paths[:1]})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_what_somebody_else_asked_is_not_there(house, mine, stranger):
    """The same answer as for a number that was never given: nothing can be learned from it."""
    with house.client(stranger) as http:
        for number in (mine, 10**9):
            for below in ("", "/files", "/strip", "/tapes", "/errors", "/events"):
                assert http.get(f"{REQUESTS}/{number}{below}").status_code == 404
            for verb, body in (("cancel", {}), ("retry", {}), ("release", {})):
                assert http.post(f"{REQUESTS}/{number}/{verb}", json=body).status_code == 404
            answer = http.post(f"{REQUESTS}/{number}/extend", json={"lifetime_s": 60})
            assert answer.status_code == 404
        stream = {"Accept": "text/event-stream"}
        assert http.get(f"{REQUESTS}/{mine}/events", headers=stream).status_code == 404
        assert http.get(REQUESTS).json()["requests"] == []
        again = http.post(
            REQUESTS, json={"paths": house.paths[:1], "external_id": "of the administrator"}
        )
        assert again.json()["id"] != mine


def test_a_store_that_one_may_not_read_is_not_there(house, stranger):
    house.rows("UPDATE catalogue_store SET readers = '[\"staff\"]' RETURNING 1")
    try:
        assert until(lambda: _answer(house, stranger) == 404, 35)
        with house.client(stranger) as http:
            assert http.get("/stores").json()["stores"] == []
            assert http.post("/estimate", json={"paths": house.paths[:1]}).status_code == 404
            assert http.post(REQUESTS, json={"paths": house.paths[:1]}).status_code == 404
            assert http.get("/datasets").json()["datasets"] == []
    finally:
        house.rows("UPDATE catalogue_store SET readers = '[\"*\"]' RETURNING 1")


def test_only_administrators_define_datasets(house, stranger):
    with house.client(stranger) as http:
        answer = http.put("/datasets/archive/mine", json={"paths": house.paths[:1]})
        assert answer.status_code == 403


def test_another_host_name_is_not_served(house):
    with socket.create_connection(("127.0.0.1", house.port), timeout=5) as line:
        line.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert b" 400 " in line.recv(4096).splitlines()[0]


def _answer(house, token: str) -> int:
    with house.client(token) as http:
        return http.get("/files/status", params={"path": house.paths[0]}).status_code


def _refused_everywhere(house, token: str) -> bool:
    with house.client(token) as http:
        hot = http.get("/files/status", params={"path": house.paths[0]}).status_code
        return hot == 401 and http.get("/whoami").status_code == 401
