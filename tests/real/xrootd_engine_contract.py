"""The engine `http_tpc` at a real XRootD 5.5 (Debian), by TLS: third-party copy, PUT and GET.

XRootD listens on every address, so this is run by `test_xrootd.py` in a network of its own.
"""

import ipaddress
import pwd
import shutil

import pytest

from contracts.folders import Folders, numbers
from real.xrootd_contract import HTTP, USER, XRootD, server
from waystation.backends.transfer.http.config import HttpConfig
from waystation.backends.transfer.http.way import http_engine
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation.kernel.clock import SystemClock
from waystation.kernel.hosts import AllowedHosts
from waystation_testing.transfer import EngineContract

__all__ = ["server"]
NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
HOSTS = AllowedHosts(("localhost:*",), NETWORKS, what="Transfers", section="transfers")


class Doors(Folders):
    """Folders below the server's root; the ends are there, or here.

    XRootD 5.5 does not decode the `Destination` of a MOVE, and reads what comes after a `?` of a
    name as its own options.
    """

    unspeakable = frozenset({"hash#and?query&x=1.dat"})

    def __init__(self, server: XRootD, far: tuple[str, ...], copy: str) -> None:
        name = f"engine {next(numbers)}"
        super().__init__(server.files / name)
        self.authority, self.copy = server.authority, copy
        for each in (server.files / name, *self.places.values()):
            shutil.chown(each, USER)
        ends = {"from": self.source, "to": self.target}
        for end in far:
            path = f"{name}/{end}".replace(" ", "%20")
            facts = {"url": f"https://localhost:{HTTP}/{path}", "token": f"secret-{end}"}
            ends[end] = Endpoint(Kind.HTTP, facts)
        self.source, self.target = ends["from"], ends["to"]
        self.whole = "to" not in far
        self.secrets = tuple(f"secret-{end}" for end in far)

    def engine(self):
        config = HttpConfig(
            "http",
            "here",
            HOSTS,
            self.copy,
            part_names=False,
            ca_dir=self.authority.directory,
            silence_s=30.0,
        )
        return http_engine(config, SystemClock(), self.claims)

    def put(self, path, data):
        # A file of its own each time: XRootD keeps checksums by the second.
        (self.places["from"] / path).unlink(missing_ok=True)
        super().put(path, data)
        owner = pwd.getpwnam(USER)
        for each in self.places["from"].rglob("*"):
            if each.stat().st_uid != owner.pw_uid:
                shutil.chown(each, USER)


@pytest.mark.parametrize(
    ("far", "copy"),
    [
        (("from",), "pull"),
        (("to",), "pull"),
        (("from", "to"), "pull"),
        (("from", "to"), "push"),
    ],
    ids=["get", "put", "pull", "push"],
)
class TestXRootD(EngineContract):
    @pytest.fixture
    def world(self, server: XRootD, far, copy) -> Doors:
        return Doors(server, far, copy)
