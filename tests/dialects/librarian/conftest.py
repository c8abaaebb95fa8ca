"""A real node that is a library, with people of several levels."""

import json
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest
import xxhash

from running import House, new_house

SPACE = "library"
SMALL_CAP = 8
LARGEST = 40_000_000


@dataclass
class Library:
    """The node, and the wire of the old client.

    Attributes:
        root: of the space on disk.
        staging: the folder that both sides see.
        passwords: by account: `root` administers, `ana` and `ben` append, `rea` reads, `out` has
            no role.
    """

    house: House
    root: Path
    staging: Path
    passwords: dict[str, str]
    hostnames: tuple[str, ...] = (socket.gethostname(),)
    numbers: count = field(default_factory=count)

    def name(self, ending: str = ".dat") -> str:
        """A file name that no other test has."""
        return f"f{next(self.numbers)}-{uuid.uuid4().hex[:6]}{ending}"

    def post(self, path: str, body: object = None, *, by: str = "ana", **more) -> httpx.Response:
        """A call as the client makes it: a connection of its own, Basic, JSON or nothing."""
        return httpx.post(
            f"{self.house.url}/api/v2/{path}",
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
            auth=(by, self.passwords.get(by, "no password of anybody")),
            timeout=60,
            **more,
        )

    def stage(self, name: str, data: bytes, *, by: str = "ana", **changes) -> httpx.Response:
        body = {
            "upload_size": len(data),
            "upload_checksum": xxh3(data),
            "upload_name": Path(name).name,
            "destination_location": name,
            "uploader": by,
        }
        return self.post("upload/stage", {**body, **changes}, by=by)

    def commit(self, staged: dict, *, by: str = "ana", **changes) -> httpx.Response:
        """With all that the client sends, most of which is what it was told."""
        kept = ("store_name", "staging_name", "staging_location", "upload_name")
        body = {
            **{name: staged[name] for name in kept},
            "destination_location": staged["destination_location"],
            "transfer_provider_name": "local",
            "transfer_provider": staged["transfer_providers"]["local"],
            "meta_mode": "infer",
            "deletion_policy": "0",
            "uploader": by,
            "null_obsid": True,
            "transfer_id": staged["transfer_id"],
        }
        return self.post("upload/commit", {**body, **changes}, by=by)

    def upload(self, name: str, data: bytes, *, by: str = "ana", **changes) -> httpx.Response:
        """Stage, copy, commit; the answer of the commit."""
        staged = self.stage(name, data, by=by)
        assert staged.status_code == 201, staged.text
        Path(staged.json()["staging_location"]).write_bytes(data)
        return self.commit(staged.json(), by=by, **changes)

    def find(self, name: str, *, by: str = "ana") -> dict:
        """The one file of a name."""
        found = self.post("search/file", {"name": name}, by=by)
        assert found.status_code == 200, found.text
        assert len(found.json()) == 1
        return found.json()[0]


def xxh3(data: bytes) -> str:
    return f"xxh3:::{xxhash.xxh3_128(data).hexdigest()}"


@pytest.fixture(scope="package")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    root = tmp_path_factory.mktemp("library")
    staging = tmp_path_factory.mktemp("staging")
    prefix = "WAYSTATION_DIALECTS__LIBRARIAN__"
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(root),
        f"{prefix}ENABLED": "true",
        f"{prefix}SPACE": SPACE,
        f"{prefix}NAME": "here",
        f"{prefix}TITLE": "Test library",
        f"{prefix}DESCRIPTION": "For tests",
        f"{prefix}STAGING": str(staging),
        f"{prefix}HOSTNAMES": json.dumps([socket.gethostname()]),
        "WAYSTATION_SITES__HOSTS": json.dumps([socket.gethostname()]),
        "WAYSTATION_SITES__PATHS": json.dumps([str(root.parent)]),
        f"{prefix}MAX_SEARCH_RESULTS": str(SMALL_CAP),
        f"{prefix}MAXIMAL_UPLOAD_SIZE_BYTES": str(LARGEST),
    }
    with new_house(files_each=1, **variables) as house:
        names = ("ana", "ben", "rea", "out")
        passwords = {name: house.command("user", "add", name) for name in names}
        passwords["root"] = house.command("user", "add", "root", "--admin")
        house.command("space", "add", SPACE, "--owner", "root", "--store", "disk")
        for name, role in (("ana", "writer"), ("ben", "writer"), ("rea", "reader")):
            house.command("space", "role", SPACE, name, role)
        yield Library(house, root / SPACE, staging, passwords)


def secret() -> str:
    """A password that is good enough."""
    return f"{os.urandom(9).hex()}-A"
