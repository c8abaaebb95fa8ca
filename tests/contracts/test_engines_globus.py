"""The engine `globus` by the real SDK, at the look-alike of Globus."""

import itertools
from contextlib import closing
from pathlib import Path

import globus_sdk
import pytest

from running import until
from waystation.backends.transfer.globus.config import GlobusConfig
from waystation.backends.transfer.globus.engine import GlobusEngine
from waystation.domains.transfers.entities import Endpoint, Kind, TaskState
from waystation.domains.transfers.errors import (
    EngineFullError,
    EngineRefusedError,
    EngineUnavailableError,
)
from waystation_sim.globus.running import RunningGlobus
from waystation_testing.transfer import EngineContract, ended, load_of, piece

_numbers = itertools.count()


class Collections:
    """Two collections of one service, a folder of each."""

    whole = True
    compares = False
    patience_s = 60.0
    many = 300
    unspeakable: frozenset[str] = frozenset()
    foreign = Endpoint(Kind.PATH, {"root": "/x"})

    def __init__(self, globus, *, native=False, **said):
        self.globus, self.native, self.said = globus, native, said
        self.folder = f"test {next(_numbers)}"
        self.secrets = (globus.secret, globus.refresh_token)
        self.source, self.target = (
            Endpoint(
                Kind.GLOBUS,
                {"collection": globus.collection(name), "base": f"/{name} base/{self.folder}/"},
            )
            for name in "AB"
        )
        self.places = {each.name: self.root(each) for each in globus.settings.collections}

    def root(self, collection):
        return Path(collection.root) / f"{collection.name} base" / self.folder

    def engine(self):
        who = (
            {"client": self.globus.native, "refresh_token": self.globus.refresh_token}
            if self.native
            else {"client": self.globus.client, "secret": self.globus.secret}
        )
        return GlobusEngine(GlobusConfig("globus", **{**who, **self.said}))

    def put(self, path, data):
        place = self.places["A"] / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def get(self, path):
        try:
            return (self.places["B"] / path).read_bytes()
        except FileNotFoundError:
            return None

    def names(self):
        to = self.places["B"]
        return {str(each.relative_to(to)) for each in to.rglob("*") if not each.is_dir()}


