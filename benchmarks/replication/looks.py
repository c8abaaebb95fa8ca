"""10,000 files under way: what one look at all of them costs in calls to others.

Goal (issue of replication): O(tasks), not O(files). The same files are handed to Globus (its
look-alike, by the real SDK) in ever more tasks, and to an old Librarian (its look-alike) in
shipments of as many files; the calls of each are counted.

`python -m benchmarks.replication.looks [files]`
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from benchmarks.say import figure
from waystation.backends.partner.librarian import LibrarianSite
from waystation.backends.partner.librarian_wire import LibrarianWire, WireConfig
from waystation.backends.transfer.globus.config import GlobusConfig
from waystation.backends.transfer.globus.engine import GlobusEngine
from waystation.domains.transfers.entities import (
    Endpoint,
    Kind,
    Load,
    Offer,
    Parcel,
    PartnerInfo,
    Piece,
    TaskState,
)
from waystation_sim.globus.running import RunningGlobus
from waystation_sim.librarian.book import Librarian
from waystation_sim.librarian.running import RunningLibrarian

FILES, EACH = 10_000, (1_000, 500, 200)
DIGEST = "ab" * 32
PER_CALL = 1_000
"""Numbers of transfers that one checkin/status asks about; see `LibrarianSite`."""


def main(files: int = FILES) -> None:
    with tempfile.TemporaryDirectory(prefix="ws-looks-", dir="/tmp") as scratch:
        _globus(Path(scratch), files)
        _librarian(Path(scratch), files)


def _globus(scratch: Path, files: int) -> None:
    (scratch / "disk").mkdir()
    for n in range(files):
        (scratch / "disk" / str(n)).write_bytes(b"x")
    # No task ends while it is looked at.
    with RunningGlobus(scratch / "globus", {"disk": scratch / "disk"}, files_s=3600.0) as globus:
        os.environ.update(globus.environment)
        end = Endpoint(Kind.GLOBUS, {"collection": globus.collection("disk")})
        for each in EACH:
            config = GlobusConfig("globus", globus.client, globus.secret)
            with closing(GlobusEngine(config)) as engine:
                handles = [
                    engine.submit(_load(end, first, each)) for first in range(0, files, each)
                ]
                with _counted() as calls:
                    began = time.monotonic()
                    seen = engine.look(handles)
                    took = time.monotonic() - began
                assert {each.state for each in seen.values()} == {TaskState.MOVING}
                for handle in handles:
                    engine.cancel(handle)
            what = f"Globus, {files:,} files in {len(handles)} tasks: calls a look"
            figure(what, len(calls), "<=", len(handles), "calls")
            figure("  time", took * 1000, None, None, "ms")


def _load(end: Endpoint, first: int, count: int) -> Load:
    pieces = [Piece(n + 1, str(first + n), f"to/{first + n}", 1, {}) for n in range(count)]
    deadline = datetime.now(UTC) + timedelta(hours=1)
    return Load(f"{count} from {first}", end, end, pieces, "benchmark", deadline)


@contextmanager
def _counted() -> Iterator[list[str]]:
    """What the SDK of Globus sends meanwhile."""
    calls: list[str] = []
    send = requests.Session.send

    def counted(self: requests.Session, request: requests.PreparedRequest, **more: object):
        calls.append(str(request.url))
        return send(self, request, **more)  # type: ignore[arg-type]

    requests.Session.send = counted  # type: ignore[method-assign, assignment]
    try:
        yield calls
    finally:
        requests.Session.send = send  # type: ignore[method-assign]


@dataclass
class _Row:
    """A file on its way; see `Sent` of the site."""

    id: int
    key: str
    n: int
    remote_id: int | None = None


@dataclass
class _Book:
    """Numbers of transfers, in memory."""

    sent: dict[int, _Row] = field(default_factory=dict)

    def open(self, partner_id: int, key: str, files: Mapping[int, str]) -> Sequence[_Row]:
        for n in files:
            number = len(self.sent) + 1
            self.sent[number] = _Row(number, key, n)
        return self.of(partner_id, [key])

    def of(self, partner_id: int, keys: Sequence[str]) -> Sequence[_Row]:
        del partner_id
        return [each for each in self.sent.values() if each.key in keys]

    def under_way(self, partner_id: int, names: Sequence[str]) -> Sequence[_Row]:
        del partner_id, names
        return []

    def checksum(self, name: str, sha256: str) -> str | None:
        del name, sha256
        return None

    def placed(self, places: Mapping[int, tuple[int, str]]) -> None:
        for number, (remote, _) in places.items():
            self.sent[number].remote_id = remote

    def stand(self, statuses: Mapping[int, int]) -> None:
        del statuses


def _librarian(scratch: Path, files: int) -> None:
    for each in EACH:
        name = f"old{each}"
        known = dict.fromkeys(("last_seen", "last_heard"))
        with RunningLibrarian(Librarian(scratch / name, name, {"here": "secret"})) as other:
            partner = PartnerInfo(
                *(1, name, "librarian", other.url, "here:secret", None),
                enabled=True,
                engines=(),
                words="",
                **known,  # type: ignore[arg-type]
            )
            site = LibrarianSite(partner, LibrarianWire(partner, WireConfig()), _Book(), "here")
            keys = [str(first) for first in range(0, files, each)]
            for key in keys:
                parcels = [Parcel(n + 1, f"{key}/{n}", 1, DIGEST, "", None) for n in range(each)]
                site.offer(Offer(key, "lab", parcels))
            site.settle({key: {} for key in keys})  # they are STAGED from now on
            calls = other.book.calls
            calls.clear()
            began = time.monotonic()
            told = site.settle({key: {} for key in keys})
            took = time.monotonic() - began
            assert all(standing is not None and standing.open for standing in told.values())
            what = f"Librarian, {files:,} files in {len(keys)} shipments: calls a look"
            figure(what, len(calls), "<=", max(len(keys), -(-files // PER_CALL)), "calls")
            figure("  time", took * 1000, None, None, "ms", peer="2 calls a file")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
