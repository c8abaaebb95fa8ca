"""The mover's port in this process, before a folder of this test alone."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from waystation.interfaces.dav import tickets
from waystation.interfaces.dav.digests import Sums
from waystation.interfaces.dav.giving import Face
from waystation.interfaces.dav.tickets import Seal
from waystation.interfaces.mover.connection import Giver
from waystation.interfaces.mover.listener import Lines
from waystation.interfaces.mover.pace import Patience
from waystation.kernel import tracing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BACK = "https://stage.example.org/dav/lab/x?signature=secret"


@dataclass
class Noon:
    """A clock that stands still until it is told to go on."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Port:
    """A mover that listens, and who gives tickets for it."""

    port: int
    folder: Path
    seal: Seal
    clock: Noon
    lines: Lines

    def ticket(self, name: str, **changes: object) -> str:
        """The path of a file that the web port has just allowed."""
        place = self.folder / name
        with place.open("rb") as file:
            found = place.stat()
            mtime = datetime.fromtimestamp(found.st_mtime, UTC)
            shown = Face(found.st_size, '"e"', mtime, Sums(7, b"s" * 32), "text/plain")
            ends = int((self.clock.at + timedelta(seconds=tickets.LIFETIME_S)).timestamp())
            tracing.request_id.set("request-1")
            given = {"ends": ends, "back": BACK, **changes}
            made = tickets.ticket(str(place), file.fileno(), shown, **given)
        return f"{tickets.PREFIX}{self.seal.close(made)}/{name}"

    def url(self, name: str, **changes: object) -> str:
        return f"http://127.0.0.1:{self.port}{self.ticket(name, **changes)}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Port]]:
    """Starts ports, with limits of the test's own; they are gone afterwards."""
    started: list[tuple[Lines, socket.socket]] = []

    def begin(**limits: float) -> Port:
        patience = Patience(**{"drain_s": 0.0, **limits})  # type: ignore[arg-type]
        seal, clock = Seal("key"), Noon()
        listener = socket.create_server(("127.0.0.1", 0))
        lines = Lines(Giver(seal, clock, patience), None, listener)
        threading.Thread(target=lines.accept, daemon=True).start()
        started.append((lines, listener))
        return Port(listener.getsockname()[1], tmp_path, seal, clock, lines)

    yield begin
    for lines, listener in started:
        lines.close()
        listener.close()


@pytest.fixture
def port(start: Callable[..., Port]) -> Port:
    return start()
