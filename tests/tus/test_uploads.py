"""Uploads by tus: whole, in pieces, interrupted, refused; the bytes are always right."""

import hashlib
import os
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from running import until
from tus.conftest import MEDIA, SPACE, summed, told

DATA = os.urandom(1_500_017)
SHA = hashlib.sha256(DATA).hexdigest()


def head(http, url: str) -> int:
    answer = http.head(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def digest(http, path: str) -> str:
    asked = http.head(f"/dav/{SPACE}/{path}", headers={"Want-Digest": "sha-256,adler32"})
    return asked.headers["digest"]


def test_it_says_what_it_can(http):
    said = http.options(f"/tus/{SPACE}/").headers
    assert said["tus-version"] == said["tus-resumable"] == "1.0.0"
    wanted = {"creation", "creation-with-upload", "checksum", "termination", "expiration"}
    assert set(said["tus-extension"].split(",")) == wanted
    assert "sha1" in said["tus-checksum-algorithm"].split(",")


def test_another_version_is_refused(http, lab):
    refused = lab.create(http, 1, lab.name(), **{"Tus-Resumable": "0.2.2"})
    assert (refused.status_code, refused.headers["tus-version"]) == (412, "1.0.0")


@pytest.mark.parametrize("size", [len(DATA), 700_000, 100_003])
def test_a_file_in_pieces(lab, http, size):
    name = lab.name()
    made = lab.create(http, len(DATA), name)
    assert made.status_code == 201
    assert made.headers["upload-expires"].endswith("GMT")
    url = made.headers["location"]
    for at in range(0, len(DATA), size):
        assert head(http, url) == at
        sent = lab.patch(http, url, at, DATA[at : at + size])
        assert sent.status_code == 204, sent.text
        assert int(sent.headers["upload-offset"]) == min(len(DATA), at + size)
    assert lab.disk(name).read_bytes() == DATA
    assert f"adler32={zlib.adler32(DATA):08x}" in digest(http, name)
    assert head(http, url) == len(DATA), "who did not hear the last answer can still ask"
    assert lab.patch(http, url, len(DATA), b"").status_code == 204
    assert lab.patch(http, url, 0, DATA[:5]).status_code == 409
    assert http.delete(url).status_code == 409


def test_bytes_with_the_creation(lab, http):
    name = lab.name()
    made = lab.create(http, len(DATA), name, content=DATA)
    assert (made.status_code, made.headers["upload-offset"]) == (201, str(len(DATA)))
    assert lab.disk(name).read_bytes() == DATA
    half = lab.create(http, len(DATA), lab.name(), content=DATA[:1000])
    assert half.headers["upload-offset"] == "1000"


def test_an_empty_file(lab, http):
    name = lab.name()
    assert lab.create(http, 0, name).status_code == 201
    assert lab.disk(name).read_bytes() == b""
    assert http.get(f"/dav/{SPACE}/{name}").content == b""


def test_folders_on_the_way_are_made_and_times_kept(lab, http):
    top = lab.name()
    said = told(filename="a", relativePath=f"{top}/2026/ä/a.dat", mtime="1000000000")
    made = http.post(
        f"/tus/{SPACE}/",
        headers={"Upload-Length": "5", "Upload-Metadata": said, "Content-Type": MEDIA},
        content=b"hello",
    )
    assert made.status_code == 201, made.text
    assert lab.disk(f"{top}/2026/ä/a.dat").read_bytes() == b"hello"
    got = http.head(f"/dav/{SPACE}/{top}/2026/ä/a.dat")
    assert got.headers["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_piece_that_is_not_what_was_announced_is_as_if_it_never_came(lab, http, algorithm):
    name = lab.name()
    url = lab.create(http, len(DATA), name, content=DATA[:500_000]).headers["location"]
    piece = DATA[500_000:900_000]
    wrong = {"Upload-Checksum": summed(piece[:-1] + b"!", algorithm)}
    assert lab.patch(http, url, 500_000, piece, **wrong).status_code == 460
    assert head(http, url) == 500_000
    right = {"Upload-Checksum": summed(piece, algorithm)}
    assert lab.patch(http, url, 500_000, piece, **right).status_code == 204
    unknown = {"Upload-Checksum": "crc32 AAAA"}
    assert lab.patch(http, url, 900_000, DATA[900_000:], **unknown).status_code == 400
    assert lab.patch(http, url, 900_000, DATA[900_000:]).status_code == 204
    assert lab.disk(name).read_bytes() == DATA


def test_what_is_refused(lab, http):
    url = lab.create(http, 10, lab.name()).headers["location"]
    assert lab.patch(http, url, 3, b"x").status_code == 409
    assert lab.patch(http, url, 0, b"x" * 11).status_code == 413
    assert lab.patch(http, url, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    assert http.patch(url, headers={"Content-Type": MEDIA}, content=b"x").status_code == 400
    assert head(http, url) == 0
    assert lab.create(http, 10, "../../etc/passwd").status_code == 400
    assert lab.create(http, 10, ".waystation/parts/x").status_code == 400
    bad = {"Upload-Metadata": "filename ???"}
    assert lab.create(http, 10, "x", **bad).status_code == 400
    assert http.post(f"/tus/{SPACE}/", headers={"Upload-Length": "1"}).status_code == 400
    assert http.head(f"/tus/{SPACE}/nonsense").status_code == 404
    assert http.head(f"/tus/{SPACE}/{'0' * 32}").status_code == 404
    assert http.put(url, content=b"x").status_code == 405


def test_nobody_else_sees_an_upload(lab, http):
    url = lab.create(http, 10, lab.name()).headers["location"]
    for token in (lab.ben, lab.eve):
        with lab.client(token) as other:
            assert other.head(url).status_code == 404
            assert lab.patch(other, url, 0, b"x").status_code == 404
            assert other.delete(url).status_code == 404
    with lab.client("way_1_nobody") as nobody:
        assert nobody.head(url).status_code == 401
    assert head(http, url) == 0


def test_one_that_is_given_up_leaves_nothing(lab, http):
    before, parts = lab.usage() if lab.parts() else None, lab.parts()
    url = lab.create(http, 1000, lab.name(), content=b"x" * 10).headers["location"]
    assert len(lab.parts()) == len(parts) + 1
    assert http.delete(url).status_code == 204
    assert http.head(url).status_code == 404
    assert lab.parts() == parts
    assert before is None or lab.usage() == before


def test_conditions_hold_from_the_beginning_to_the_end(lab, http):
    name, absent = lab.name(), {"If-None-Match": "*"}
    url = lab.create(http, 4, name, **absent).headers["location"]
    assert http.put(f"/dav/{SPACE}/{name}", content=b"first").status_code == 201
    assert lab.create(http, 4, name, **absent).status_code == 412
    assert lab.patch(http, url, 0, b"late").status_code == 412
    assert lab.disk(name).read_bytes() == b"first"
    assert http.head(url).status_code == 412, "its bytes are kept"
    http.delete(f"/dav/{SPACE}/{name}")
    assert head(http, url) == 4
    assert lab.disk(name).read_bytes() == b"late"


def test_no_more_than_the_quota(lab, http):
    lab.house.command("space", "add", "small", "--owner", "ana", "--store", "disk")
    lab.house.command("space", "quota", "small", "--bytes", "1k")
    headers = {"Upload-Length": "1001", "Upload-Metadata": told(filename="a")}
    assert http.post("/tus/small/", headers=headers).status_code == 507
    headers["Upload-Length"] = "600"
    assert http.post("/tus/small/", headers=headers).status_code == 201
    assert http.post("/tus/small/", headers=headers).status_code == 507, "it is reserved"


def slow_patch(lab, url: str, offset: int, length: int, token: str, **more: str) -> socket.socket:
    """A PATCH of which only the head, and what the caller sends, has come."""
    line = socket.create_connection(("127.0.0.1", lab.house.port))
    line.sendall(
        f"PATCH {url} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nContent-Type: {MEDIA}\r\nUpload-Offset: {offset}\r\n"
        f"Content-Length: {length}\r\n".encode()
        + "".join(f"{name}: {value}\r\n" for name, value in more.items()).encode()
        + b"\r\n"
    )
    return line


def test_two_at_once_do_not_mix(lab, http):
    name = lab.name()
    url = lab.create(http, len(DATA), name).headers["location"]
    with slow_patch(lab, url, 0, len(DATA), lab.ana) as line:
        line.sendall(DATA[:600_000])
        assert until(lambda: head(http, url) > 0, 10)
        assert lab.patch(http, url, head(http, url), b"!" * 1000).status_code in {409, 423}
        assert http.delete(url).status_code == 423
        line.sendall(DATA[600_000:])
        assert line.recv(100).startswith(b"HTTP/1.1 204")
    assert lab.disk(name).read_bytes() == DATA
    other = lab.name()
    url = lab.create(http, 1000, other).headers["location"]
    start = threading.Barrier(6)

    def send(letter: str) -> int:
        with lab.client() as client:
            start.wait()
            return lab.patch(client, url, 0, letter.encode() * 1000).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(send, "abcdef"))
    assert codes[0] == 204
    assert set(codes[1:]) <= {409, 423}
    assert len(set(lab.disk(other).read_bytes())) == 1


@pytest.mark.parametrize("checksum", [False, True])
def test_a_line_that_breaks(lab, http, checksum):
    name = lab.name()
    url = lab.create(http, len(DATA), name).headers["location"]
    if checksum:
        assert lab.patch(http, url, 0, DATA[:1000], **{"Upload-Checksum": summed(DATA[:1000])})
    start = head(http, url)
    with slow_patch(lab, url, start, len(DATA) - start, lab.ana) as line:
        line.sendall(DATA[start:900_000])
        assert until(lambda: head(http, url) > start, 10)
    assert until(lambda: lab.patch(http, url, 0, b"x").status_code == 409, 30), "free again"
    came = head(http, url)
    assert start < came <= 900_000
    assert lab.patch(http, url, came, DATA[came:]).status_code == 204
    assert lab.disk(name).read_bytes() == DATA
    assert hashlib.sha256(lab.disk(name).read_bytes()).hexdigest() == SHA
