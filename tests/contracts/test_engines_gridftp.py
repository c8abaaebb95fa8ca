"""The engine `gridftp` at a real GridFTP server (Debian) with GSI and an RFC 3820 proxy."""

import pytest

from contracts.folders import Folders
from deploy.proxies import program
from gridftp_server import Server
from running import until
from waystation.backends.transfer.gridftp.way import GridFtpConfig, gridftp_engine
from waystation.domains.transfers.entities import Endpoint, Kind, TaskState
from waystation.kernel.clock import SystemClock
from waystation_testing.transfer import EngineContract, ended, load_of, piece

HOSTS = ("localhost:*",)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    program("globus-url-copy")
    made = Server(tmp_path_factory.mktemp("gridftp"))
    running = made.start()
    try:
        assert until(made.answers, 20)
        yield made
    finally:
        running.kill()
        running.wait(20)


class Far(Folders):
    """Folders that the server shows, or that are here."""

    patience_s = 240.0  # a file from server to server takes about a second: GSI on each channel

    def __init__(self, root, server, far):
        super().__init__(root)
        self.server = server
        ends = {"from": self.source, "to": self.target}
        for end in far:
            url = f"gsiftp://localhost:{server.port}{self.places[end]}"
            ends[end] = Endpoint(Kind.GRIDFTP, {"url": url})
        self.source, self.target = ends["from"], ends["to"]
        # A file that is coming has its name at once; two servers know no checksum of ours.
        self.whole = "to" not in far
        self.many = 300 if self.whole else 40
        self.compares = len(far) == 1

    def engine(self):
        ca_dir = self.server.authority.directory
        config = GridFtpConfig("gridftp", "here", HOSTS, proxy=self.server.proxy, ca_dir=ca_dir)
        return gridftp_engine(config, SystemClock(), self.claims)


@pytest.fixture(
    params=[("from",), ("to",), ("from", "to")],
    ids=["server to folder", "folder to server", "two"],
)
def world(request, server, tmp_path):
    return Far(tmp_path / "ends", server, request.param)


class TestGridFtp(EngineContract):
    pass


def test_who_has_no_proxy_is_told_so(world, tmp_path):
    engine = gridftp_engine(GridFtpConfig("gridftp", "here", HOSTS), SystemClock(), world.claims)
    assert "proxy" in " ".join(engine.check_config())
    world.put("f.dat", b"f")
    progress = ended(world, engine, engine.submit(load_of(world, piece(1, "f.dat", b"f"))))
    assert progress.state is TaskState.FAILED
    assert "globus-url-copy ended" in progress.failed[1]
    engine.close()


def test_only_the_grid_is_spoken(world):
    engine = world.engine()
    for url in (
        "ftp://host/x",
        "gsiftp://",
        "gsiftp://other/x",
        "file:///etc",
        'gsiftp://h/a" "b',
    ):
        end = Endpoint(Kind.GRIDFTP, {"url": url})
        assert engine.objection(end, Endpoint(Kind.PATH, {"root": "/"}))
    engine.close()
