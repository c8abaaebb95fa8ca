"""The same from outside, wherever the bytes are: every mouth over every kind of store."""

import base64
import hashlib
import io
import json
import os
import re
import secrets
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from xrdhttp.testing import DirectoryStore, StorageServer

from dav.other_server import Behaviour, other_server
from object_store import KEY, SECRET, SHARED
from running import House, new_house, until
from waystation.backends.storage.door.checks import checks
from waystation.backends.storage.door.config import DoorConfig
from waystation.backends.storage.door.door import Door
from waystation.backends.storage.door.storage import DoorStorage
from waystation_testing.storage import get, part, put, resumed

MIB = 2**20
DATA = secrets.token_bytes(12 * MIB + 345)
TUS = {"Tus-Resumable": "1.0.0"}
MEDIA = "application/offset+octet-stream"
KINDS = ("disk", "cloud", "elsewhere")
LET_IN = "let-us-in"


@dataclass
class Lab:
    """A node with a space of ana's on each kind of store, of its name."""

    house: House
    ana: str
    numbers: Iterator[int]

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.ana}"}
        return httpx.Client(base_url=self.house.url, headers=headers, timeout=120)


@pytest.fixture(scope="module")
def lab(cloud, tmp_path_factory) -> Iterator[Lab]:
    transfers = {"HOSTS": '["127.0.0.1:*"]', "PLAIN_HOSTS": '["127.0.0.1:*"]',
                 "NETWORKS": '["127.0.0.0/8"]'}  # fmt: skip
    bucket = {"ENDPOINT": cloud.url, "BUCKET": SHARED, "KEY_ID": KEY, "SECRET": SECRET,
              "PART_BYTES": str(5 * MIB), "ALLOW_HTTP": "true"}  # fmt: skip
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(tmp_path_factory.mktemp("disk")),
        "WAYSTATION_STORES__CLOUD__ROOT": cloud.folder(),
        **{f"WAYSTATION_TRANSFERS__{name}": value for name, value in transfers.items()},
        **{f"WAYSTATION_STORES__CLOUD__S3__{name}": value for name, value in bucket.items()},
    }
    there = tmp_path_factory.mktemp("elsewhere")
    (there / "token").write_text(LET_IN)
    server = StorageServer(DirectoryStore(there), style="davix")
    server.tokens = {LET_IN}
    door = {"URL": f"{server.base}/ours", "TOKEN_FILE": str(there / "token"),
            "ALLOW_HTTP": "true"}  # fmt: skip
    variables["WAYSTATION_STORES__ELSEWHERE__ROOT"] = "/"
    variables |= {f"WAYSTATION_STORES__ELSEWHERE__DOOR__{n}": v for n, v in door.items()}
    with server, new_house(directories=1, files_each=1, **variables) as house:
        ana = house.account("ana")
        for kind in KINDS:
            house.command("space", "add", kind, "--owner", "ana", "--store", kind)
        yield Lab(house, ana, count())


@pytest.fixture
def http(lab) -> Iterator[httpx.Client]:
    with lab.client() as client:
        yield client


@pytest.fixture(params=KINDS)
def space(request) -> str:
    """Name of the space, and of its store."""
    return request.param


@pytest.fixture
def place(lab, http, space) -> str:
    """A new folder in it, as DAV has it."""
    path = f"/dav/{space}/test-{next(lab.numbers)}"
    assert http.request("MKCOL", path).status_code == 201
    return path


def sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_a_file_by_dav(http, place):
    at = f"{place}/a.dat"
    put = http.put(at, content=DATA, headers={"Digest": f"adler32={zlib.adler32(DATA):08x}"})
    assert put.status_code == 201, put.text
    assert put.headers["repr-digest"] == f"sha-256=:{sha256(DATA)}:"
    got = http.get(at, headers={"Want-Digest": "adler32"})
    assert got.content == DATA
    assert f"adler32={zlib.adler32(DATA):08x}" in got.headers["digest"]
    assert got.headers["etag"] == put.headers["etag"]
    head = http.head(at)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(DATA)))
    assert http.get(at, headers={"If-None-Match": put.headers["etag"]}).status_code == 304
    again = http.put(at, content=b"other")
    assert (again.status_code, http.get(at).content) == (204, b"other")
    listed = http.request("PROPFIND", place, headers={"Depth": "1"})
    assert listed.status_code == 207
    assert "a.dat" in listed.text
    assert http.delete(at).status_code == 204
    assert http.get(at).status_code == 404


