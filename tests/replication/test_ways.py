"""The same two sites by other engines."""

import os
from datetime import UTC, datetime

import pytest

from gridftp_server import Server
from replication.conftest import paired, unique
from replication.test_two_sites import rule
from running import until
from waystation.backends.transfer.globus.config import GlobusConfig
from waystation.backends.transfer.globus.engine import GlobusEngine
from waystation.backends.transfer.gridftp.way import GridFtpConfig, gridftp_engine
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation_sim.globus.running import RunningGlobus


@pytest.fixture(scope="module")
def by_http():
    """They share no file system: bytes go by HTTPS' plain sister, to the receiver's WebDAV."""
    known = {
        "SITES__HOSTS": "[]",
        "TRANSFERS__PLAIN_HOSTS": '["127.0.0.1:*"]',
        "TRANSFERS__HOSTS": '["127.0.0.1:*"]',
        "TRANSFERS__NETWORKS": '["127.0.0.0/8"]',
    }
    with paired(**known) as made:
        yield made


def test_by_http(by_http):
    folder = unique("wire")
    large, small = os.urandom(5_000_000), os.urandom(10)
    by_http.put(f"{folder}/deep/large ü&%.dat", large)
    by_http.put(f"{folder}/small", small)
    rule(by_http, folder, folder)
    assert by_http.came(f"{folder}/deep/large ü&%.dat", large)
    assert by_http.came(f"{folder}/small", small)
    assert {s["engine"] for s in by_http.shipments()} == {"http"}


WORDS = "SELECT words FROM transfers_shipmentfile WHERE words IS NOT NULL"


def bring(twins) -> None:
    """Files go from the one to the other by their ways, and are right."""
    twins.aye.folder("deep")
    for n in range(4):
        twins.aye.put(f"deep/ü {n}.dat", os.urandom(100_000 * n + 1))
    twins.aye.put("small", b"small")
    twins.aye.rule()
    twins.live()
    assert len(twins.bee.tree()) == 5, twins.aye.rows(WORDS)
    twins.check()
    engines = twins.aye.rows("SELECT DISTINCT engine FROM transfers_shipment")
    assert engines == [(twins.aye.engine.name,)]


def test_by_globus(twins, tmp_path, monkeypatch):
    """Collections whose bases are other paths than ours, by the real SDK."""
    root = twins.aye.root.parent
    twins.aye.clock.at = datetime.now(UTC)  # deadlines of tasks are by the service's clock
    with RunningGlobus(tmp_path / "service", {"all": root}, retry_s=0.1) as globus:
        for name, value in globus.environment.items():
            monkeypatch.setenv(name, value)
        for each in (twins.aye, twins.bee):
            facts = {"collection": globus.collection("all"), "base": f"/{each.root.name}"}
            each.ways = [Endpoint(Kind.GLOBUS, facts)]
            config = GlobusConfig("globus", client=globus.client, secret=globus.secret)
            each.make_engine = lambda *_, config=config: GlobusEngine(config)
            each.build()
        bring(twins)


def test_by_gridftp(twins, tmp_path):
    server = Server(tmp_path / "gridftp")
    running = server.start()
    try:
        assert until(server.answers, 20)
        for each in (twins.aye, twins.bee):
            url = f"gsiftp://localhost:{server.port}{each.root}"
            each.ways = [Endpoint(Kind.GRIDFTP, {"url": url})]
            ca_dir = server.authority.directory
            config = GridFtpConfig(
                "gridftp", "elsewhere", ("localhost:*",), proxy=server.proxy, ca_dir=ca_dir
            )
            each.make_engine = lambda *given, config=config: gridftp_engine(config, *given)
            each.build()
        bring(twins)
    finally:
        running.kill()
        running.wait(20)
