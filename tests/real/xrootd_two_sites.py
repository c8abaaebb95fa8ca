"""Two houses, their files behind a real XRootD: copied from server to server (HTTP-TPC).

XRootD listens on every address, so this is run by `test_xrootd.py` in a network of its own.
"""

import os
import pwd
import shutil

import pytest

from real.xrootd_contract import HTTP, USER, XRootD, server
from real.xrootd_engine_contract import HOSTS
from replication.conftest import twins
from waystation.backends.transfer.http.config import HttpConfig
from waystation.backends.transfer.http.way import http_engine
from waystation.domains.transfers.entities import Endpoint, Kind

__all__ = ["server", "twins"]


@pytest.fixture
def tmp_path(server: XRootD):
    """The houses' disks are below the server's root."""
    made = server.files / f"houses-{os.urandom(3).hex()}"
    made.mkdir()
    yield made
    shutil.rmtree(made)


def test_by_third_party_copy(twins, server: XRootD):
    owner = pwd.getpwnam(USER)
    for each in (twins.aye, twins.bee):
        inner = each.root.relative_to(server.files)
        each.ways = [Endpoint(Kind.HTTP, {"url": f"https://localhost:{HTTP}/{inner}"})]
        each.make_engine = lambda clock, claims: http_engine(
            HttpConfig(
                "http",
                "elsewhere",
                HOSTS,
                "pull",
                part_names=False,
                ca_dir=server.authority.directory,
                silence_s=30.0,
            ),
            clock,
            claims,
        )
        each.build()
    for n in range(3):
        twins.aye.put(f"file {n}", os.urandom(100_000 * n + 1))
    twins.aye.rule()
    twins.aye.cut.asking.add("settle")
    for each in (twins.aye, twins.bee):
        for path in [each.root, *each.root.rglob("*")]:
            os.chown(path, owner.pw_uid, -1)
    twins.live(20, until=lambda: bool(twins.bee.rows("SELECT 1 FROM transfers_shipment")))
    for path in (twins.bee.root / "lab/.waystation").rglob("*"):
        os.chown(path, owner.pw_uid, -1)
    twins.aye.cut.asking.clear()
    twins.live()
    twins.check()
    assert len(twins.bee.tree()) == 3
