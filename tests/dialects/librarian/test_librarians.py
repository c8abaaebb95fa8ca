"""admin/librarians/…: partners as this wire names them (contract librarian, 1.3 and 2)."""

import pytest

PATHS = ("list", "add", "remove", "transfer_status/change", "transfer_status/set")


def added(library, name: str, **changes) -> dict:
    host, _, port = library.house.url.rpartition(":")
    body = {"librarian_name": name, "url": host, "port": int(port), "authenticator": "a:b"}
    answer = library.post("admin/librarians/add", {**body, **changes}, by="root")
    return {"status": answer.status_code, **answer.json()}


def listed(library, **body) -> dict[str, dict]:
    answer = library.post("admin/librarians/list", body, by="root")
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["librarians"]}


def removed(library, name: str) -> dict:
    return library.post("admin/librarians/remove", {"librarian_name": name}, by="root").json()


def test_only_administrators(library):
    for path in PATHS:
        for by in ("ana", "rea", "out"):
            assert library.post(f"admin/librarians/{path}", {}, by=by).status_code == 401


def test_one_that_is_dead_does_not_break_the_list(library):
    """Weak point: an unreachable peer answered 500 for all of them."""
    name = library.name("")
    assert added(library, name, port=1, check_connection=False)["ping_success"] is None
    assert listed(library)[name]["available"] is False
    assert listed(library, ping=False)[name]["available"] is None
    assert removed(library, name)["success"] is True
    assert name not in listed(library, ping=False)


def test_what_is_disabled_by_the_wire_is_off_for_operators_too(library):
    name = library.name("")
    assert added(library, name)["success"] is True
    for path, on in (("set", False), ("change", True), ("set", False)):
        body = {"librarian_name": name, "transfers_enabled": on}
        told = library.post(f"admin/librarians/transfer_status/{path}", body, by="root").json()
        assert told == body
        assert listed(library, ping=False)[name]["enabled"] is on
    assert f"{name}\toff" in library.house.command("partner", "list")
    removed(library, name)


def test_an_operator_adds_one_and_its_account(library):
    name, url = library.name(""), "https://b.example.org:443"
    known = ("--url", url, "--user", "us", "--password", "secret", "--space", "library")
    library.passwords[name] = library.house.command("partner", "add", name, *known)
    told = listed(library, ping=False)[name]
    assert (told["url"], told["port"]) == ("https://b.example.org", 443)
    asked = {"source_transfer_ids": [], "destination_transfer_ids": [7]}
    status = library.post("checkin/status", asked, by=name)
    assert status.json()["destination_transfer_status"] == {"7": None}
    removed(library, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x"},
        {"url": "nowhere"},
        {"url": "http://x:80"},
        {"url": "http://x/path"},
        {"port": 0},
        {"authenticator": "nobody"},
    ],
    ids=["scheme", "no address", "a port in it", "a path in it", "no port", "no password"],
)
def test_what_cannot_be_a_librarian_is_refused_and_not_kept(library, wrong):
    name = library.name("")
    told = added(library, name, **wrong)
    assert told["status"] == 400
    assert "does not exist" not in told["reason"]
    assert name not in listed(library, ping=False)
