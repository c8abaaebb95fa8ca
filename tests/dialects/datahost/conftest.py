"""A real node with its grid port, two people with certificates and spaces of their own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from certificates import ALICE, Authority, Signed, proxy
from running import House, free_port, new_house

BEN = "/DC=test/CN=Ben Other"
NOBODY = "/DC=test/CN=Nobody Here"


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass
class Host:
    """A node that speaks the old wire.

    Attributes:
        root: of the disk store; the space of an account is a folder in it.
        ana, ben: their tokens.
        passwords: by account.
        alice, bens: certificates of ana and ben.
    """

    house: House
    root: Path
    ana: str
    ben: str
    passwords: dict[str, str]
    authority: Authority
    alice: Signed
    bens: Signed
    grid_port: int
    numbers: count = field(default_factory=count)

    @property
    def url(self) -> str:
        """Of the web port."""
        return f"{self.house.url}/datahost"

    @property
    def grid(self) -> str:
        """Of the grid port."""
        return f"https://localhost:{self.grid_port}/datahost"

    def name(self) -> str:
        """A file name that no other test has."""
        return f"file-{next(self.numbers)}.dat"

    def disk(self, name: str, account: str = "ana") -> Path:
        return self.root / account / name

    def parts(self) -> list[Path]:
        """What uploads have on disk that are under way."""
        folder = self.root / "ana" / ".waystation" / "parts"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def held(self) -> list[tuple[object, ...]]:
        """What is reserved for uploads of any space."""
        return self.house.rows(
            "SELECT held_bytes, held_files FROM quotas_quota WHERE held_bytes<>0 OR held_files<>0"
        )

    def proxy(self, **options: object) -> Signed:
        """A new grid proxy of ana's."""
        return proxy(self.alice, f"proxy-{os.urandom(4).hex()}", **options)  # type: ignore[arg-type]

    def post(self, body: bytes, boundary: str, token: str | None = "", **more) -> httpx.Response:
        """A form as it is, to the web port."""
        media = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        who = {"Authorization": f"Bearer {token or self.ana}"} if token is not None else {}
        headers = {**media, **who, **more}
        return httpx.post(f"{self.url}/transmit/", content=body, headers=headers, timeout=60)

    def get(self, name: str, token: str = "", **more) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.ana}", **more}
        return httpx.get(f"{self.url}/receive/", params={"filename": name}, headers=headers)

    def curl(self, *words: str, fails: bool = False) -> str:
        """Run the real one; what it printed."""
        done = subprocess.run(
            ["curl", "-sS", *words], capture_output=True, text=True, check=False, timeout=120
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, folder: Path, *words: str, stdin: str = "", **variables: str) -> Said:
        """One of the eight commands in a folder, with a state directory of its own there."""
        kept = ("PATH", "PYTHONPATH", "LANG", "COVERAGE_PROCESS_START")
        environment = {k: v for k, v in os.environ.items() if k in kept}
        environment |= {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder), **variables}
        done = subprocess.run(
            [sys.executable, "-m", "waystation_client.datahost", *words],
            cwd=folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def login(self, folder: Path, account: str = "ana") -> Said:
        said = self.run(
            folder, "login", self.house.url, account, DATAHOST_PASSWORD=self.passwords[account]
        )
        assert said.code == 0, said.err
        return said


def form(*parts: tuple[str, bytes], boundary: str = "XX") -> bytes:
    """A form of headers and values."""
    made = b"".join(
        f"--{boundary}\r\n{head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts
    )
    return made + f"--{boundary}--\r\n".encode()


def file(name: str) -> str:
    """The header of the file's part."""
    return f'Content-Disposition: form-data; name="file2xmit"; filename="{name}"'


USERNAME = 'Content-Disposition: form-data; name="username"'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    root = tmp_path_factory.mktemp("datahost")
    authority = Authority(tmp_path_factory.mktemp("datahost-ca"))
    server, port = authority.host(), free_port()
    alice, bens = authority.person("alice", ALICE), authority.person("ben", BEN)
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(root),
        "WAYSTATION_GRID__PORT": str(port),
        "WAYSTATION_GRID__CERTIFICATE": str(server.certificate),
        "WAYSTATION_GRID__KEY": str(server.key),
        "WAYSTATION_GRID__CA_DIR": str(authority.directory),
    }
    with new_house(files_each=1, **variables) as house:
        passwords = {name: house.command("user", "add", name) for name in ("ana", "ben")}
        ana, ben = (house.command("user", "token", name) for name in ("ana", "ben"))
        for name, subject in (("ana", ALICE), ("ben", BEN)):
            house.command("user", "dn", name, subject)
            house.command("space", "add", name, "--owner", name, "--store", "disk")
        yield Host(house, root, ana, ben, passwords, authority, alice, bens, port)
