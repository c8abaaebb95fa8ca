"""Tokens for one job: contract row 4. Good at their paths, for their verbs, until they end."""

import base64
import hashlib
from urllib.parse import quote

import httpx
import pytest

from running import until
from sharing.conftest import SPACE


def token(lab, *places: dict, by: str = "", **more: object) -> str:
    wanted = [{"space": SPACE, **place} for place in places]
    with lab.api(by) as http:
        answer = http.post("/job-tokens", json={"name": "job 17", "places": wanted, **more})
    assert answer.is_success, answer.text
    return str(answer.json()["token"])


def test_row_4_a_job_fetches_its_input_and_puts_its_output_and_no_more(lab):
    folder = lab.folder(**{"in.dat": b"input", "other": b"other"})
    held = token(
        lab,
        {"path": f"{folder}/in.dat", "verbs": ["read"]},
        {"path": f"{folder}/out", "verbs": ["create", "list"]},
    )
    at = quote(folder)
    with lab.dav() as http:
        assert http.request("MKCOL", f"/{at}/out").is_success
    with lab.dav(held) as job:
        assert job.get(f"/{at}/in.dat").content == b"input"
        digest = hashlib.sha256(b"output").hexdigest()
        put = job.put(
            f"/{at}/out/r 1", content=b"output", headers={"OC-Checksum": f"SHA256:{digest}"}
        )
        assert put.status_code == 201
        assert job.request("PROPFIND", f"/{at}/out", headers={"Depth": "1"}).status_code == 207
        for method, path in (
            ("GET", "other"),
            ("GET", "out/r 1"),
            ("PUT", "in.dat"),
            ("PUT", "out/r 1"),
            ("PUT", "new"),
            ("PUT", "outside"),
            ("DELETE", "out/r 1"),
            ("DELETE", "in.dat"),
            ("MKCOL", "made"),
            ("PROPPATCH", "in.dat"),
        ):
            answer = job.request(method, f"/{at}/{quote(path)}")
            assert answer.status_code in {400, 403}, (method, path, answer.status_code)
            assert answer.status_code == 403 or method == "PROPPATCH"
        # The folders on the way to its places are there for it; what is in them is not.
        way = job.request("PROPFIND", f"/{at}", headers={"Depth": "0"})
        assert way.status_code == 207
        assert way.text.count("response>") == 2
        assert job.request("PROPFIND", f"/{at}", headers={"Depth": "1"}).status_code == 403
        assert job.get(f"/{at}/out/..%2fother").status_code in {400, 403}
        to = {"Destination": f"{lab.house.url}/dav/{SPACE}/{at}/out/copy"}
        assert job.request("COPY", f"/{at}/other", headers=to).status_code == 403
        assert job.request("COPY", f"/{at}/in.dat", headers=to).status_code == 201
        assert job.request("MOVE", f"/{at}/in.dat", headers=to).status_code == 403
    basic = httpx.get(f"{lab.house.url}/dav/{SPACE}/{at}/in.dat", auth=("any", held), timeout=30)
    assert basic.content == b"input"
    assert lab.disk(f"{folder}/out/r 1").read_bytes() == b"output"
    assert lab.disk(f"{folder}/out/copy").read_bytes() == b"input"


def test_everything_that_is_no_file_refuses_it(lab):
    held = token(
        lab, {"path": "", "verbs": ["read", "list", "create", "modify", "delete", "stage"]}
    )
    with lab.house.client(held) as http:
        calls = [
            ("GET", "/whoami", None),
            ("GET", "/stage-requests", None),
            ("POST", "/stage-requests", {"paths": ["/x"]}),
            ("GET", "/files/status?path=/x", None),
            ("GET", "/job-tokens", None),
            (
                "POST",
                "/job-tokens",
                {"name": "x", "places": [{"space": SPACE, "verbs": ["read"]}]},
            ),
            ("POST", "/signed-urls", {"space": SPACE, "path": "x"}),
            ("POST", f"/spaces/{SPACE}/shares", {"path": ""}),
            ("GET", f"/spaces/{SPACE}/shares", None),
            ("GET", "/webhook-secret", None),
        ]
        for method, path, body in calls:
            answer = http.request(method, path, json=body)
            assert answer.status_code == 403, (method, path, answer.text)
            assert answer.json()["code"] == "forbidden"
    spaces = httpx.request(
        "PROPFIND",
        f"{lab.house.url}/dav/",
        headers={"Authorization": f"Bearer {held}", "Depth": "1"},
    )
    assert spaces.status_code == 403


