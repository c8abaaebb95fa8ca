"""Folders by WebDAV: made, listed, moved, deleted; and who may."""

import xml.etree.ElementTree as ET

import httpx
import pytest

D, OC = "{DAV:}", "{http://owncloud.org/ns}"


def listed(http, path: str, depth: str = "1", body: bytes = b"") -> dict[str, ET.Element]:
    answer = http.request("PROPFIND", path, headers={"Depth": depth}, content=body)
    assert answer.status_code == 207, answer.text
    return {each.findtext(f"{D}href", ""): each for each in ET.fromstring(answer.content)}


def test_a_folder_is_listed_with_what_clients_want(lab, http):
    folder = lab.folder()
    http.request("MKCOL", f"{folder}/sub")
    http.put(f"{folder}/a ü&.dat", content=b"hello")
    seen = listed(http, folder)
    base = f"/dav/lab{folder}"
    assert list(seen) == [f"{base}/", f"{base}/sub/", f"{base}/a%20%C3%BC%26.dat"]
    file = seen[f"{base}/a%20%C3%BC%26.dat"]
    prop = file.find(f"{D}propstat/{D}prop")
    assert prop is not None
    assert prop.findtext(f"{D}getcontentlength") == "5"
    assert prop.findtext(f"{D}displayname") == "a ü&.dat"
    assert "ADLER32:062c0215" in prop.findtext(f"{OC}checksums/{OC}checksum", "")
    assert seen[f"{base}/sub/"].find(f".//{D}resourcetype/{D}collection") is not None
    assert list(listed(http, f"{folder}/a%20%C3%BC%26.dat", "0")) == [f"{base}/a%20%C3%BC%26.dat"]


def test_what_is_asked_for_by_name(lab, http):
    folder = lab.folder()
    body = (
        b'<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:z="urn:z"><prop><getetag/>'
        b"<resourcetype/><z:colour/></prop></propfind>"
    )
    [answer] = listed(http, folder, "0", body).values()
    stats = {
        each.findtext(f"{D}status", "").split()[1]: [p.tag for p in each.find(f"{D}prop") or ()]
        for each in answer.findall(f"{D}propstat")
    }
    assert stats == {"200": [f"{D}resourcetype"], "404": [f"{D}getetag", "{urn:z}colour"]}


@pytest.mark.parametrize(
    "body",
    [
        b"no xml",
        b"<x/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>',
    ],
)
def test_bodies_that_are_none(lab, http, body):
    answer = http.request("PROPFIND", "/", headers={"Depth": "0"}, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_whole_tree_is_not_listed_at_once(lab, http):
    assert http.request("PROPFIND", "/").status_code == 400
    assert http.request("PROPFIND", "/", headers={"Depth": "infinity"}).status_code == 400


def test_spaces_are_listed_as_folders(lab):
    with httpx.Client(headers={"Authorization": f"Bearer {lab.ana}"}) as http:
        assert "/dav/lab/" in listed(http, f"{lab.house.url}/dav/")
    with httpx.Client(auth=("whoever", lab.ben)) as http:
        assert "/dav/lab/" not in listed(http, f"{lab.house.url}/dav/")


def test_folders_are_made_as_the_rfc_says(lab, http):
    folder = lab.folder()
    assert http.request("MKCOL", folder).status_code == 405
    assert http.request("MKCOL", f"{folder}/a/b").status_code == 409
    assert http.request("MKCOL", f"{folder}/c", content=b"<x/>").status_code == 415
    assert http.put(f"{folder}/no/file", content=b"x").status_code == 409
    assert http.put(folder, content=b"x").status_code == 409
    assert http.get(folder).status_code == 405


def move(http, path: str, to: str, **headers: str) -> int:
    target = f"{str(http.base_url).rstrip('/')}{to}"
    return http.request("MOVE", path, headers={"Destination": target, **headers}).status_code


def test_moves(lab, http):
    folder = lab.folder()
    http.put(f"{folder}/a", content=b"1")
    http.put(f"{folder}/b", content=b"2")
    assert move(http, f"{folder}/a", f"{folder}/b", Overwrite="F") == 412
    assert move(http, f"{folder}/a", f"{folder}/b") == 204
    assert http.get(f"{folder}/b").content == b"1"
    assert move(http, f"{folder}/b", f"{folder}/no/c") == 409
    assert move(http, f"{folder}/no", f"{folder}/c") == 404
    assert move(http, folder, f"{folder}/in") == 409
    assert move(http, folder, f"{folder}-moved") == 201
    assert http.get(f"{folder}-moved/b").content == b"1"
    elsewhere = {"Destination": "https://elsewhere.example.org/dav/lab/x"}
    assert http.request("MOVE", f"{folder}-moved", headers=elsewhere).status_code == 400


def test_what_is_deleted_is_gone(lab, http):
    folder = lab.folder()
    http.put(f"{folder}/a", content=b"1")
    assert http.delete(f"{folder}/a").status_code == 204
    assert http.delete(f"{folder}/a").status_code == 404
    assert http.delete(folder).status_code == 204
    assert not lab.disk(folder).exists()
    assert http.delete("/").status_code == 400


def test_nobody_gets_where_he_has_no_role(lab):
    folder = lab.folder()
    with lab.client(lab.ben) as ben, lab.client(None) as nobody, lab.client("way_1_no") as wrong:
        for verb in ("GET", "PUT", "DELETE", "MKCOL", "PROPFIND"):
            headers = {"Depth": "0"} if verb == "PROPFIND" else {}
            path = f"{folder}/{verb}"
            assert ben.request(verb, path, headers=headers).status_code == 404, verb
            assert nobody.request(verb, path, headers=headers).status_code == 401, verb
            assert wrong.request(verb, path, headers=headers).status_code == 401, verb
    assert "www-authenticate" in httpx.get(f"{lab.house.url}/dav/lab/x").headers


def test_an_open_space_is_read_by_anybody(lab):
    lab.house.command("space", "add", "open", "--owner", "ana", "--store", "disk")
    lab.house.command("space", "role", "open", "anyone", "reader")
    base = f"{lab.house.url}/dav/open"
    with lab.client(lab.ana) as ana:
        ana.put(f"{base}/a", content=b"for all")
    assert httpx.get(f"{base}/a").content == b"for all"
    assert httpx.put(f"{base}/b", content=b"x").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/%2e%2e/x", "/a/..%2f..%2fx", "/a%00b", "/%ff%fe", "/.waystation/parts/x", "/" + "n" * 256],
)
def test_paths_that_cannot_be(lab, path):
    url = f"{lab.house.url}/dav/lab{path}"
    with httpx.Client(headers={"Authorization": f"Bearer {lab.ana}"}) as http:
        request = http.build_request("PUT", url, content=b"x")
        request.url = httpx.URL(url)
        answer = http.send(request)
    assert answer.status_code in {400, 404}, answer.text
    assert not (lab.root / "x").exists()


def test_unknown_verbs_say_which_there_are(lab, http):
    answer = http.request("LOCK", "/x")
    assert answer.status_code == 405
    assert "PROPFIND" in answer.headers["allow"]
    assert http.options("/").headers["dav"] == "1"
