"""Signed addresses: one file, one verb, for a while; nothing of them can be changed."""

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from running import until
from sharing.conftest import SPACE
from waystation.interfaces import signing

KEY, PATH = "k" * 40, "/dav/lab/a b/c"


def sign(lab, path: str, by: str = "", **more: object) -> str:
    with lab.api(by) as http:
        answer = http.post("/signed-urls", json={"space": SPACE, "path": path, **more})
    assert answer.is_success, answer.text
    return str(answer.json()["url"])


def test_one_file_for_whoever_has_the_address(lab):
    folder = lab.folder(**{"ä b": b"data", "other": b"other"})
    url = sign(lab, f"{folder}/ä b")
    assert httpx.get(url).content == b"data"
    assert httpx.get(url, headers={"Range": "bytes=1-2"}).content == b"at"
    assert httpx.head(url).headers["content-length"] == "4"
    query = urlsplit(url).query
    for method, path in (
        ("GET", f"{folder}/other"),
        ("GET", folder),
        ("PUT", f"{folder}/ä b"),
        ("DELETE", f"{folder}/ä b"),
        ("PROPFIND", f"{folder}/ä b"),
        ("GET", f"{folder}//ä b"),
    ):
        at = f"{lab.house.url}/dav/{SPACE}/{quote(path)}?{query}"
        assert httpx.request(method, at, headers={"Depth": "0"}).status_code == 401, (method, path)


def test_no_part_of_it_can_be_changed(lab):
    url = sign(lab, f"{lab.folder(a=b'1')}/a", network="127.0.0.0/8")
    front, _, query = url.partition("?")
    parts = parse_qs(query)["signature"][0].split(".", 5)
    assert httpx.get(url).content == b"1"
    changes = {0: "1", 1: "99", 2: "PUT", 3: "9999999999", 4: "0" * 64, 5: "0.0.0.0/0"}
    for at, other in changes.items():
        changed = [other if n == at else part for n, part in enumerate(parts)]
        if changed != parts:
            forged = f"{front}?{urlencode({'signature': '.'.join(changed)})}"
            assert httpx.get(forged).status_code == 401, at
    for text in ("x", "1.2.GET", ".....", "1.0.GET.99999999999.ä", "²." * 6):
        assert httpx.get(f"{front}?{urlencode({'signature': text})}").status_code == 401


def test_from_another_network_it_is_good_for_nothing(lab):
    url = sign(lab, f"{lab.folder(a=b'1')}/a", network="192.0.2.0/24")
    assert httpx.get(url).status_code == 401
    # A proxy on this machine says from where it was asked.
    assert httpx.get(url, headers={"X-Forwarded-For": "192.0.2.9"}).content == b"1"
    assert httpx.get(url, headers={"X-Forwarded-For": "192.0.2.9, 10.1.1.1"}).status_code == 401


def test_a_file_is_put_by_a_signed_address(lab):
    folder = lab.folder()
    url = sign(lab, f"{folder}/new", verb="PUT")
    assert httpx.put(url, content=b"one").status_code == 201
    assert httpx.put(url, content=b"two").status_code == 204
    assert httpx.get(url).status_code == 401
    assert lab.disk(f"{folder}/new").read_bytes() == b"two"


def test_it_dies_with_its_token_its_role_and_its_account(lab):
    folder = lab.folder(a=b"1")
    hal = lab.house.account("hal")
    lab.role("hal", "reader")
    url = sign(lab, f"{folder}/a", by=hal)
    second = lab.house.command("user", "token", "hal")
    other = sign(lab, f"{folder}/a", by=second)
    assert httpx.get(url).content == httpx.get(other).content == b"1"
    number = int(second.split("_")[1])
    lab.house.rows("DELETE FROM accounts_token WHERE id = %(id)s RETURNING id", id=number)
    assert httpx.get(other).status_code == 401
    assert httpx.get(url).content == b"1"
    lab.role("hal", "none")
    assert httpx.get(url).status_code == 404
    lab.role("hal", "reader")
    assert httpx.get(url).content == b"1"
    lab.house.rows("UPDATE accounts_user SET is_active = false WHERE username='hal' RETURNING id")
    assert until(lambda: httpx.get(url).status_code == 401, 5)


def test_what_is_not_signed(lab):
    folder = lab.folder(a=b"1")
    with lab.api() as http:
        for path, more, status in (
            (folder, {}, 400),
            ("", {}, 400),
            (f"{folder}/nothing", {}, 404),
            (f"{folder}/a", {"network": "everywhere"}, 400),
            (f"{folder}/a", {"lifetime_s": 10**8}, 400),
            (f"{folder}/a", {"verb": "DELETE"}, 400),
        ):
            body = {"space": SPACE, "path": path, **more}
            assert http.post("/signed-urls", json=body).status_code == status, body
    with lab.api(lab.ben) as http:
        body = {"space": SPACE, "path": f"{folder}/a"}
        assert http.post("/signed-urls", json=body).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "now_s", "key", "good"),
    [
        ("GET", PATH, 999, KEY, True),
        ("HEAD", PATH, 999, KEY, True),
        ("GET", PATH, 1000, KEY, False),
        ("PUT", PATH, 999, KEY, False),
        ("GET", PATH + "d", 999, KEY, False),
        ("GET", PATH, 999, "another key", False),
    ],
    ids=["good", "head", "ended", "verb", "path", "rotated"],
)
def test_the_signature_alone(method, path, now_s, key, good):
    said = signing.Signed(7, 0, "GET", 1000)
    query = urlsplit(signing.mint(KEY, said, PATH)).query
    text = signing.shown(query.encode())
    found = signing.read(key, text, method=method, path=path, address=None, now_s=now_s)
    assert found == (said if good else None)
