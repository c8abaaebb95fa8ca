"""The mover's port by itself: what it gives for a ticket, and what it does not."""

import os
import re
import socket

import httpx
import pytest

from mover.conftest import BACK, Port
from running import until
from waystation.interfaces.dav.tickets import Seal

DATA = os.urandom(3_000_017)


def raw(port: Port, *requests: bytes) -> bytes:
    """What is said to these requests in one connection, until it is closed."""
    with port.connect() as line:
        line.sendall(b"".join(requests))
        line.shutdown(socket.SHUT_WR)
        said = b""
        while part := line.recv(65_536):
            said += part
    return said


def test_a_file_comes_whole_with_what_is_known_of_it(port):
    (port.folder / "a ü.txt").write_bytes(DATA)
    asked = {"Want-Digest": "adler32", "Want-Repr-Digest": "sha-256=1"}
    got = httpx.get(port.url("a ü.txt"), headers=asked)
    assert (got.status_code, got.content == DATA) == (200, True)
    assert got.headers["content-length"] == str(len(DATA))
    assert got.headers["etag"] == '"e"'
    assert got.headers["digest"].startswith("adler32=00000007")
    assert "sha-256" in got.headers["repr-digest"]
    assert got.headers["x-request-id"] == "request-1"
    assert got.headers["content-disposition"] == "attachment"
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    head = httpx.head(port.url("a ü.txt"), headers=asked)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers.get("content-length") == str(len(DATA))


def test_an_empty_file(port):
    (port.folder / "empty").write_bytes(b"")
    got = httpx.get(port.url("empty"))
    assert (got.status_code, got.content, got.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("asked", "status", "bytes_"),
    [
        ({"Range": "bytes=0-9"}, 206, DATA[:10]),
        ({"Range": "bytes=-7"}, 206, DATA[-7:]),
        ({"Range": "bytes=100-", "If-Range": '"e"'}, 206, DATA[100:]),
        ({"Range": "bytes=100-", "If-Range": '"other"'}, 200, DATA),
        ({"Range": "bytes=9999999-"}, 416, b""),
        ({"Range": "lines=1-2"}, 200, DATA),
        ({"If-None-Match": '"e"'}, 304, b""),
        ({"If-Match": '"other"'}, 412, b""),
    ],
    ids=lambda each: "" if isinstance(each, bytes) else str(each),
)
def test_ranges_and_conditions(port, asked, status, bytes_):
    (port.folder / "a").write_bytes(DATA)
    got = httpx.get(port.url("a"), headers=asked)
    assert (got.status_code, got.content == bytes_) == (status, True)


def test_several_ranges(port):
    (port.folder / "a").write_bytes(DATA)
    got = httpx.get(port.url("a"), headers={"Range": "bytes=0-4, 100-104,-5"})
    line = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", got.headers["content-type"])
    assert line is not None
    parts = got.content.split(b"\r\n--" + line[1].encode())
    bodies = [part.split(b"\r\n\r\n", 1)[1] for part in parts[1:-1]]
    assert bodies == [DATA[:5], DATA[100:105], DATA[-5:]]
    assert got.headers["content-length"] == str(len(got.content))


def test_one_connection_many_files(port):
    for n in range(20):
        (port.folder / f"{n}").write_bytes(b"%d" % n)
    with httpx.Client() as http:
        assert [http.get(port.url(f"{n}")).text for n in range(20)] == [f"{n}" for n in range(20)]
    requests = [
        f"GET {port.ticket(f'{n}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for n in range(5)
    ]
    assert raw(port, *requests).count(b"HTTP/1.1 200") == 5, "sent before the answers came"


def test_who_comes_too_late_is_sent_back_to_be_asked_again(port):
    (port.folder / "a").write_bytes(DATA)
    url = port.url("a", ends=int(port.clock.now().timestamp()))
    got = httpx.get(url, headers={"Range": "bytes=9-"})
    assert (got.status_code, got.headers["location"]) == (307, BACK)


@pytest.mark.parametrize("change", ["another", "longer", "gone", "link", "pipe", "folder"])
def test_only_the_file_that_was_meant(port, change):
    """Between the permission and the opening somebody puts something else there."""
    (port.folder / "a").write_bytes(b"meant")
    (port.folder / "secret").write_bytes(b"other")
    url = port.url("a")
    if change == "longer":
        with (port.folder / "a").open("ab") as file:
            file.write(b"!")
    else:
        (port.folder / "a").unlink()
    if change == "another":
        (port.folder / "secret").rename(port.folder / "a")
    elif change == "link":
        (port.folder / "a").symlink_to("secret")
    elif change == "pipe":
        os.mkfifo(port.folder / "a")
    elif change == "folder":
        (port.folder / "a").mkdir()
    got = httpx.get(url)
    assert got.status_code in {404, 409}
    assert got.headers["content-type"] == "application/problem+json"
    assert b"other" not in got.content