def test_a_file_whose_length_nobody_said(http, place):
    pieces = (DATA[n : n + 700_001] for n in range(0, len(DATA), 700_001))
    assert http.put(f"{place}/a.dat", content=pieces).status_code == 201
    assert http.get(f"{place}/a.dat").content == DATA


def test_ranges(http, place):
    at = f"{place}/a.dat"
    http.put(at, content=DATA)
    for asked, start, end in (
        ("0-0", 0, 1),
        ("5242879-5242881", 5242879, 5242882),
        ("-7", len(DATA) - 7, len(DATA)),
        (f"{len(DATA) - 1}-", len(DATA) - 1, len(DATA)),
        ("1000000-", 1_000_000, len(DATA)),
    ):
        got = http.get(at, headers={"Range": f"bytes={asked}"})
        assert got.status_code == 206
        assert got.content == DATA[start:end], asked
    several = http.get(at, headers={"Range": "bytes=0-9,9000000-9000009"})
    assert several.status_code == 206
    assert DATA[:10] in several.content
    assert DATA[9_000_000:9_000_010] in several.content
    assert http.get(at, headers={"Range": f"bytes={len(DATA)}-"}).status_code == 416


def test_what_is_not_as_announced_is_not_stored(http, place):
    at = f"{place}/a.dat"
    wrong = http.put(at, content=DATA, headers={"Digest": "adler32=00000001"})
    assert wrong.status_code == 422, wrong.text
    assert http.get(at).status_code == 404


def test_moves_and_copies_also_to_another_store(http, place, space):
    http.put(f"{place}/a.dat", content=DATA)
    http.request("MKCOL", f"{place}/inner")
    http.put(f"{place}/inner/b.dat", content=b"b")
    moved = http.request("MOVE", f"{place}/inner", headers={"Destination": f"{place}/moved"})
    assert moved.status_code == 201, moved.text
    assert http.get(f"{place}/moved/b.dat").content == b"b"
    for other in KINDS:
        there = f"{place.replace(f'/dav/{space}/', f'/dav/{other}/')}-from-{space}"
        copied = http.request("COPY", place, headers={"Destination": there})
        assert copied.status_code == 201, copied.text
        assert http.get(f"{there}/a.dat").content == DATA
        assert http.get(f"{there}/moved/b.dat").content == b"b"


def test_a_third_party_copy_in_and_out(lab, http, place):
    http.put(f"{place}/a.dat", content=DATA)
    token = {"TransferHeaderAuthorization": f"Bearer {lab.ana}"}
    source = {"Source": f"{lab.house.url}{place}/a.dat", **token}
    pulled = http.request("COPY", f"{place}/b.dat", headers=source)
    assert pulled.text.splitlines()[-1].startswith("success"), pulled.text
    assert http.get(f"{place}/b.dat").content == DATA


def test_a_third_party_copy_to_another_server(http, place):
    """Out of any store, by reading it here and putting it there; digests are compared."""
    http.put(f"{place}/a.dat", content=DATA)
    other = Behaviour()
    with other_server(other) as there:
        pushed = http.request("COPY", f"{place}/a.dat", headers={"Destination": f"{there}/a.dat"})
        assert pushed.text.splitlines()[-1].startswith("success"), pushed.text
        assert other.stored == DATA
        missing = http.request("COPY", f"{place}/no.dat", headers={"Destination": f"{there}/b"})
        assert missing.status_code == 404


def test_a_share_link_and_a_box_and_a_signed_address(lab, http, space, place):
    http.put(f"{place}/a.dat", content=DATA)
    http.put(f"{place}/note.txt", content=b"<i>read me</i>")
    folder = place.removeprefix(f"/dav/{space}/")

    def link(path: str, **wish: object) -> str:
        made = http.post(f"/api/v1/spaces/{space}/shares", json={"path": path, **wish})
        assert made.status_code == 200, made.text
        return str(made.json()["url"])

    url = link(folder)
    assert httpx.get(f"{url}/files/a.dat", timeout=60).content == DATA
    part = httpx.get(f"{url}/files/a.dat", headers={"Range": "bytes=5242870-5242889"}, timeout=60)
    assert (part.status_code, part.content) == (206, DATA[5242870:5242890])
    page = httpx.get(link(f"{folder}/note.txt"))
    assert "&lt;i&gt;read me&lt;/i&gt;" in page.text
    assert space not in page.text
    box = link(folder, drop_box=True)
    put = httpx.put(f"{box}/files/dropped.dat", content=DATA, timeout=120)
    assert put.status_code == 201, put.text
    assert http.get(f"{place}/dropped.dat").content == DATA
    signed = http.post("/api/v1/signed-urls", json={"space": space, "path": f"{folder}/a.dat"})
    assert httpx.get(signed.json()["url"], timeout=60).content == DATA


