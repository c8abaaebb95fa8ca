"""A space whose files go to tape: ana reads it, but is no reader of the whole store."""

import re
from pathlib import Path

import httpx
import pytest

from dav.conftest import TAPES, Lab
from dav.test_clients import Shell
from running import until

COME_S = 60
LOCALITY = (
    '<propfind xmlns="DAV:"><prop><FileLocality '
    'xmlns="http://srm.lbl.gov/StorageResourceManager"/></prop></propfind>'
)


@pytest.fixture
def tapes(lab: Lab, adopted: list[str]):
    headers = {"Authorization": f"Bearer {lab.ana}"}
    with httpx.Client(
        base_url=f"{lab.house.url}/dav/{TAPES}", headers=headers, timeout=30
    ) as http:
        yield http


def stub(lab: Lab, name: str) -> Path:
    return lab.house.site.cache / "run0" / name


def on_tape(lab: Lab, name: str) -> bool:
    return stub(lab, name).stat().st_blocks == 0


def locality(http: httpx.Client, name: str) -> str:
    answer = http.request("PROPFIND", f"/{name}", headers={"depth": "0"}, content=LOCALITY)
    return re.findall(r"FileLocality[^>]*>([A-Z_]*)<", answer.text)[0]


def test_what_is_there_is_taken_in_once(lab, tapes, adopted):
    again = lab.house.command("space", "adopt", TAPES)
    assert again.startswith("0 files (0 bytes) and 0 folders are new"), again
    asked = '<propfind xmlns="DAV:"><prop><getcontentlength/></prop></propfind>'
    listed = tapes.request("PROPFIND", "/", headers={"depth": "1"}, content=asked).text
    assert {name for name in adopted if name.replace(" ", "%20") in listed} == set(adopted)


def test_reading_does_not_wait_for_a_tape(lab, tapes, adopted):
    name = adopted[0]
    told = tapes.get(f"/{name}")
    assert told.status_code == 409
    assert told.json()["code"] == "on-tape"
    assert "Bring it to disk" in told.json()["detail"]
    assert on_tape(lab, name)


def test_head_and_listing_tell_of_it_all_the_same(lab, tapes, adopted):
    name = adopted[0]
    told = tapes.head(f"/{name}")
    assert told.status_code == 200
    assert int(told.headers["content-length"]) == stub(lab, name).stat().st_size
    assert locality(tapes, name) == "NEARLINE"
    assert on_tape(lab, name)


def test_one_header_stages_it(lab, tapes, adopted):
    name = adopted[1]
    with lab.house.held():
        first = tapes.get(f"/{name}", headers={"prefer": "respond-async, wait=0"})
        assert first.status_code == 202
        assert first.headers["preference-applied"] == "respond-async"
        where = f"{lab.house.url}{first.headers['location']}"
        # A worker makes it a recall in a moment; before that nobody knows that it is on its way.
        assert until(lambda: not tapes.get(where).json()["counts"]["waiting"], COME_S)
        again = tapes.get(f"/{name}", headers={"prefer": "respond-async"})
        assert again.status_code == 202
        assert again.headers["location"] == first.headers["location"], "no second request"
    assert until(lambda: tapes.get(where).json()["state"] == "complete", COME_S)
    whole = tapes.get(f"/{name}", headers={"prefer": "respond-async"})
    assert whole.status_code == 200
    source = lab.house.source[str(stub(lab, name))]
    assert whole.content == source.read_bytes()
    assert locality(tapes, name) == "ONLINE_AND_NEARLINE"


def test_a_folder_is_staged_by_the_api(lab, tapes):
    lab.house.command(
        "space", "add", "bulk", "--owner", "ana", "--store", "archive", "--folder", "run1"
    )
    lab.house.command("space", "adopt", "bulk")
    api = f"{lab.house.url}/api/v1/spaces/bulk/stage"
    made = tapes.post(api, json={"paths": ["/"], "pin_lifetime_s": 3600})
    assert made.status_code == 200, lab.house.log[-3000:]
    assert made.json()["files"] >= 6
    where = f"{lab.house.url}/api/v1/stage-requests/{made.json()['id']}"
    assert until(lambda: tapes.get(where).json()["state"] == "complete", COME_S)
    assert tapes.get(f"{lab.house.url}/dav/bulk/obs 0000.fits").status_code == 200


