"""Row 35: pilots on worker nodes get, compute and put over lines that break; digests proved."""

import hashlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

PILOTS, SIZE = 6, 4_000_003


@contextmanager
def bad_line(port: int) -> Iterator[int]:
    """A port that leads to another one; two of three connections are cut in their middle."""
    numbers, server, over = count(), socket.create_server(("127.0.0.1", 0)), threading.Event()

    def carry(one: socket.socket, other: socket.socket, left: int) -> None:
        with suppress(OSError):
            while left > 0 and (data := one.recv(65536)):
                other.sendall(data[:left])
                left -= len(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            number = next(numbers)
            left = 10**12 if number % 3 == 2 else 20_000 + 700_001 * (number % 7)
            line = socket.create_connection(("127.0.0.1", port))
            for one, other in ((client, line), (line, client)):
                threading.Thread(target=carry, args=(one, other, left), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(20)


def curl(*words: str) -> bool:
    done = subprocess.run(
        ["curl", "-sS", "--fail", "--max-time", "60", *words], check=False, capture_output=True
    )
    return done.returncode == 0


def until_it_goes(*words: str) -> int:
    """Try again as a pilot does; how often it took."""
    return next((n for n in range(1, 31) if curl(*words)), 0)


@pytest.mark.parametrize("wire", ["old", "new"])
def test_row_35_what_pilots_computed_is_what_is_stored(host, tmp_path, wire):
    inputs = {host.name(): os.urandom(SIZE) for _ in range(PILOTS)}
    for name, data in inputs.items():
        url, token = f"{host.house.url}/dav/ana/{name}", f"Bearer {host.ana}"
        assert httpx.put(url, content=data, headers={"Authorization": token}).status_code == 201
    shown = str(host.proxy().pem)
    cert = ["--cacert", str(host.authority.certificate), "--cert", shown, "--key", shown]

    with bad_line(host.grid_port) as port:
        base = f"https://localhost:{port}"

        def pilot(name: str) -> int:
            here = tmp_path / name
            here.mkdir()
            get = f"{base}/datahost/receive/?filename={name}&username=ana"
            get = get if wire == "old" else f"{base}/dav/ana/{name}"
            tries = until_it_goes(*cert, "-o", str(here / "in"), get)
            data = (here / "in").read_bytes()
            assert hashlib.sha256(data).digest() == hashlib.sha256(inputs[name]).digest()
            out = here / f"out-{name}"
            out.write_bytes(data[::-1])
            if wire == "old":
                form = ["-F", f"file2xmit=@{out}", "-F", "username=ana"]
                return tries + until_it_goes(*cert, *form, f"{base}/datahost/transmit/")
            put = ["-T", str(out), "-H", f"OC-Checksum: SHA256:{digest(out)}"]
            return tries + until_it_goes(*cert, *put, f"{base}/dav/ana/out-{name}")

        with ThreadPoolExecutor(PILOTS) as pool:
            tries = list(pool.map(pilot, inputs))
    assert all(tries)
    assert sum(tries) > 2 * PILOTS, "the line was bad"
    for name, data in inputs.items():
        assert host.disk(f"out-{name}").read_bytes() == data[::-1]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