def test_a_folder_on_the_way_that_became_a_link_leads_nowhere(port):
    for folder in ("in", "out"):
        (port.folder / folder).mkdir()
        (port.folder / folder / "a").write_bytes(folder.encode())
    url = port.url("in/a")
    (port.folder / "in").rename(port.folder / "kept")
    (port.folder / "in").symlink_to("out")
    assert httpx.get(url).status_code == 409


def test_addresses_that_are_none(port):
    (port.folder / "a").write_bytes(DATA)
    good = port.ticket("a")
    sealed = good.split("/")[2]
    spoilt = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    foreign = port.seal
    port.seal = Seal("another key")
    others = port.ticket("a")
    port.seal = foreign
    for path in (
        "/",
        "/bytes/",
        f"/bytes/{spoilt}/a",
        others,
        "/bytes/../../etc/passwd",
        f"/bytes/{sealed[:-8]}",
        "/bytes/%00",
        f"/{sealed}",
        "/bytes/" + "A" * 9_000,
    ):
        got = raw(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert got.startswith(b"HTTP/1.1 404"), path
    assert str(port.folder).encode() not in good.encode(), "it tells nothing"


@pytest.mark.parametrize("verb", ["PUT", "POST", "DELETE", "PROPFIND", "OPTIONS"])
def test_other_verbs(port, verb):
    (port.folder / "a").write_bytes(DATA)
    got = httpx.request(verb, port.url("a"), content=b"x" * 100)
    assert (got.status_code, got.json()["code"]) == (405, "method-not-allowed")
    assert got.headers["allow"] == "GET, HEAD"
    assert (port.folder / "a").read_bytes() == DATA


@pytest.mark.parametrize(
    "words",
    [
        b"\x16\x03\x01\x02\x00hello",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n X\x00: 1\r\n\r\n",
    ],
    ids=["tls", "no-host", "length", "head", "zero"],
)
def test_what_is_no_request(port, words):
    with port.connect() as line:
        line.sendall(words)
        assert line.recv(65_536).startswith(b"HTTP/1.1 4")
    (port.folder / "a").write_bytes(b"on")
    assert httpx.get(port.url("a")).text == "on"


def dribble(line: socket.socket, data: bytes) -> bool:
    """Send a byte; whether the connection is closed."""
    try:
        line.sendall(data)
        line.settimeout(0.05)
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_head_that_dribbles_is_not_waited_for(start):
    port = start(head_s=0.5, connections=2)
    lines = [port.connect() for _ in range(2)]
    assert until(lambda: all(dribble(line, b"G") for line in lines), 20)
    (port.folder / "a").write_bytes(b"others")
    assert httpx.get(port.url("a"), timeout=20).text == "others"
    for line in lines:
        line.close()


def test_who_takes_nothing_is_let_go_and_who_is_only_slow_is_not(start):
    port = start(window_s=2.0, least=1_000)
    with (port.folder / "big").open("wb") as file:
        file.truncate(64 * 2**20)
    request = f"GET {port.ticket('big')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with port.connect() as stuck, port.connect() as slow:
        for line in (stuck, slow):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            line.sendall(request)
        came = 0

        def gone() -> bool:
            nonlocal came
            came += len(slow.recv(100_000))
            return len(port.lines) == 1

        assert until(gone, 20, every=0.02)
        while part := slow.recv(2**20):
            came += len(part)
            if came > 64 * 2**20:
                break
    assert came > 64 * 2**20, "the slow one got all of it"


def test_clients_that_leave_are_nobodys_trouble(port):
    with (port.folder / "big").open("wb") as file:
        file.truncate(64 * 2**20)
    request = f"GET {port.ticket('big')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(30):
        with port.connect() as line:
            line.sendall(request)
            line.recv(1_000)
    assert until(lambda: len(port.lines) == 0, 20)
    (port.folder / "a").write_bytes(b"on")
    assert httpx.get(port.url("a")).text == "on"


def test_a_file_that_is_cut_while_it_is_sent(port):
    with (port.folder / "big").open("wb") as file:
        file.truncate(256 * 2**20)
    with httpx.stream("GET", port.url("big")) as got:
        parts = got.iter_raw(65_536)
        next(parts)
        os.truncate(port.folder / "big", 1_000)
        with pytest.raises(httpx.RemoteProtocolError):
            sum(map(len, parts))
