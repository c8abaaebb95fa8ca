"""Folders as one tar or zip: in, out, and what hostile archives come to."""

import io
import json
import subprocess
import tarfile
import zipfile

import pytest

from tree.conftest import SPACE

BIG = bytes(range(256)) * 8192


def packed(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            tar.addfile(info, io.BytesIO(data))
        for other in others:
            tar.addfile(other)
    return out.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def lines(answer) -> list[dict]:
    return [json.loads(line) for line in answer.text.splitlines()]


FILES = {
    "a": b"1",
    "deep/er/b": b"22",
    "empty": b"",
    "Straße/ö": b"4444",
    "big": BIG,
    **{f"many/{n:03}": str(n).encode() for n in range(600)},
}


def test_a_tar_goes_in_and_comes_out(lab, http):
    folder = lab.folder()
    put = http.put(f"/tree/{SPACE}/{folder}", content=packed(FILES))
    said = lines(put)
    assert (put.status_code, said[-1]) == (200, {"stored": len(FILES), "refused": 0})
    assert lab.files(folder) == FILES
    assert {line["path"] for line in said[:-1]} == set(FILES)
    got = http.get(f"/tree/{SPACE}/{folder}?archive=tar")
    with tarfile.open(fileobj=io.BytesIO(got.content)) as tar:
        back = {m.name: tar.extractfile(m).read() for m in tar if m.isreg()}
        times = {m.mtime for m in tar if m.isreg()}
    assert (back, times) == (FILES, {1_700_000_000})
    zipped = http.get(f"/tree/{SPACE}/{folder}?archive=zip")
    assert zipped.status_code == 200, zipped.text
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as made:
        assert made.testzip() is None
        assert {n: made.read(n) for n in made.namelist() if not n.endswith("/")} == FILES
    assert zipped.headers["content-disposition"].endswith(f"{folder}.zip")


def test_a_list_tells_all_below(lab, http):
    folder = lab.folder()
    http.put(f"/tree/{SPACE}/{folder}", content=packed(FILES))
    listed = lines(http.get(f"/tree/{SPACE}/{folder}"))
    assert {e["path"] for e in listed if e["kind"] == "file"} == set(FILES)
    assert {e["path"] for e in listed if e["kind"] == "folder"} == {
        "deep", "deep/er", "Straße", "many"}  # fmt: skip
    flat = lines(http.get(f"/tree/{SPACE}/{folder}?depth=1"))
    assert {e["path"] for e in flat} == {"deep", "Straße", "many", "a", "empty", "big"}
    asked = {"paths": ["a", "no", "deep/er/b", "../../x", ""]}
    known = http.post(f"/tree/{SPACE}/{folder}", json=asked).json()["files"]
    assert [e and e.get("size") for e in known] == [1, None, 2, None, None]
    some = http.post(f"/tree/{SPACE}/{folder}?archive=tar", json=asked)
    with tarfile.open(fileobj=io.BytesIO(some.content)) as tar:
        assert tar.getnames() == ["a", "deep/er/b"]


def test_curl_and_tar_are_enough(lab, tmp_path):
    folder = lab.folder()
    (tmp_path / "x").mkdir()
    (tmp_path / "x/y").write_bytes(b"why")
    url, token = f"{lab.house.url}/tree/{SPACE}/{folder}", f"Authorization: Bearer {lab.ana}"
    put = f"tar c -C {tmp_path} x | curl -sS --fail -T - -H '{token}' {url}"
    subprocess.run(["sh", "-ec", put], check=True, timeout=60, stdout=subprocess.DEVNULL)
    assert lab.files(folder) == {"x/y": b"why"}
    (tmp_path / "back").mkdir()
    get = f"curl -sS --fail -H '{token}' '{url}?archive=tar' | tar x -C {tmp_path}/back"
    subprocess.run(["sh", "-ec", get], check=True, timeout=60)
    assert (tmp_path / "back/x/y").read_bytes() == b"why"


HOSTILE = {
    "../out": "malformed",
    "a/../../out": "malformed",
    "/etc/out": "malformed",
    "a\x01b": "malformed",
    "x" * 300: "malformed",
    "n/" * 70 + "deep": "malformed",
}


def test_what_leads_out_is_refused_and_the_rest_stored(lab, http):
    folder = lab.folder()
    others = [
        link("soft", "/etc/passwd"),
        link("hard", "good", tarfile.LNKTYPE),
        link("pipe", "", tarfile.FIFOTYPE),
        link("soft/inner", "good"),
    ]
    body = packed({**dict.fromkeys(HOSTILE, b"x"), "good": b"1"}, *others)
    put = http.put(f"/tree/{SPACE}/{folder}", content=body)
    said = lines(put)
    assert (put.status_code, said[-1]) == (207, {"stored": 1, "refused": len(HOSTILE) + 4})
    codes = {e["path"]: e["problem"]["code"] for e in said[:-1] if "problem" in e}
    assert codes == {
        **HOSTILE,
        **dict.fromkeys(["soft", "hard", "pipe", "soft/inner"], "malformed"),
    }
    assert lab.files(folder) == {"good": b"1"}
    assert not (lab.root / "out").exists()


def test_our_own_folder_is_not_written_to(lab, http):
    put = http.put(f"/tree/{SPACE}", content=packed({".waystation/parts/x": b"x"}))
    assert put.status_code == 207
    assert not lab.disk(".waystation/parts/x").exists()


@pytest.mark.parametrize("size", [100, 512, 700, 1024, 4000])
def test_an_archive_that_ends_early_is_told(lab, http, size):
    folder = lab.folder()
    put = http.put(f"/tree/{SPACE}/{folder}", content=packed({"a": b"1" * 5000, "b": b"2"})[:size])
    assert (put.status_code, put.json()["code"]) == (400, "malformed")
    assert not lab.disk(f"{folder}/a").exists()


def test_one_that_breaks_in_the_middle_is_not_taken_for_whole(lab, http):
    folder = lab.folder()
    whole = bytearray(packed({"a": b"1", "b": b"2", "c": b"3"}))
    whole[1024:1100] = b"\xff" * 76
    put = http.put(f"/tree/{SPACE}/{folder}", content=bytes(whole))
    assert (put.status_code, lab.files(folder)) == (400, {"a": b"1"})


def test_a_header_that_would_fill_the_memory_is_refused(lab, http):
    huge = tarfile.TarInfo("x")
    huge.type, huge.size = tarfile.XHDTYPE, 2**33
    put = http.put(f"/tree/{SPACE}/{lab.folder()}", content=huge.tobuf() + bytes(100_000))
    assert (put.status_code, put.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("body", [b"not a tar at all" * 100, b"\x1f\x8b" + bytes(2000)])
def test_what_is_no_tar(lab, http, body):
    put = http.put(f"/tree/{SPACE}/{lab.folder()}", content=body)
    assert (put.status_code, put.json()["code"]) == (400, "malformed")


def test_who_may_what(lab, http):
    folder = lab.folder()
    http.put(f"/tree/{SPACE}/{folder}", content=packed({"a": b"1"}))
    url = f"/tree/{SPACE}/{folder}"
    with lab.client(lab.ben) as ben, lab.client(lab.eve) as eve:
        assert ben.get(url).status_code == 200
        assert ben.put(url, content=packed({"b": b"1"})).status_code == 403
        assert eve.get(url).status_code == 404
        assert eve.put(url, content=packed({"b": b"1"})).status_code == 404
        assert eve.post(url, json={"paths": ["a"]}).status_code == 404
        eve.headers.pop("Authorization")
        assert eve.get(url).status_code == 401
        assert eve.put(url, content=packed({"b": b"1"})).status_code == 401
    assert lab.files(folder) == {"a": b"1"}


def test_one_name_twice_and_again(lab, http):
    folder = lab.folder()
    url, out = f"/tree/{SPACE}/{folder}", io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for data in (b"first", b"other", b"last one"):
            info = tarfile.TarInfo("a")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert [e.get("new") for e in lines(http.put(url, content=out.getvalue()))[:-1]] == [
        True, False, False]  # fmt: skip
    assert lab.files(folder) == {"a": b"last one"}
    absent = http.put(url, content=packed({"a": b"x", "b": b"y"}), headers={"If-None-Match": "*"})
    codes = [e.get("problem", {}).get("code") for e in lines(absent)[:-1]]
    assert (absent.status_code, codes) == (207, ["precondition", None])
    assert lab.files(folder) == {"a": b"last one", "b": b"y"}


@pytest.mark.parametrize(
    "query", ["archive=rar", "depth=7", "archive=zip&archive=../x"], ids=["rar", "7", "path"]
)
def test_what_cannot_be_asked(http, query):
    assert http.get(f"/tree/{SPACE}?{query}").status_code == 400


def test_other_verbs_and_places(lab, http):
    folder = lab.folder()
    http.put(f"/tree/{SPACE}/{folder}", content=packed({"a": b"1"}))
    assert http.get(f"/tree/{SPACE}/{folder}/a").status_code == 405
    assert http.get(f"/tree/{SPACE}/{folder}/no").status_code == 404
    assert http.delete(f"/tree/{SPACE}/{folder}").status_code == 405
    assert http.post(f"/tree/{SPACE}/{folder}", json={"path": 1}).status_code == 400
    asked = http.post(f"/tree/{SPACE}/{folder}?archive=zip", json={"paths": []})
    assert asked.status_code == 400