def test_an_upload_in_pieces_by_a_jobs_token(lab):
    folder = lab.folder()
    held = token(lab, {"path": folder, "verbs": ["create"]})
    headers = {"Authorization": f"Bearer {held}", "Tus-Resumable": "1.0.0"}

    def begin(path: str) -> httpx.Response:
        said = base64.b64encode(path.encode()).decode()
        more = {"Upload-Length": "6", "Upload-Metadata": f"relativePath {said}"}
        return httpx.post(f"{lab.house.url}/tus/{SPACE}/", headers={**headers, **more})

    assert begin("elsewhere").status_code == 403
    begun = begin(f"{folder}/deep/er/file")
    assert begun.status_code == 201, begun.text
    where = f"{lab.house.url}{begun.headers['location']}"
    piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    other = token(lab, {"path": "elsewhere", "verbs": ["create"]})
    stolen = {**headers, **piece, "Authorization": f"Bearer {other}"}
    assert httpx.patch(where, headers=stolen, content=b"sixsix").status_code == 403
    assert httpx.patch(where, headers={**headers, **piece}, content=b"sixsix").status_code == 204
    assert lab.disk(f"{folder}/deep/er/file").read_bytes() == b"sixsix"


def test_it_is_listed_with_its_last_use_and_revoked_at_once(lab):
    folder = lab.folder(a=b"1")
    held = token(lab, {"path": folder, "verbs": ["read"]}, lifetime_s=3600)
    number = int(held.split("_")[1])
    [(kept,)] = lab.house.rows(
        "SELECT row_to_json(t)::text FROM accounts_token t WHERE id = %(id)s", id=number
    )
    assert held.split("_", 2)[2] not in str(kept)

    def mine() -> dict:
        with lab.api() as http:
            found = http.get("/job-tokens").json()["tokens"]
        return next((each for each in found if each["id"] == number), {})

    assert mine()["last_used"] is None
    with lab.dav(held) as job:
        assert job.get(f"/{quote(folder)}/a").content == b"1"
        assert mine()["last_used"] is not None
        assert mine()["places"] == [{"space": SPACE, "path": folder, "verbs": ["read"]}]
        with lab.api(lab.ben) as http:
            assert http.delete(f"/job-tokens/{number}").status_code == 404
        with lab.api() as http:
            assert http.delete(f"/job-tokens/{number}").is_success
        assert until(lambda: job.get(f"/{quote(folder)}/a").status_code == 401, 5)
    assert mine() == {}


def test_only_tokens_for_jobs_are_ended_there(lab):
    number = int(lab.ana.split("_")[1])
    with lab.api() as http:
        assert http.delete(f"/job-tokens/{number}").status_code == 404
        assert http.get("/whoami").is_success


def test_it_ends_in_time_and_is_never_more_than_its_maker(lab):
    folder = lab.folder(a=b"1")
    fay = lab.house.account("fay")
    lab.role("fay", "writer")
    held = token(lab, {"path": folder, "verbs": ["read", "create"]}, by=fay)
    with lab.dav(held) as job:
        assert job.put(f"/{quote(folder)}/new", content=b"x").status_code == 201
        lab.role("fay", "reader")
        assert job.put(f"/{quote(folder)}/more", content=b"x").status_code == 403
        assert job.get(f"/{quote(folder)}/a").status_code == 200
        lab.role("fay", "none")
        assert job.get(f"/{quote(folder)}/a").status_code == 404
        lab.role("fay", "reader")
    number = int(held.split("_")[1])
    lab.house.rows(
        "UPDATE accounts_token SET expires = now() - interval '1 s' WHERE id = %(id)s"
        " RETURNING pg_notify('way_grants', '')",
        id=number,
    )
    with lab.dav(held) as job:
        assert until(lambda: job.get(f"/{quote(folder)}/a").status_code == 401, 5)


@pytest.mark.parametrize(
    ("places", "more", "status"),
    [
        ([], {}, 400),
        ([{"verbs": []}], {}, 400),
        ([{"verbs": ["fly"]}], {}, 400),
        ([{"path": "../up", "verbs": ["read"]}], {}, 400),
        ([{"verbs": ["read"]}], {"lifetime_s": 10**9}, 400),
        ([{"verbs": ["read"]}], {"name": ""}, 400),
        ([{"space": "nowhere", "verbs": ["read"]}], {}, 404),
        ([{"verbs": ["read"]}] * 21, {}, 400),
    ],
    ids=["none", "idle", "odd", "up", "long", "nameless", "nowhere", "many"],
)
def test_tokens_that_cannot_be(lab, places, more, status):
    wanted = [{"space": SPACE, **place} for place in places]
    with lab.api() as http:
        answer = http.post("/job-tokens", json={"name": "x", "places": wanted, **more})
    assert answer.status_code == status, answer.text


def test_nobody_makes_one_for_a_space_of_others(lab):
    gus = lab.house.account("gus")
    wanted = {"name": "x", "places": [{"space": SPACE, "verbs": ["create"]}]}
    with lab.api(gus) as http:
        assert http.post("/job-tokens", json=wanted).status_code == 404
        lab.role("gus", "reader")
        assert http.post("/job-tokens", json=wanted).status_code == 403