def test_an_upload_in_pieces_that_goes_on_after_the_node_was_killed(lab, http, space):
    name = f"pieces-{next(lab.numbers)}.dat"
    said = base64.b64encode(name.encode()).decode()
    begun = http.post(
        f"/tus/{space}/",
        headers={**TUS, "Upload-Length": str(len(DATA)), "Upload-Metadata": f"filename {said}"},
    )
    assert begun.status_code == 201, begun.text
    at = begun.headers["location"]
    piece = {**TUS, "Content-Type": MEDIA}
    first = 7 * MIB + 11
    sent = http.patch(at, headers={**piece, "Upload-Offset": "0"}, content=DATA[:first])
    assert sent.status_code == 204, sent.text
    wrong = {**piece, "Upload-Offset": str(first), "Upload-Checksum": "sha256 " + sha256(b"x")}
    bad = http.patch(at, headers=wrong, content=bytes(4 * MIB))
    assert bad.status_code == 460, bad.text
    assert http.head(at, headers=TUS).headers["upload-offset"] == str(first)
    lab.house.kill("up")
    assert until(lambda: not lab.house.left(), 60)
    lab.house.start()
    offset = int(http.head(at, headers=TUS).headers["upload-offset"])
    assert offset == first
    last = http.patch(at, headers={**piece, "Upload-Offset": str(offset)}, content=DATA[offset:])
    assert last.status_code == 204, last.text
    assert last.headers["repr-digest"] == f"sha-256=:{sha256(DATA)}:"
    assert http.get(f"/dav/{space}/{name}").content == DATA


def test_whole_folders_as_tar_and_zip(lab, http, space):
    folder = f"folder-{next(lab.numbers)}"
    files = {f"many/{n:03}": str(n).encode() for n in range(60)} | {"large.dat": DATA}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    put = http.put(f"/tree/{space}/{folder}", content=out.getvalue())
    assert json.loads(put.text.splitlines()[-1]) == {"stored": len(files), "refused": 0}
    got = http.get(f"/tree/{space}/{folder}?archive=tar")
    with tarfile.open(fileobj=io.BytesIO(got.content)) as tar:
        assert {m.name: tar.extractfile(m).read() for m in tar if m.isreg()} == files
    zipped = http.get(f"/tree/{space}/{folder}?archive=zip")
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as made:
        assert made.testzip() is None
        assert made.read("large.dat") == DATA


def test_the_command_way(lab, space, tmp_path: Path):
    (tmp_path / "a.dat").write_bytes(DATA)
    folder = f"way-{next(lab.numbers)}"
    variables = {
        **os.environ,
        "HOME": str(tmp_path),
        "WAYSTATION_URL": lab.house.url,
        "WAYSTATION_TOKEN": lab.ana,
    }

    def way(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "waystation_client", *words],
            env=variables, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, (words, done.stdout, done.stderr)

    way("put", str(tmp_path / "a.dat"), f"{space}:{folder}/a.dat")
    way("get", f"{space}:{folder}/a.dat", str(tmp_path / "back.dat"))
    assert (tmp_path / "back.dat").read_bytes() == DATA


def test_the_doctor_looks_at_each_store(lab):
    assert "good" in lab.house.command("config", "check")
    done = subprocess.run(
        [sys.executable, "-m", "waystation", "doctor"],
        env=lab.house.environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    for kind, words in (("cloud", "written, read"), ("elsewhere", "put, proved, read")):
        assert re.search(rf"stores\.{kind}.*{words}", done.stdout + done.stderr), done.stdout


def test_a_waystation_is_a_storage_element_for_another(lab, http, tmp_path: Path):
    folder = f"se-{next(lab.numbers)}"
    assert http.request("MKCOL", f"/dav/disk/{folder}").status_code == 201
    (tmp_path / "token").write_text(lab.ana)
    url = f"{lab.house.url}/dav/disk/{folder}"
    config = DoorConfig("other", url, tmp_path / "spool", token_file=tmp_path / "token")
    storage = DoorStorage(Door(config), "/space")
    storage.make_folder("")
    found = put(storage, "a.dat", DATA)
    assert get(storage, "a.dat", found) == DATA
    name = part()
    resumed(storage, name, DATA, 7 * MIB)
    resumed(storage, name, DATA, len(DATA))
    storage.keys.erase([found])
    with pytest.raises(FileNotFoundError):
        storage.open("a.dat", found)
    assert [ok for ok, _, _ in checks(Door(config), "/space")] == [True]
