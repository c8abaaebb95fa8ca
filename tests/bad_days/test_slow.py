"""Slowloris: heads and bodies that dribble are let go, and meanwhile nobody else notices."""

import base64
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from certificates import ALICE, Authority
from running import House, free_port, new_house, until

MEDIA = "application/offset+octet-stream"
PATIENCE_S = 2
LONG_S = 40


@dataclass
class Slow:
    """A node that is patient for a moment only."""

    house: House
    root: Path
    authority: Authority
    grid_port: int

    def line(self, port: str, stack: ExitStack) -> socket.socket:
        """A connection to the web or the grid port."""
        number = self.house.port if port == "web" else self.grid_port
        made = stack.enter_context(socket.create_connection(("127.0.0.1", number), timeout=20))
        if port == "web":
            return made
        trust = ssl.create_default_context(cafile=str(self.authority.certificate))
        return stack.enter_context(trust.wrap_socket(made, server_hostname="localhost"))

    def head(self, verb: str, path: str, *more: str) -> bytes:
        lines = [f"{verb} {path} HTTP/1.1", "Host: localhost",
                 f"Authorization: Bearer {self.house.token}", *more]  # fmt: skip
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def answers(self) -> bool:
        """Pages, programs and bytes, as everybody else has them."""
        headers = {"Authorization": f"Bearer {self.house.token}"}
        with httpx.Client(base_url=self.house.url, headers=headers, timeout=10) as http:
            name = f"/dav/lab/{os.urandom(6).hex()}"
            return (
                http.get("/sign-in").is_success
                and http.get("/api/v1/health").is_success
                and http.put(name, content=b"x").is_success
                and http.get(name).content == b"x"
            )


@pytest.fixture(scope="module")
def slow(tmp_path_factory) -> Iterator[Slow]:
    authority, root, port = (
        Authority(tmp_path_factory.mktemp("ca")),
        tmp_path_factory.mktemp("disk"),
        free_port(),
    )
    host = authority.host()
    settings = {
        "WEB__PATIENCE_S": PATIENCE_S,
        "STORES__DISK__ROOT": root,
        "GRID__PORT": port,
        "GRID__CERTIFICATE": host.certificate,
        "GRID__KEY": host.key,
        "GRID__CA_DIR": authority.directory,
    }
    variables = {f"WAYSTATION_{name}": str(value) for name, value in settings.items()}
    with new_house(directories=1, files_each=1, **variables) as house:
        house.command("user", "dn", house.name, ALICE)
        house.command("space", "add", "lab", "--owner", house.name, "--store", "disk")
        yield Slow(house, root, authority, port)


def dribbled(line: socket.socket, byte: bytes) -> bytes | None:
    """Send one byte; what was answered once it is over, empty when it was only closed."""
    line.settimeout(0.02)
    said = b""
    try:
        line.sendall(byte)
        while part := line.recv(65_536):
            said += part
            if b"\r\n\r\n" in said:
                return said
    except TimeoutError:
        return said or None
    except OSError:
        return said
    return said


def over(lines: list[socket.socket], byte: bytes) -> list[bytes]:
    """Dribble on all lines until the last is let go; what each was told."""
    told: dict[socket.socket, bytes] = {}

    def look() -> bool:
        for line in lines:
            if line not in told and (said := dribbled(line, byte)) is not None:
                told[line] = said
        return len(told) == len(lines)

    assert until(look, LONG_S), f"{len(lines) - len(told)} of {len(lines)} are still open"
    return list(told.values())


@pytest.mark.parametrize("port", ["web", "grid"])
def test_a_head_that_dribbles(slow, port):
    with ExitStack() as stack:
        lines = [slow.line(port, stack) for _ in range(30)]
        for line in lines:
            line.sendall(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        assert slow.answers()
        over(lines, b"x")
    assert slow.answers()


@pytest.mark.parametrize("port", ["web", "grid"])
def test_a_second_head_that_dribbles(slow, port):
    """After a good request the connection is kept, but not for ever."""
    with ExitStack() as stack:
        line = slow.line(port, stack)
        line.sendall(slow.head("GET", "/api/v1/health"))
        assert line.recv(65_536).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /sign-in HTTP/1.1\r\nX-Long: ")
        over([line], b"x")


BODIES = {
    "file": ("PUT", "/dav/lab/{name}"),
    "stage": ("POST", "/api/v1/stage-requests"),
    "page": ("POST", "/sign-in"),
    "api": ("POST", "/api/v1/estimate"),
    "tar": ("PUT", "/tree/lab/{name}"),
    "old": ("POST", "/datahost/transmit/"),
}


@pytest.mark.parametrize("port", ["web", "grid"])
@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_dribbles(slow, what, port):
    """More at a time than Django has threads: pages are still answered."""
    verb, path = BODIES[what]
    with ExitStack() as stack:
        lines = [slow.line(port, stack) for _ in range(12)]
        for line in lines:
            name = os.urandom(6).hex()
            more = ["Content-Length: 1000000"]
            if what == "old":
                more.append("Content-Type: multipart/form-data; boundary=x")
            line.sendall(slow.head(verb, path.format(name=name), *more))
        assert slow.answers()
        told = over(lines, b"x")
    assert slow.answers()
    statuses = {said.split(b" ", 2)[1] for said in told if said}
    assert statuses <= {b"408", b"400", b"401", b"403", b"413", b"415"}, statuses
    parts = slow.root / "lab" / ".waystation" / "parts"
    assert until(lambda: not list(parts.iterdir()), 10), "nothing of it is left"


def test_an_upload_in_pieces_that_dribbles_goes_on_where_it_was(slow):
    name, data = os.urandom(6).hex(), b"x" * 200_000
    headers = {"Authorization": f"Bearer {slow.house.token}", "Tus-Resumable": "1.0.0"}
    with (
        httpx.Client(base_url=slow.house.url, headers=headers, timeout=30) as http,
        ExitStack() as stack,
    ):
        said = f"filename {base64.b64encode(name.encode()).decode()}"
        told = {"Upload-Length": str(len(data)), "Upload-Metadata": said}
        made = http.post("/tus/lab/", headers=told)
        assert made.status_code == 201, made.text
        url = made.headers["location"]
        line = slow.line("web", stack)
        piece = ("Tus-Resumable: 1.0.0", f"Content-Type: {MEDIA}", "Upload-Offset: 0",
                 f"Content-Length: {len(data)}")  # fmt: skip
        line.sendall(slow.head("PATCH", httpx.URL(url).path, *piece))
        over([line], b"x")

        def goes_on() -> bool:
            at = int(http.head(url).headers["upload-offset"])
            more = {"Content-Type": MEDIA, "Upload-Offset": str(at)}
            return http.patch(url, content=data[at:], headers=more).is_success

        assert until(goes_on, 20)
    assert (slow.root / "lab" / name).read_bytes() == data


def test_who_is_slow_but_sends_something_is_waited_for(slow):
    """Three windows, each with enough in it."""
    size = 5 * 131_072
    with ExitStack() as stack:
        line = slow.line("web", stack)
        line.sendall(slow.head("PUT", "/dav/lab/patient", f"Content-Length: {size}"))
        pause = threading.Event()
        for _ in range(5):
            line.sendall(b"y" * 131_072)
            pause.wait(PATIENCE_S * 0.6)
        assert line.recv(65_536).startswith(b"HTTP/1.1 20")
    assert (slow.root / "lab" / "patient").stat().st_size == size
