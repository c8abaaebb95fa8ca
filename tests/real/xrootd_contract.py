"""The contract of `Storage` at a real XRootD 5.5 (Debian) by its HTTP door.

XRootD listens on every address, so this is run by `test_xrootd.py` in a network of its own.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from certificates import Authority
from running import _die_with_tests, until
from waystation.backends.storage.door.checks import checks
from waystation.backends.storage.door.config import DoorConfig
from waystation.backends.storage.door.door import Door
from waystation.backends.storage.door.storage import DoorStorage
from waystation_testing.storage import StorageContract

USER, HTTP, XROOT = "xrootd", 18100, 11094
LARGE_S = 60.0

CONFIG = """\
all.export /
oss.localroot {home}/files
all.adminpath {home}/admin
all.pidpath {home}/admin
xrd.port {xroot}
xrd.protocol http:{http} libXrdHttp.so
xrd.tls {certificate} {key}
xrd.tlsca certdir {authorities}
xrootd.chksum max 4 adler32
http.desthttps yes
http.exthandler xrdtpc libXrdHttpTPC.so
http.header2cgi Authorization authz
"""


@dataclass
class Place:
    """A folder of the server for one test."""

    config: DoorConfig
    name: str

    def storage(self) -> DoorStorage:
        return DoorStorage(Door(self.config), self.name)


@dataclass
class XRootD:
    """It runs until the tests end."""

    authority: Authority
    spool: Path
    files: Path
    numbers: Iterator[int] = field(default_factory=count)

    def place(self) -> Place:
        config = DoorConfig(
            "xrootd", f"https://localhost:{HTTP}/ours", self.spool,
            ca_dir=self.authority.directory, timeout_s=LARGE_S,
        )  # fmt: skip
        return Place(config, f"/tests/{next(self.numbers)}")


@pytest.fixture(scope="session")
def server() -> Iterator[XRootD]:
    home = Path(tempfile.mkdtemp(prefix="ws-xrootd-", dir="/tmp"))
    authority = Authority(home / "ca")
    host = authority.host()
    for name in ("files", "admin", "log", "host"):
        (home / name).mkdir(mode=0o700)
    for file in (host.certificate, host.key):
        shutil.copy(file, home / "host" / file.name)
    (home / "x.cfg").write_text(
        CONFIG.format(
            home=home, xroot=XROOT, http=HTTP, authorities=authority.directory,
            certificate=home / "host" / host.certificate.name, key=home / "host" / host.key.name,
        )
    )  # fmt: skip
    (home / "host" / host.key.name).chmod(0o400)
    _give(home, pwd.getpwnam(USER))
    log = home / "log" / "x.log"
    words = ["xrootd", "-c", str(home / "x.cfg"), "-l", str(log), "-n", "tests", "-R", USER]
    running = subprocess.Popen(
        [*words, "-I", "v4"],
        cwd=home,
        preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
    )
    try:
        made = XRootD(authority, home / "spool", home / "files")
        good = until(lambda: all(ok for ok, _, _ in _findings(made)), 60.0, every=1.0)
        told = "".join(p.read_text(errors="replace") for p in (home / "log").rglob("*.log"))
        assert good, (list(_findings(made)), told[-3000:])
        yield made
    finally:
        running.terminate()
        running.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _findings(made: XRootD) -> Iterator[tuple[bool, str, str]]:
    return checks(Door(made.place().config), "/doctor")


def _give(home: Path, who: pwd.struct_passwd) -> None:
    home.chmod(0o755)
    for path in (home, *home.rglob("*")):
        os.chown(path, who.pw_uid, who.pw_gid)


class TestXRootD(StorageContract):
    @pytest.fixture
    def world(self, server: XRootD) -> Place:
        return server.place()
