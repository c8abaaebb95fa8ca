"""The engine `http_tpc` at WebDAV servers that others wrote (xrdhttp, PyPI)."""

import ipaddress

import pytest
from xrdhttp.testing import Fault, MemoryStore, StorageServer

from contracts.folders import Folders
from dav.other_server import Behaviour, other_server
from waystation.backends.transfer.http.config import HttpConfig
from waystation.backends.transfer.http.way import http_engine
from waystation.domains.transfers.entities import Endpoint, Kind, Piece, TaskState
from waystation.kernel.clock import SystemClock
from waystation.kernel.hosts import AllowedHosts
from waystation_testing.transfer import EngineContract, ended, load_of, piece

TOKENS = {"from": "token-of-the-source", "to": "token-of-the-target"}
OURS = ("127.0.0.1:*",)
INSIDE = (ipaddress.ip_network("127.0.0.0/8"),)
HOSTS = AllowedHosts(OURS, INSIDE, OURS, "Transfers", "transfers")


class Servers(Folders):
    """Servers at one end or at both."""

    secrets = tuple(TOKENS.values())

    def __init__(self, root, far, **said):
        super().__init__(root)
        self.said, self.stores, self.running = said, {}, []
        ends = {"from": self.source, "to": self.target}
        for name in far:
            self.stores[name] = MemoryStore({"/data/.keep": b""})
            server = StorageServer(self.stores[name])
            server.__enter__()
            server.tokens = {TOKENS[name]}
            self.running.append(server)
            facts = {"url": f"{server.base}/data/base", "token": TOKENS[name]}
            ends[name] = Endpoint(Kind.HTTP, facts)
        self.source, self.target = ends["from"], ends["to"]

    def engine(self):
        config = HttpConfig("http", "here", HOSTS, silence_s=30.0, **self.said)
        return http_engine(config, SystemClock(), self.claims)

    def put(self, path, data):
        if "from" in self.stores:
            self.stores["from"].files[f"/data/base/{path}"] = data
        else:
            super().put(path, data)

    def get(self, path):
        if "to" in self.stores:
            return self.stores["to"].files.get(f"/data/base/{path}")
        return super().get(path)

    def names(self):
        if "to" in self.stores:
            base = "/data/base/"
            return {p.removeprefix(base) for p in self.stores["to"].files if p.startswith(base)}
        return super().names()

    def close(self):
        for server in self.running:
            server.__exit__(None, None, None)


@pytest.fixture(
    params=[("from",), ("to",), ("from", "to")],
    ids=["server to folder", "folder to server", "two"],
)
def far(request):
    return request.param


class TestHttp(EngineContract):
    @pytest.fixture
    def world(self, tmp_path, far):
        made = Servers(tmp_path / "ends", far)
        yield made
        made.close()


class TestPush(EngineContract):
    """The source is told to send."""

    @pytest.fixture
    def world(self, tmp_path):
        made = Servers(tmp_path / "ends", ("from", "to"), copy="push", part_names=False)
        made.whole = False
        yield made
        made.close()


class One(Folders):
    """A server of one file that misbehaves, and a folder."""

    def __init__(self, root, url, hosts=HOSTS):
        super().__init__(root)
        self.hosts = hosts
        self.source = Endpoint(Kind.HTTP, {"url": url, "token": "hush"})

    def engine(self):
        config = HttpConfig("http", "here", self.hosts, silence_s=5.0, tries=2)
        return http_engine(config, SystemClock(), self.claims)

    def fetched(self, **checksums):
        engine = self.engine()
        try:
            one = Piece(1, "f.dat", "f.dat", len(DATA), checksums)
            return ended(self, engine, engine.submit(load_of(self, one)))
        finally:
            engine.close()


DATA = bytes(range(256)) * 4000


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(DATA, cut_at=1000), "does not answer"),
        (Behaviour(DATA + b"more"), "more than"),
        (Behaviour(DATA[:-1]), "of 1024000 bytes"),
        (Behaviour(DATA, lies=True), "not the one that the source tells"),
        (Behaviour(DATA, redirect="http://se.example.org/f.dat"), "not allowed"),
    ],
    ids=["cut", "long", "short", "lies", "leads elsewhere"],
)
def test_a_server_that_misbehaves_leaves_nothing(tmp_path, behaviour, words):
    with other_server(behaviour) as url:
        world = One(tmp_path / "ends", url)
        progress = world.fetched()
    assert progress.state is TaskState.FAILED
    assert words in progress.failed[1]
    assert world.names() == set()


def test_who_redirects_gets_no_credential_for_another_host(tmp_path):
    there = Behaviour(DATA)
    with other_server(there) as second:
        first = Behaviour(DATA, redirect=f"{second}/onward")
        with other_server(first) as url:
            progress = One(tmp_path / "ends", url).fetched()
    assert progress.state is TaskState.DONE
    assert first.seen[0][2]["authorization"] == "Bearer hush"
    assert "authorization" not in there.seen[0][2]


def test_only_allowed_hosts_are_called(tmp_path):
    for hosts in (AllowedHosts(), AllowedHosts(("se.example.org",))):
        world = One(tmp_path / hosts.section / str(len(hosts.names)), "http://127.0.0.1:1/", hosts)
        engine = world.engine()
        assert engine.objection(world.source, world.target)
        engine.close()
    assert One(tmp_path / "x", "http://a/", AllowedHosts()).engine().check_config()
    # Allowed by its name, and at an address inside.
    world = One(tmp_path / "y", "http://127.0.0.1:1/", AllowedHosts(OURS, (), OURS))
    assert "inside address" in world.fetched().failed[1]


def test_a_fetch_goes_on_where_it_broke_off(tmp_path):
    """xrdhttp breaks the first answer off; the second begins in the middle."""
    store = MemoryStore({"/data/f.dat": DATA})
    with StorageServer(store) as server:
        server.faults.append(Fault("GET", status=None, truncate=5000))
        world = One(tmp_path / "ends", f"{server.base}/data")
        engine = world.engine()
        load = load_of(world, piece(1, "f.dat", DATA))
        assert ended(world, engine, engine.submit(load)).state is TaskState.DONE
        engine.close()
        asked = [each.headers.get("Range", "") for each in server.requests if each.method == "GET"]
    assert asked == ["", "bytes=5000-"]
    assert world.get("f.dat") == DATA
