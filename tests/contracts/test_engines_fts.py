"""The engine `fts` at the look-alike of FTS, between WebDAV servers that others wrote."""

import os
import threading
from contextlib import closing

import pytest

from certificates import ALICE, Authority, proxy
from contracts.test_engines_http import HOSTS, Servers
from waystation.backends.transfer.fts.config import FtsConfig
from waystation.backends.transfer.fts.engine import FtsEngine
from waystation.domains.transfers.entities import Endpoint, Kind, TaskState
from waystation.domains.transfers.errors import EngineRefusedError, EngineUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.fts.running import RunningFts
from waystation_testing.transfer import EngineContract, ended, load_of, piece


class Sites(Servers):
    """Two servers, and a service that moves between them."""

    foreign = Endpoint(Kind.PATH, {"root": "/x"})

    def __init__(self, root, fts, **said):
        super().__init__(root, ("from", "to"), **said)
        self.fts = fts
        self.secrets = (*Servers.secrets, fts.token)

    def engine(self):
        who = {"token": self.fts.token, **self.said}
        return FtsEngine(FtsConfig("fts", self.fts.url, HOSTS, **who), SystemClock())


@pytest.fixture(scope="module")
def fts(tmp_path_factory):
    with RunningFts(tmp_path_factory.mktemp("fts") / "service", active=16) as running:
        yield running


@pytest.fixture
def world(tmp_path, fts):
    made = Sites(tmp_path / "ends", fts)
    made.put("f.dat", b"f")
    yield made
    made.close()
    fts.fault("fts-well")


class TestFts(EngineContract):
    @pytest.fixture
    def world(self, tmp_path, fts):
        made = Sites(tmp_path / "ends", fts)
        yield made
        made.close()


@pytest.fixture
def engine(world):
    with closing(world.engine()) as made:
        yield made


def one(world, **more):
    return load_of(world, piece(1, "f.dat", b"f"), **more)


def test_an_answer_that_is_lost_sends_nothing_twice(fts, world, engine):
    load = one(world)
    fts.fault("fts-lost", calls=2)  # who we are, and the submission
    for _ in range(2):
        with pytest.raises(EngineUnavailableError):
            engine.submit(load)
    handle = engine.submit(load)
    assert ended(world, engine, handle).state is TaskState.DONE
    with closing(world.engine()) as other:
        assert other.submit(load) == handle
        assert other.submit(one(world)) != handle


def test_trouble_with_the_service_is_no_failure(fts, world, engine):
    fts.fault("fts-still")
    load = one(world)
    handle = engine.submit(load)
    fts.fault("fts-503", calls=2)
    with pytest.raises(EngineUnavailableError, match="draining"):
        engine.look([handle])
    with pytest.raises(EngineUnavailableError, match="draining"):
        engine.submit(one(world))
    fts.fault("fts-419")
    with pytest.raises(EngineUnavailableError) as refused:
        engine.submit(one(world))
    assert "fts-rest-delegate" in refused.value.advice
    assert engine.look([handle])[handle].state is TaskState.MOVING
    fts.fault("fts-well")
    assert ended(world, engine, handle).state is TaskState.DONE


def test_a_job_that_waits_for_tape_says_so(fts, world, engine):
    fts.fault("fts-staging")
    handle = engine.submit(one(world))
    assert "on disk" in engine.look([handle])[handle].words
    fts.fault("fts-well")
    assert ended(world, engine, handle).state is TaskState.DONE


def test_one_that_is_cancelled_ends_so(fts, world, engine):
    fts.fault("fts-still")
    handle = engine.submit(one(world))
    engine.cancel(handle)
    progress = ended(world, engine, handle)
    assert (progress.state, set(progress.failed)) == (TaskState.FAILED, {1})
    assert world.names() == set()
    fts.fault("fts-well")
    late = engine.submit(one(world))
    assert ended(world, engine, late).state is TaskState.DONE


def test_a_deadline_is_kept_by_the_service(fts, world, engine):
    fts.fault("fts-still")
    handle = engine.submit(one(world, seconds=0.5))
    assert engine.look([handle])[handle].state is TaskState.MOVING
    threading.Event().wait(1.2)
    fts.fault("fts-well")
    progress = ended(world, engine, handle)
    assert "deadline" in progress.failed[1]


def test_who_is_not_known_is_told_what_to_do(fts, world, tmp_path):
    token = tmp_path / "token"
    world.said = {"token": None, "token_file": token}
    with closing(world.engine()) as engine:
        assert "token_file" in engine.check_config()[0]
        token.write_text("wrong\n")
        assert "does not know us" in engine.check_config()[0]
        token.write_text(f"{fts.token}\n")
        assert engine.check_config() == [], "one that was renewed is taken up"


def test_only_servers_that_are_allowed_are_named_to_it(world, engine):
    for url in (
        "https://elsewhere.example.org/x",
        "http://user:secret@127.0.0.1:1/x",
        "file:///x",
    ):
        world.target = Endpoint(Kind.HTTP, {"url": url})
        with pytest.raises(EngineRefusedError):
            engine.submit(one(world))


def test_a_proxy_shows_who_we_are(tmp_path_factory, world):
    """An RFC 3820 proxy over TLS, which can be written anew while we run."""
    home = tmp_path_factory.mktemp("grid")
    authority = Authority(home / "ca")
    host, alice = authority.host(), authority.person("alice", ALICE)
    people = {ALICE.replace("/DC=", "/domainComponent=").replace("/CN=", "/commonName="): "test"}
    known = {"certificate": str(host.certificate), "key": str(host.key), "people": people}
    with RunningFts(home / "service", client_ca=str(authority.certificate), **known) as fts:
        world.fts = fts
        pem = home / "proxy.pem"
        world.said = {"token": None, "proxy": pem, "ca_file": authority.certificate}
        with closing(world.engine()) as engine:
            assert "proxy" in engine.check_config()[0]
            pem.write_bytes(authority.person("bob", "/DC=test/CN=Bob").pem.read_bytes())
            assert "does not know us" in engine.check_config()[0]
            pem.write_bytes(proxy(alice, "alice-proxy").pem.read_bytes())
            os.utime(pem, (1, 1))  # another time than before, whatever the clock's grain
            handle = engine.submit(one(world))
            assert engine.look([handle])[handle].state is TaskState.MOVING
            fts.fault("fts-419")
            with pytest.raises(EngineUnavailableError) as refused:
                engine.submit(one(world))
            assert "fts-rest-delegate" in refused.value.advice
