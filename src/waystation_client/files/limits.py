"""What the machine itself can do, to stand beside what was measured: its disk, its loopback."""

import os
import socket
import threading
import time
from pathlib import Path

_BLOCK = 2**20


def disk_write_s(file: Path, size: int) -> float:
    """Seconds to write so many bytes to the disk itself; the file has random content then."""
    began = time.monotonic()
    with file.open("wb") as out:
        left = size
        while left:
            left -= out.write(os.urandom(min(_BLOCK, left)))
        out.flush()
        os.fsync(out.fileno())
    return time.monotonic() - began


def disk_copy_s(file: Path) -> float:
    """Seconds to copy a file to the disk itself, beside it."""
    copy, began = file.with_name(f"{file.name}.copy"), time.monotonic()
    with file.open("rb") as source, copy.open("wb") as out:
        while data := source.read(_BLOCK):
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    took = time.monotonic() - began
    copy.unlink()
    return took


def loopback_s(size: int) -> float:
    """Seconds for so many bytes over TCP within this machine, one connection."""
    data = bytes(_BLOCK)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def send() -> None:
            with socket.create_connection(server.getsockname()) as line:
                for _ in range(0, size, _BLOCK):
                    line.sendall(data)

        sender = threading.Thread(target=send)
        began = time.monotonic()
        sender.start()
        line, _ = server.accept()
        with line:
            while line.recv(_BLOCK):
                pass
        sender.join()
    return time.monotonic() - began