@pytest.fixture(scope="module")
def globus(tmp_path_factory):
    root = tmp_path_factory.mktemp("globus")
    places = {name: root / name for name in ("A", "B", "asks")}
    for place in places.values():
        place.mkdir()
    with RunningGlobus(
        root / "service", places, consent=frozenset({"asks"}), retry_s=0.1
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def _there(globus, monkeypatch):
    """The SDK finds the look-alike; whatever was broken is mended afterwards."""
    for name, value in globus.environment.items():
        monkeypatch.setenv(name, value)
    yield
    globus.fault("globus-well")


class TestConfidential(EngineContract):
    @pytest.fixture
    def world(self, globus):
        return Collections(globus)


class TestNative(EngineContract):
    @pytest.fixture
    def world(self, globus):
        return Collections(globus, native=True)


class TestWithSourceChecksums(EngineContract):
    @pytest.fixture
    def world(self, globus):
        made = Collections(globus, source_checksums=True)
        made.compares = True
        return made


@pytest.fixture
def world(globus):
    made = Collections(globus)
    made.put("f.dat", b"f")
    return made


@pytest.fixture
def engine(world):
    with closing(world.engine()) as made:
        yield made


def one(world, name="f.dat", **more):
    return load_of(world, piece(1, name, b"f"), **more)


def tasks(engine):
    return engine._session.ask(lambda client: client.task_list(limit=1))["total"]


def test_an_answer_that_is_lost_is_asked_for_again(globus, world, engine):
    before = tasks(engine)
    load = one(world)
    globus.fault("globus-lost", calls=1)
    globus.fault("globus-503", calls=1)
    handle = engine.submit(load)
    assert ended(world, engine, handle).state is TaskState.DONE
    assert tasks(engine) == before + 1


def test_another_process_finds_the_task_of_one_that_died(globus, world, engine):
    before, load = tasks(engine), one(world)
    handle = engine.submit(load)
    with closing(world.engine()) as other:
        assert other.submit(load) == handle
        assert tasks(other) == before + 1


def test_trouble_with_globus_is_no_failure(globus, world, engine):
    globus.fault("globus-pause", globus.collection("A"))
    handle = engine.submit(one(world))
    progress = engine.look([handle])[handle]
    assert (progress.state, progress.attention) == (TaskState.MOVING, True)
    assert "paused" in progress.words
    for kind in ("globus-429", "globus-503"):
        globus.fault(kind, calls=6)  # the SDK asks three times
        with pytest.raises(EngineUnavailableError):
            engine.look([handle])
        with pytest.raises(EngineUnavailableError):
            engine.submit(one(world))
    globus.fault("globus-stale")
    assert engine.look([handle])[handle].state is TaskState.MOVING
    globus.fault("globus-inactive")
    assert until(lambda: "Sign in" in engine.look([handle])[handle].words, 20)
    assert engine.look([handle])[handle].attention
    engine.cancel(handle)
    progress = ended(world, engine, handle)
    assert (set(progress.failed), progress.words) == ({1}, "It was cancelled.")


def test_a_fault_is_told_and_mended(globus, world, engine):
    globus.fault("globus-down", globus.collection("B"))
    handle = engine.submit(one(world))
    assert until(lambda: "tries again" in engine.look([handle])[handle].words, 20)
    assert engine.look([handle])[handle].state is TaskState.MOVING
    assert not engine.look([handle])[handle].attention
    globus.fault("globus-well")
    assert ended(world, engine, handle).state is TaskState.DONE


def test_no_more_than_globus_takes(globus, world, engine):
    globus.fault("globus-full")
    load = one(world)
    with pytest.raises(EngineFullError):
        engine.submit(load)
    globus.fault("globus-well")
    assert ended(world, engine, engine.submit(load)).state is TaskState.DONE


def test_a_full_target_ends_it_and_says_what_arrived(globus, world, engine):
    world.put("full.dat", b"f")
    globus.fault("globus-refuse", "full.dat", state="QUOTA_EXCEEDED")
    load = load_of(world, piece(1, "f.dat", b"f"), piece(2, "full.dat", b"f"))
    handle = engine.submit(load)
    progress = ended(world, engine, handle)
    assert (progress.state, set(progress.failed)) == (TaskState.FAILED, {2})
    assert "room" in progress.words
    with closing(world.engine()) as other:
        again = other.look([handle])[handle]
        assert (again.state, again.failed) == (TaskState.FAILED, {})
        assert "room" in again.words


def test_who_is_not_known_or_asks_for_nothing_that_is_there(globus, world, engine):
    with closing(GlobusEngine(GlobusConfig("g", globus.client, "wrong"))) as stranger:
        assert "secret" in stranger.check_config()[0]
        with pytest.raises(EngineUnavailableError):
            stranger.submit(one(world))
    world.target = Endpoint(Kind.GLOBUS, {"collection": "00000000-0000-4000-8000-000000000000"})
    with pytest.raises(EngineRefusedError):
        engine.submit(one(world))
    assert "UUID" in engine.objection(world.source, Endpoint(Kind.GLOBUS, {"collection": "x"}))


def test_a_consent_is_taken_by_an_application_and_asked_of_a_person(globus, world, engine):
    world.target = Endpoint(Kind.GLOBUS, {"collection": globus.collection("asks")})
    assert ended(world, engine, engine.submit(one(world))).state is TaskState.DONE
    with (
        closing(Collections(globus, native=True).engine()) as native,
        pytest.raises(EngineUnavailableError) as refused,
    ):
        native.submit(one(world))
    assert "consent" in refused.value.advice


def test_one_token_serves_until_it_ends(globus, world, engine):
    engine.submit(one(world))
    authorizer = engine._session._authorizer
    assert isinstance(authorizer, globus_sdk.ClientCredentialsAuthorizer)
    token = authorizer.access_token
    engine.submit(one(world))
    assert engine._session._authorizer.access_token == token


def test_a_silent_globus_is_given_up(globus, world):
    with closing(Collections(globus, timeout_s=0.3).engine()) as engine:
        engine.check_config()
        globus.suspend()
        try:
            with pytest.raises(EngineUnavailableError):
                engine.look(["00000000-0000-4000-8000-000000000000"])
        finally:
            globus.resume()
