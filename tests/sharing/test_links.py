"""Links, as somebody without an account has them: by curl and by hand."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import httpx
import pytest

from running import until
from sharing.conftest import SPACE

DATA = bytes(range(256)) * 400


class Raw(NamedTuple):
    """What was answered."""

    status_code: int
    content: bytes


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=30)


def raw(url: str, path: str) -> Raw:
    """A path as it is, which clients would tidy up."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    line.request("GET", f"{parts.path}{path}")
    answer = line.getresponse()
    return Raw(answer.status, answer.read())


def curl(tmp_path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["curl", "-sS", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def gone(url: str) -> bool:
    return get(url).status_code == 404 == get(f"{url}/files/a").status_code


def test_a_shared_file_by_curl(lab, tmp_path):
    folder = lab.folder(**{"a b.dat": DATA})
    made = lab.share(f"{folder}/a b.dat", label="for Eve")
    assert curl(tmp_path, "-fOJ", f"{made['url']}/files/a%20b.dat").returncode == 0
    (fetched,) = list(tmp_path.iterdir())
    assert fetched.read_bytes() == DATA
    page = get(made["url"])
    assert page.status_code == 200
    assert "for Eve" in page.text
    assert "a b.dat" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert "no-store" in page.headers["cache-control"]
    answer = get(f"{made['url']}/files/a%20b.dat", Range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, DATA[10:20])
    for name in ("other", "", "a%20b.dat/x"):
        assert get(f"{made['url']}/files/{name}").status_code == 404


def test_a_shared_folder_and_nothing_beside_it(lab):
    folder = lab.folder(a=b"1")
    other = quote(lab.folder(secret=b"s"))
    with lab.dav() as http:
        assert http.request("MKCOL", f"/{quote(folder)}/in").status_code == 201
    lab.put(f"{folder}/in/deep", b"22")
    url = lab.share(folder)["url"]
    assert get(f"{url}/files/in/deep").content == b"22"
    assert "deep" in get(f"{url}/at/in/").text
    for path in (
        f"../{other}/secret",
        f"%2e%2e/{other}/secret",
        f"in%2f..%2f..%2f{other}/secret",
        f"/{SPACE}/{other}/secret",
        "%00",
        ".waystation/trash",
    ):
        answer = raw(f"{url}/files/", path)
        assert answer.status_code in {400, 404}, path
        assert answer.content != b"s"
    for path in ("..", f"../{other}", "%2e%2e/", "in/..%2f..%2f"):
        assert raw(f"{url}/at/", path).status_code in {400, 404}
    put = httpx.put(f"{url}/files/new", content=b"x")
    assert put.status_code == 403
    assert "new" not in lab.names(folder)
    assert httpx.request("DELETE", f"{url}/files/a").status_code == 405
    assert httpx.request("PROPFIND", f"{url}/files/").status_code == 405


def test_a_link_follows_what_it_leads_to(lab):
    folder = lab.folder(a=b"old")
    url = lab.share(f"{folder}/a")["url"]
    with lab.dav() as http:
        to = {"Destination": f"{lab.house.url}/dav/{SPACE}/{quote(folder)}/b"}
        assert http.request("MOVE", f"/{quote(folder)}/a", headers=to).is_success
        lab.put(f"{folder}/a", b"somebody else's")
        assert get(f"{url}/files/b").content == b"old"
        assert get(f"{url}/files/a").status_code == 404
        assert http.delete(f"/{quote(folder)}/b").is_success
    lab.put(f"{folder}/b", b"another one")
    assert gone(url)


def test_a_password_in_a_script_and_in_a_browser(lab, tmp_path, visitor):
    folder = lab.folder(a=DATA)
    url = lab.share(folder, password="correct horse", label="hidden label")["url"]
    [(kept,)] = lab.house.rows("SELECT password FROM sharing_share ORDER BY id DESC LIMIT 1")
    assert str(kept).startswith("argon2$argon2id$")
    refused = get(f"{url}/files/a")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    line = ("-f", "-u", "any-name:correct horse", "-O", f"{url}/files/a")
    assert curl(tmp_path, *line).returncode == 0
    assert (tmp_path / "a").read_bytes() == DATA
    page = visitor.get(url)
    assert "hidden label" not in page.text
    assert "Password" in page.text
    assert visitor.get(f"{url}/at/x/").status_code == 200, "a gate, whatever is behind it"
    form = {"password": "wrong horse", "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
    assert visitor.post(f"{url}/open", data=form).status_code == 403
    assert visitor.get(f"{url}/files/a").status_code == 401
    form["password"] = "correct horse"
    assert visitor.post(f"{url}/open", data=form).status_code == 302
    assert "hidden label" in visitor.get(url).text
    assert visitor.get(f"{url}/files/a").content == DATA
    forged = {**form, "csrfmiddlewaretoken": "x" * 64}
    assert visitor.post(f"{url}/open", data=forged).status_code == 403
    # The pass of one link is good for no other.
    other = lab.share(folder, password="another horse")["url"]
    passes = {name: value for name, value in visitor.cookies.items() if "share" in name}
    number = lab.house.rows("SELECT max(id) FROM sharing_share")[0][0]
    stolen = {f"way_share_{number}": value for value in passes.values()}
    assert httpx.get(f"{other}/files/a", cookies=stolen).status_code == 401


def test_guessing_is_slowed(lab):
    url = lab.share(lab.folder(a=b"1"), password="correct horse")["url"]
    tries = [
        httpx.get(f"{url}/files/a", auth=("x", f"guess {n}"), timeout=30).status_code
        for n in range(11)
    ]
    assert tries == [401] * 10 + [429]
    assert httpx.get(f"{url}/files/a", auth=("x", "correct horse")).status_code == 429


def test_a_drop_box_takes_and_never_tells(lab, tmp_path, visitor):
    folder = lab.folder(mine=b"mine", secret=b"secret")
    url = lab.share(folder, drop_box=True, label="Homework")["url"]
    (tmp_path / "mine").write_bytes(b"theirs")
    answer = httpx.put(f"{url}/files/mine", content=b"theirs")
    assert (answer.status_code, answer.json()["name"]) == (201, "mine (2)")
    assert curl(tmp_path, "-f", "-T", "mine", f"{url}/files/").returncode == 0
    assert lab.names(folder) == {"mine", "mine (2)", "mine (3)", "secret"}
    assert lab.disk(f"{folder}/mine").read_bytes() == b"mine"
    for path in ("mine", "secret", "", "mine%20(2)"):
        assert get(f"{url}/files/{path}").status_code == 403
        assert httpx.head(f"{url}/files/{path}").status_code == 403
    page = visitor.get(url)
    assert "Homework" in page.text
    assert "secret" not in page.text
    assert folder not in page.text
    assert "secret" not in visitor.get(f"{url}/at/x/").text
    files = [("file", ("f 1", b"one")), ("file", ("..\\up/f2", b"two"))]
    answer = visitor.post(f"{url}/drop", files=files, follow_redirects=False)
    assert answer.headers["location"].endswith("?stored=2")
    assert lab.disk(f"{folder}/f 1").read_bytes() == b"one"
    assert lab.disk(f"{folder}/f2").read_bytes() == b"two"
    for bad in ("in/to", "%2e%2e", "..%2fup", "a%00b", ".waystation"):
        assert httpx.put(f"{url}/files/{bad}", content=b"x").status_code in {400, 403, 404}, bad
    wrong = {"Repr-Digest": "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}
    assert httpx.put(f"{url}/files/w", content=b"x", headers=wrong).status_code == 422
    assert "w" not in lab.names(folder)


def test_a_drop_box_pays_from_the_space(lab):
    lab.house.command("space", "add", "small", "--owner", "ana", "--store", "disk")
    lab.house.command("space", "quota", "small", "--bytes", "10")
    with lab.api() as http:
        made = http.post("/spaces/small/shares", json={"drop_box": True}).json()
    assert httpx.put(f"{made['url']}/files/a", content=b"x" * 10).status_code == 201
    assert httpx.put(f"{made['url']}/files/b", content=b"x").status_code == 507


def test_sixteen_clients_get_exactly_as_many_downloads_as_there_are(lab):
    folder = lab.folder(a=DATA)
    made = lab.share(f"{folder}/a", downloads=5)

    def fetch(_: int) -> int:
        answer = get(f"{made['url']}/files/a")
        assert answer.status_code != 200 or answer.content == DATA
        return answer.status_code

    with ThreadPoolExecutor(16) as pool:
        found = sorted(pool.map(fetch, range(16)))
    assert found == [200] * 5 + [403] * 11
    with lab.api() as http:
        listed = http.get(f"/spaces/{SPACE}/shares").json()["shares"]
    (mine,) = [each for each in listed if each["id"] == made["id"]]
    assert (mine["uses"], mine["ended"], mine["downloads"]) == (5, True, 5)


def test_a_download_that_goes_on_is_counted_once(lab):
    folder = lab.folder(a=DATA, b=DATA)
    url = lab.share(folder, downloads=2)["url"]
    # Nothing was begun: a later part counts as the whole, or all but a byte were free.
    assert get(f"{url}/files/a", Range="bytes=1-").status_code == 206
    assert get(f"{url}/files/a", Range="bytes=1000-").status_code == 206
    assert get(f"{url}/files/b", Range="bytes=0-").status_code == 206
    assert get(f"{url}/files/b", Range="bytes=500-").content == DATA[500:]
    assert get(f"{url}/files/b", Range="bytes=0-9").status_code == 403
    assert get(f"{url}/files/b", Range="bytes=0-9,20-").status_code == 403
    assert get(f"{url}/files/b").status_code == 403
    assert httpx.head(f"{url}/files/b").status_code == 200


def test_a_link_ends_in_time_and_when_it_is_revoked(lab):
    folder = lab.folder(a=b"1")
    first, second = lab.share(folder), lab.share(folder)
    past = datetime.now(UTC) - timedelta(seconds=1)
    with lab.api() as http:
        assert http.delete(f"/spaces/{SPACE}/shares/{first['id']}").is_success
        assert gone(first["url"])
        assert http.delete(f"/spaces/{SPACE}/shares/{first['id']}").status_code == 404
    assert get(f"{second['url']}/files/a").content == b"1"
    lab.house.rows(
        "UPDATE sharing_share SET expires = %(past)s WHERE id = %(id)s RETURNING id",
        past=past,
        id=second["id"],
    )
    assert gone(second["url"])


def test_a_link_dies_with_its_makers_role_and_account(lab):
    eve = lab.house.account("eve")
    lab.role("eve", "manager")
    folder = lab.folder(a=b"1")
    url = lab.share(folder, by=eve)["url"]
    box = lab.share(folder, by=eve, drop_box=True)["url"]
    assert get(f"{url}/files/a").content == b"1"
    lab.role("eve", "writer")
    assert gone(url)
    assert httpx.put(f"{box}/files/x", content=b"x").status_code == 404
    with lab.api(eve) as http:
        assert http.post(f"/spaces/{SPACE}/shares", json={"path": folder}).status_code == 403
        assert http.get(f"/spaces/{SPACE}/shares").status_code == 403
    lab.role("eve", "manager")
    assert get(f"{url}/files/a").content == b"1"
    lab.house.rows(
        "UPDATE accounts_user SET is_active = false WHERE username = 'eve' RETURNING id"
    )
    assert until(lambda: gone(url), 10)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"password": "short"}, "8 characters"),
        ({"downloads": 0}, "downloads"),
        ({"lifetime_s": 0}, "lifetime_s"),
        ({"label": "x" * 201}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"drop_box": True, "downloads": 3}, "drop box"),
        ({"path": "../x"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_wishes_that_cannot_be(lab, wish, words):
    before = lab.house.rows("SELECT count(*) FROM sharing_share")
    with lab.api() as http:
        answer = http.post(f"/spaces/{SPACE}/shares", json={"path": "", **wish})
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["title"]
    assert lab.house.rows("SELECT count(*) FROM sharing_share") == before


def test_who_may_not_share_learns_nothing(lab):
    with lab.api(lab.ben) as http:
        assert http.post(f"/spaces/{SPACE}/shares", json={"path": ""}).status_code == 404
        assert http.get(f"/spaces/{SPACE}/shares").status_code == 404
    assert get(f"{lab.house.url}/s/{'A' * 32}").status_code == 404
    for secret in ("x", "%0d%0aSet-Cookie:x", "..", "A" * 5000):
        answer = httpx.post(f"{lab.house.url}/s/{secret}/drop", content=b"x")
        assert answer.status_code in {303, 400, 404}
        assert "set-cookie" not in answer.headers


def test_nothing_in_the_tables_opens_a_link(lab):
    made = lab.share(lab.folder(a=b"1"))
    secret = made["url"].rpartition("/")[2]
    assert len(secret) == 32
    rows = lab.house.rows("SELECT * FROM sharing_share WHERE id = %(id)s", id=made["id"])
    assert secret not in str(rows)
    with lab.api() as http:
        listed = http.get(f"/spaces/{SPACE}/shares").json()["shares"]
    assert made["url"] in {each["url"] for each in listed}, "managers can copy it again"
