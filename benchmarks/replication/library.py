"""A node that is a library for the old Librarian's client, for benchmarks."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.node import BenchNode, bench_node

SPACE = "library"


@dataclass
class Library:
    """The node, and who calls it.

    Attributes:
        node: with a space `library` on disk.
        people: names and passwords; `root` administers, `ana` appends.
    """

    node: BenchNode
    people: dict[str, str]
    http: httpx.Client

    def post(self, path: str, body: str, *, by: str = "ana") -> httpx.Response:
        """A call as the old client makes it: a connection of its own, Basic, JSON."""
        headers = {"Content-Type": "application/json"}
        return self.http.post(path, content=body, headers=headers, auth=(by, self.people[by]))


@contextmanager
def library_node(*, worker: bool = False) -> Iterator[Library]:
    """One that runs; gone afterwards."""
    prefix = "WAYSTATION_DIALECTS__LIBRARIAN__"
    with tempfile.TemporaryDirectory(prefix="ws-library-", dir="/tmp") as scratch:
        disk, staging = Path(scratch) / "disk", Path(scratch) / "staging"
        disk.mkdir()
        staging.mkdir()
        variables = {
            f"{prefix}ENABLED": "true",
            f"{prefix}SPACE": SPACE,
            f"{prefix}NAME": "here",
            f"{prefix}STAGING": str(staging),
            f"{prefix}HOSTNAMES": f'["{socket.gethostname()}"]',
        }
        with bench_node(worker=worker, stores={"disk": str(disk)}, **variables) as node:
            people = {"ana": node.run("user", "add", "ana")}
            people["root"] = node.run("user", "add", "root", "--admin")
            node.run("space", "add", SPACE, "--owner", "root", "--store", "disk")
            node.run("space", "role", SPACE, "ana", "writer")
            # Connections are not kept; what the client itself costs is kept out of the figures.
            fresh = httpx.Limits(max_keepalive_connections=0)
            with httpx.Client(base_url=f"{node.url}/api/v2/", timeout=300, limits=fresh) as http:
                yield Library(node, people, http)
