"""Bytes in and out by HTTP: whole, in part, with their digests."""

import base64
import hashlib
import os
import re
import socket
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from running import until

DATA = os.urandom(3_000_017)
ADLER = f"{zlib.adler32(DATA):08x}"
SHA = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
MD5 = base64.b64encode(hashlib.md5(DATA).digest()).decode()


def test_put_and_get_back(lab, http):
    folder = lab.folder()
    put = http.put(f"{folder}/a.dat", content=DATA)
    assert put.status_code == 201
    assert put.headers["repr-digest"] == f"sha-256=:{SHA}:"
    got = http.get(f"{folder}/a.dat")
    assert (got.content == DATA, got.headers["etag"]) == (True, put.headers["etag"])
    assert lab.disk(f"{folder}/a.dat").read_bytes() == DATA
    again = http.put(f"{folder}/a.dat", content=b"other")
    assert (again.status_code, http.get(f"{folder}/a.dat").content) == (204, b"other")


def test_a_body_of_unknown_length(lab, http):
    folder = lab.folder()
    parts = (DATA[n : n + 70_001] for n in range(0, len(DATA), 70_001))
    assert http.put(f"{folder}/a", content=parts).status_code == 201
    assert http.get(f"{folder}/a").content == DATA


def test_an_empty_file(lab, http):
    folder = lab.folder()
    assert http.put(f"{folder}/empty", content=b"").status_code == 201
    got = http.get(f"{folder}/empty")
    assert (got.status_code, got.content, got.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    "said",
    [
        {"Digest": f"adler32={ADLER}"},
        {"Digest": f"sha-256={SHA},adler32={ADLER}"},
        {"Digest": f"md5={MD5}"},
        {"Content-MD5": MD5},
        {"Repr-Digest": f"sha-256=:{SHA}:"},
        {"Content-Digest": f"sha-256=:{SHA}:, unixsum=:AAAA:"},
        {"OC-Checksum": f"ADLER32:{ADLER}"},
        {"OC-Checksum": f"SHA256:{hashlib.sha256(DATA).hexdigest()}"},
    ],
)
def test_digests_that_are_announced_are_checked(lab, http, said):
    folder = lab.folder()
    assert http.put(f"{folder}/good", content=DATA, headers=said).status_code == 201
    bad = http.put(f"{folder}/bad", content=DATA[:-1] + b"!", headers=said)
    assert (bad.status_code, bad.json()["code"]) == (422, "digest-mismatch")
    assert http.get(f"{folder}/bad").status_code == 404
    assert not lab.disk(f"{folder}/bad").exists()
    kept = http.put(f"{folder}/good", content=b"wrong", headers=said)
    assert (kept.status_code, http.get(f"{folder}/good").content == DATA) == (422, True)


def test_a_digest_that_is_none_is_refused_before_the_body(lab, http):
    refused = http.put(f"{lab.folder()}/a", content=b"x", headers={"Digest": "adler32=xyz"})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_digests_are_told_to_who_asks(lab, http):
    path = f"{lab.folder()}/a"
    http.put(path, content=DATA)
    asked = {"Want-Digest": "adler32", "Want-Repr-Digest": "sha-256=1"}
    head = http.head(path, headers=asked)
    assert f"adler32={ADLER}" in head.headers["digest"]
    assert head.headers["repr-digest"] == f"sha-256=:{SHA}:"
    assert (head.content, head.headers["content-length"]) == (b"", str(len(DATA)))
    assert "digest" not in http.head(path).headers


RANGES = {
    "bytes=0-9": DATA[:10],
    "bytes=10-": DATA[10:],
    "bytes=-7": DATA[-7:],
    "bytes=2999990-9999999": DATA[2_999_990:],
    f"bytes=-{len(DATA) + 5}": DATA,
}


@pytest.mark.parametrize("header", RANGES)
def test_a_range(lab, http, header):
    path = f"{lab.folder()}/a"
    http.put(path, content=DATA)
    got = http.get(path, headers={"Range": header})
    assert (got.status_code, got.content == RANGES[header]) == (206, True)
    start = DATA.find(RANGES[header])
    last = start + len(RANGES[header]) - 1
    assert got.headers["content-range"] == f"bytes {start}-{last}/{len(DATA)}"


def test_several_ranges(lab, http):
    path = f"{lab.folder()}/a"
    http.put(path, content=DATA)
    got = http.get(path, headers={"Range": "bytes=0-4, 100-104,-5"})
    assert got.status_code == 206
    line = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", got.headers["content-type"])
    assert line is not None
    parts = got.content.split(b"\r\n--" + line[1].encode())
    bodies = [part.split(b"\r\n\r\n", 1)[1] for part in parts[1:-1]]
    assert bodies == [DATA[:5], DATA[100:105], DATA[-5:]]


