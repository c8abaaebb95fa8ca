"""A real disk becomes full in the middle of an upload: it is said, and nothing is left."""

import base64
import io
import json
import os
import tarfile

import pytest

from bad_days.conftest import SMALL
from running import until

TOO_MUCH = 2 * SMALL
PIECE = 2**18
TUS = {"Tus-Resumable": "1.0.0"}


def chunks(size: int):
    for _ in range(size // PIECE):
        yield os.urandom(PIECE)


def clean(lab) -> bool:
    return lab.parts("small") == [] and lab.usage("small")[2:] == (0, 0)


def still_works(lab) -> bool:
    name = f"/dav/small/{lab.name()}"
    with lab.client() as http:
        made = http.put(name, content=b"small")
        return made.is_success and http.delete(name).is_success


@pytest.fixture(autouse=True)
def room(lab):
    """Each test begins and ends with an empty disk."""
    yield
    assert until(lambda: clean(lab), 60), (lab.parts("small"), lab.usage("small"))
    for each in (lab.small / "small").iterdir():
        if each.is_file():
            each.unlink()


def test_a_file_whose_size_is_said_is_refused_before_it_comes(lab):
    with lab.client() as http:
        refused = http.put(f"/dav/small/{lab.name()}", content=bytes(TOO_MUCH))
        assert (refused.status_code, refused.json()["code"]) == (507, "storage-full")
    assert still_works(lab)


def test_a_file_whose_size_nobody_knew(lab):
    name = lab.name()
    with lab.client() as http:
        refused = http.put(f"/dav/small/{name}", content=chunks(TOO_MUCH))
        assert (refused.status_code, refused.json()["code"]) == (507, "storage-full")
        assert refused.json()["detail"], "what to do next"
        assert http.get(f"/dav/small/{name}").status_code == 404
    assert until(lambda: clean(lab), 20)
    assert still_works(lab)


def test_what_was_there_before_is_there_still(lab):
    name = lab.name()
    with lab.client() as http:
        assert http.put(f"/dav/small/{name}", content=b"first").status_code == 201
        assert http.put(f"/dav/small/{name}", content=chunks(TOO_MUCH)).status_code == 507
        assert http.get(f"/dav/small/{name}").content == b"first"
        assert http.delete(f"/dav/small/{name}").is_success


def offset(http, url: str) -> int:
    return int(http.head(url, headers=TUS).headers["upload-offset"])


def sent(http, url: str, data: bytes):
    """The answer to the next piece."""
    at = offset(http, url)
    media = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
    return http.patch(url, headers={**TUS, **media}, content=data[at : at + PIECE])


def test_an_upload_in_pieces_waits_for_room_and_goes_on(lab):
    name, data = lab.name(), os.urandom(SMALL * 3 // 4)
    ballast = lab.small / "ballast"
    said = f"filename {base64.b64encode(name.encode()).decode()}"
    with lab.client() as http:
        made = http.post("/tus/small/", headers={
            **TUS, "Upload-Length": str(len(data)), "Upload-Metadata": said})  # fmt: skip
        assert made.status_code == 201, made.text
        url = made.headers["location"]
        ballast.write_bytes(bytes(SMALL // 2))
        answers = [sent(http, url, data) for _ in range(len(data) // PIECE)]
        assert {answer.status_code for answer in answers} == {204, 507}
        assert answers[-1].json()["code"] == "storage-full"
        ballast.unlink()
        at = offset(http, url)
        assert 0 < at < len(data), "what came is kept"
        while offset(http, url) < len(data):
            assert sent(http, url, data).status_code == 204
        assert http.get(f"/dav/small/{name}").content == data


def test_many_files_in_one_archive(lab):
    folder, packed = lab.name(), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for n in range(40):
            member = tarfile.TarInfo(f"{n:02}")
            member.size = PIECE * 2
            tar.addfile(member, io.BytesIO(os.urandom(member.size)))
    with lab.client() as http:
        answer = http.put(f"/tree/small/{folder}", content=packed.getvalue())
        told = [json.loads(line) for line in answer.text.splitlines() if line]
        stored = {each["path"] for each in told if "sha256" in each}
        assert stored < {f"{n:02}" for n in range(40)}
        on_disk = {each.name for each in (lab.small / "small" / folder).iterdir()}
        assert stored == on_disk, "what is said to be stored, is; nothing else"
        assert "storage-full" in answer.text
        for each in (lab.small / "small" / folder).iterdir():
            each.unlink()
    assert still_works(lab)