@pytest.mark.parametrize(
    ("space", "paths", "status"),
    [
        (TAPES, ["none.fits"], 404),
        (TAPES, [], 400),
        (TAPES, ["../run1/obs 0000.fits"], 400),
        ("lab", ["/"], 409),
        ("none", ["/"], 404),
    ],
    ids=["no-file", "nothing", "outside", "never-on-tape", "no-space"],
)
def test_what_cannot_be_staged_is_said(lab, tapes, space, paths, status):
    api = f"{lab.house.url}/api/v1/spaces/{space}/stage"
    told = tapes.post(api, json={"paths": paths})
    assert told.status_code == status, told.text
    assert told.json()["title"]


def test_who_has_no_role_in_the_space_stages_nothing(lab, adopted):
    headers = {"Authorization": f"Bearer {lab.ben}"}
    api = f"{lab.house.url}/api/v1/spaces/{TAPES}/stage"
    assert httpx.post(api, json={"paths": ["/"]}, headers=headers).status_code == 404
    info = f"{lab.house.url}/api/tape/v1/archiveinfo"
    asked = {"paths": [f"/dav/{TAPES}/{adopted[0]}", f"/archive/run0/{adopted[0]}"]}
    for told in httpx.post(info, json=asked, headers=headers).json():
        assert "locality" not in told
        assert told["error"]


def test_what_is_put_there_is_on_disk_until_the_tape_system_takes_it(lab, tapes):
    assert tapes.put("/fresh.fits", content=b"x" * 5000).status_code == 201
    assert tapes.get("/fresh.fits").content == b"x" * 5000
    assert locality(tapes, "fresh.fits") == "ONLINE"


def test_the_tape_system_answers_for_paths_of_a_space(lab, tapes, adopted):
    info = f"{lab.house.url}/api/tape/v1/archiveinfo"
    told = tapes.post(info, json={"paths": [f"/dav/{TAPES}/{adopted[3]}"]}).json()
    assert told[0]["locality"] in {"TAPE", "DISK_AND_TAPE"}, told


def test_gfal2_brings_a_file_of_a_space_online_and_fetches_it(lab, adopted, tmp_path):
    """The path that is staged is the path that is fetched, as FTS does it."""
    host = f"localhost:{lab.grid_port}"
    shell = Shell(
        lab,
        f"https://{host}",
        tmp_path,
        {"BEARER_TOKEN": lab.ana, "X509_CERT_DIR": str(lab.authority.directory)},
    )
    at = f"davs://{host}/dav/{TAPES}/{adopted[4].replace(' ', '%20')}"
    shell.run("gfal-bringonline", "--timeout", "60", "--polling-timeout", "60", at)
    shell.run("gfal-copy", at, f"file://{tmp_path}/back.fits")
    source = lab.house.source[str(stub(lab, adopted[4]))]
    assert (tmp_path / "back.fits").read_bytes() == source.read_bytes()


def test_an_archive_says_first_what_is_on_tape(lab, tapes, adopted):
    where = f"{lab.house.url}/tree/{TAPES}"
    headers = {"Authorization": f"Bearer {lab.ana}"}
    for form in ("tar", "zip"):
        told = httpx.get(where, params={"archive": form}, headers=headers)
        assert (told.status_code, told.json()["code"]) == (409, "on-tape")
        away = [name for name in adopted if on_tape(lab, name)]
        assert set(told.json()["paths"]) >= set(away[:1])
        assert told.json()["more"] is False
    named = httpx.post(
        where, params={"archive": "tar"}, headers=headers, json={"paths": told.json()["paths"][:1]}
    )
    assert named.status_code == 409
    assert httpx.get(where, headers=headers).status_code == 200, "a list is made of all"