@pytest.mark.parametrize("header", ["bytes=9999999-", "bytes=-0"])
def test_ranges_that_are_not_in_the_file(lab, http, header):
    path = f"{lab.folder()}/a"
    http.put(path, content=DATA)
    got = http.get(path, headers={"Range": header})
    assert (got.status_code, got.headers["content-range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize("header", ["bytes=9-3", "lines=1-2", "bytes=a-b", "bytes=-", "bytes=,"])
def test_ranges_that_are_none_are_ignored(lab, http, header):
    path = f"{lab.folder()}/a"
    http.put(path, content=b"12345")
    assert http.get(path, headers={"Range": header}).content == b"12345"


def test_conditions(lab, http):
    path = f"{lab.folder()}/a"
    first = http.put(path, content=b"1", headers={"If-None-Match": "*"}).headers["etag"]
    assert http.put(path, content=b"2", headers={"If-None-Match": "*"}).status_code == 412
    assert http.get(path, headers={"If-None-Match": first}).status_code == 304
    since = http.get(path).headers["last-modified"]
    assert http.get(path, headers={"If-Modified-Since": since}).status_code == 304
    assert http.put(path, content=b"3", headers={"If-Match": first}).status_code == 204
    assert http.put(path, content=b"4", headers={"If-Match": first}).status_code == 412
    assert http.get(path, headers={"If-Match": first}).status_code == 412
    part = {"Range": "bytes=0-0", "If-Range": first}
    assert http.get(path, headers=part).status_code == 200
    part["If-Range"] = http.get(path).headers["etag"]
    assert http.get(path, headers=part).status_code == 206


def test_the_time_of_the_content_is_kept(lab, http):
    path = f"{lab.folder()}/a"
    put = http.put(path, content=b"1", headers={"X-OC-Mtime": "1000000000"})
    assert put.headers["x-oc-mtime"] == "accepted"
    assert http.head(path).headers["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.xhtml", "evil.js", "evil.xml"])
def test_no_browser_runs_what_somebody_stored(lab, http, name):
    path = f"{lab.folder()}/{name}"
    http.put(path, content=b"<script>alert(1)</script>", headers={"Content-Type": "text/html"})
    got = http.get(path)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert got.headers["content-disposition"] == "attachment"


def test_over_quota_is_507_before_the_body(lab):
    lab.house.command("space", "add", "small", "--owner", "ben", "--store", "disk")
    lab.house.command("space", "quota", "small", "--bytes", "1k")
    with socket.create_connection(("127.0.0.1", lab.house.port), timeout=20) as line:
        line.sendall(
            f"PUT /dav/small/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {lab.ben}\r\n"
            "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        answer = line.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 507")
    assert b"1,000 bytes" in answer
    with lab.client(lab.ben) as http:
        base = f"{lab.house.url}/dav/small"
        assert http.put(f"{base}/a", content=b"x" * 600).status_code == 201
        chunked = http.put(f"{base}/b", content=(b"x" * 100 for _ in range(6)))
        assert (chunked.status_code, chunked.json()["code"]) == (507, "over-quota")
        assert http.put(f"{base}/b", content=b"x" * 400).status_code == 201


def test_a_client_that_goes_away_leaves_nothing(lab, http):
    folder = lab.folder()
    parts = lab.disk(".waystation/parts")
    with socket.create_connection(("127.0.0.1", lab.house.port), timeout=20) as line:
        line.sendall(
            f"PUT /dav/lab{folder}/gone HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {lab.ana}\r\nContent-Length: 1000000\r\n\r\n".encode()
            + b"x" * 400_000
        )
        assert until(lambda: any(parts.iterdir()), 20)
    assert until(lambda: not any(parts.iterdir()), 20)
    assert http.get(f"{folder}/gone").status_code == 404
    held = "SELECT held_bytes, held_files FROM quotas_quota WHERE subject LIKE 'space:%%'"
    assert until(lambda: (0, 0) in lab.house.rows(held), 20)


def test_many_at_once(lab, http):
    folder = lab.folder()
    names = [f"{folder}/{n}" for n in range(40)]
    with ThreadPoolExecutor(16) as many:
        statuses = list(
            many.map(lambda n: http.put(n, content=n.encode() * 999).status_code, names)
        )
        assert set(statuses) == {201}
        found = list(many.map(lambda n: http.get(n).content, names))
    assert found == [name.encode() * 999 for name in names]


def test_nothing_is_read_for_a_client_that_has_gone(lab, http):
    """A download that is broken off ends here too: the file is closed again."""
    path = f"{lab.folder()}/big"
    http.put(path, content=(DATA for _ in range(60)))
    with http.stream("GET", path) as answer:
        body = answer.iter_bytes()
        next(body)
        assert until(lambda: opened(lab, path), 10)
    assert until(lambda: not opened(lab, path), 20)


def opened(lab, path: str) -> bool:
    """Whether a web process has the file open."""
    wanted, found = str(lab.disk(path)), []
    for pid in lab.house.pids("serving"):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.append(str(link.readlink()))
    return wanted in found
