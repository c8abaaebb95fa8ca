"""What is on the wire, to the letter: contract librarian, 1.1 and 1.2."""

import httpx
import pytest

TEXT = {"detail": "Incorrect username or password"}


def test_ping_leads_to_its_slash_and_keeps_the_call(library):
    answer = library.post("ping", {})
    assert answer.status_code == 307
    assert answer.headers["location"] == "/api/v2/ping/"
    assert library.post("ping", {}, follow_redirects=True).json()["name"] == "Test library"


def test_ping_answers_whoever_shows_anything(library):
    told = {"name": "Test library", "description": "For tests"}
    for by in ("ana", "out", "nobody at all"):
        answer = library.post("ping/", {}, by=by)
        assert (answer.status_code, answer.json()) == (200, told)


def test_ping_without_credentials_is_refused(library):
    answer = httpx.post(f"{library.house.url}/api/v2/ping/", content=b"{}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Basic"
    assert answer.json() == {"detail": "Not authenticated"}


@pytest.mark.parametrize("body", [None, {}], ids=["no body", "an empty one"])
def test_ping_logged_needs_a_reader(library, body):
    assert library.post("ping/logged", body, by="rea").status_code == 200
    answer = library.post("ping/logged", body, by="out")
    assert (answer.status_code, answer.json()) == (401, TEXT)


def test_too_low_a_level_is_told_as_a_wrong_password(library):
    for by, path in (
        ("ana", "ping/admin"),
        ("rea", "upload/stage"),
        ("ana", "search/error"),
        ("ben", "users/get"),
        ("out", "search/file"),
    ):
        answer = library.post(path, {}, by=by)
        assert (answer.status_code, answer.json()) == (401, TEXT), path
        assert answer.headers["www-authenticate"] == "Basic"
    assert library.post("ping/admin", {}, by="root").status_code == 200


def test_a_wrong_password_is_refused(library):
    answer = httpx.post(
        f"{library.house.url}/api/v2/ping/logged", content=b"{}", auth=("rea", "not this one")
    )
    assert (answer.status_code, answer.json()) == (401, TEXT)


def test_a_token_stands_in_for_the_password_of_its_account_only(library):
    token = library.house.command("user", "token", "rea")
    url = f"{library.house.url}/api/v2/ping/logged"
    assert httpx.post(url, content=b"{}", auth=("rea", token)).status_code == 200
    assert httpx.post(url, content=b"{}", auth=("ana", token)).status_code == 401


def test_only_post_and_only_what_there_is(library):
    got = httpx.get(f"{library.house.url}/api/v2/ping/")
    assert (got.status_code, got.headers["allow"]) == (405, "POST")
    lost = library.post("no/such/call", {})
    assert (lost.status_code, lost.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"max_results": "many"}', b'{"create_time_window": ["2026-01-01"]}', b"\xff"],
    ids=["cut", "a list", "a word", "half a window", "no text"],
)
def test_what_cannot_be_read_is_refused_in_words(library, body):
    """A `detail` that is a list kills the client with a TypeError (1.1)."""
    answer = httpx.post(
        f"{library.house.url}/api/v2/search/file",
        content=body,
        auth=("rea", library.passwords["rea"]),
    )
    assert answer.status_code == 422
    assert set(answer.json()) == {"reason", "suggested_remedy"}
    assert all(isinstance(value, str) for value in answer.json().values())


def test_a_suspended_account_is_out_at_once(library):
    library.passwords["soon"] = library.house.command("user", "add", "soon")
    library.house.command("space", "role", "library", "soon", "reader")
    assert library.post("ping/logged", {}, by="soon").status_code == 200
    library.house.command("user", "suspend", "soon", "--why", "a test")
    assert library.post("ping/logged", {}, by="soon").status_code == 401


def test_a_changed_password_is_good_at_once_and_the_old_one_no_more(library):
    library.passwords["fresh"] = library.house.command("user", "add", "fresh")
    library.house.command("space", "role", "library", "fresh", "reader")
    old, new = library.passwords["fresh"], "another good password"
    body = {"password": old, "new_password": new}
    assert library.post("users/password_update", body, by="fresh").json() == {
        "success": True,
        "username": "fresh",
    }
    assert library.post("ping/logged", {}, by="fresh").status_code == 401
    library.passwords["fresh"] = new
    assert library.post("ping/logged", {}, by="fresh").status_code == 200


def test_password_update_wants_the_present_password(library):
    """Weak point: the old server did not look at it."""
    body = {"password": "not this one", "new_password": "another good password"}
    answer = library.post("users/password_update", body, by="rea")
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert library.post("ping/logged", {}, by="rea").status_code == 200
