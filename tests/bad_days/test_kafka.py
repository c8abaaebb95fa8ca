"""News by Kafka on bad days: real brokers, real kills.

The brokers are noida-db and Tansu; TLS and SCRAM are spoken by librdkafka on our side and by
`real.kafka_broker.SaslFront` on the other.
"""

import logging
import random
import select
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from crash.world import BACKEND, ROOT, World
from real.kafka_broker import (
    Noida,
    SaslFront,
    Tansu,
    given_cluster,
    make_topic,
    produce,
    scout_message,
)
from running import until
from waystation.backends.news.kafka.config import KafkaConfig
from waystation.backends.news.kafka.consumer import KafkaNews
from waystation.backends.tape.scoutam.news import read
from waystation.domains.staging.controller import hear, watch
from waystation.domains.staging.entities import FileReport, Residency
from waystation_sim.scoutam.certificates import make_certificate
from waystation_testing.memory_tape import ABILITIES, MemoryTape

HIDDEN = replace(ABILITIES, sees_tape=False, sees_position=False, slots=8)

LISTENER = """
import sys
from waystation.backends.news.kafka.config import KafkaConfig
from waystation.backends.news.kafka.consumer import KafkaNews
from waystation.backends.tape.scoutam.news import read
from waystation.domains.staging.controller import hear
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.rules import Rules
from waystation.kernel.clock import SystemClock
from waystation.kernel.database import Database
from waystation_testing.memory_tape import MemoryTape
dsn, backend, servers, topic = sys.argv[1:]
database = Database(dsn, name="listener")
database.open()
post = Post(backend, "memory", MemoryTape(), database, SystemClock(), Rules())
hear.BATCH = 50  # many commits to die around
source = KafkaNews(KafkaConfig((servers,), topic, "waystation-" + backend, tls=False), read)
while True:
    if hear.step(post, source):
        print("heard", flush=True)
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Noida(tmp_path_factory.mktemp("kafka") / "noida") as running:
        yield running


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    """A broker that notices listeners who die without a word; noida-db keeps their place."""
    with Tansu(tmp_path_factory.mktemp("groups") / "tansu") as running:
        yield running


@pytest.fixture
def topic(request, broker):
    name = f"news-{abs(hash(request.node.name))}"
    make_topic({"bootstrap.servers": given_cluster() or broker.servers}, name)
    return name


@pytest.fixture
def world(dsn):
    made = World(dsn)
    made.tape = MemoryTape(instant=False, abilities=HIDDEN)
    made.build()
    yield made
    made.close()


def sent(world: World, count: int) -> list[str]:
    """A request whose files are all at the tape system; their paths."""
    names = [f"f{n:05}" for n in range(count)]
    for name in names:
        path = f"{ROOT}/{name}"
        world.tape.files[path] = FileReport(path, Residency.NEARLINE, 1_000)
    world.ask(*names)
    world.turn()
    return [f"{ROOT}/{name}" for name in names]


def on_disk(world: World, paths: list[str]) -> None:
    for path in paths:
        world.tape.set(path, Residency.BOTH)


def listen(servers: str, topic: str, **more: object) -> KafkaNews:
    config = KafkaConfig((servers,), topic, f"waystation-{BACKEND}", **{"tls": False, **more})
    return KafkaNews(config, read)


def online(world: World) -> int:
    sql = "SELECT count(*) FROM staging_item WHERE state = 3"
    return int(world.rows(sql)[0][0])


def trouble(world: World) -> str:
    return str(world.rows("SELECT news FROM staging_tapesystem")[0][0])


def hear_until(world: World, source: KafkaNews, condition, seconds: float = 30.0) -> bool:
    return until(lambda: (hear.step(world.post, source), condition())[1], seconds, every=0.01)


def test_m13_poison_unknown_names_and_doubles_harm_nobody(world, broker, topic):
    paths = sent(world, 10)
    on_disk(world, paths)
    values = [scout_message(path) for path in paths]
    rubbish = [
        b"", b"\xff\xfe", b"no json", b"[]", b"{}", b'{"Filename": 5}', b'{"Filename": "a/b"}',
        b'{"Filename": "/a\\u0000b"}', b'{"Filename": "/x", "Error": 7}',
    ]  # fmt: skip
    harmless = [scout_message("/nobody/asked"), scout_message("/nobody/asked", "media error")]
    client = {"bootstrap.servers": broker.servers}
    produce(client, topic, [*rubbish, *values[:5], *harmless, *values, *rubbish[:1], *values[5:]])
    source = listen(broker.servers, topic)
    assert hear_until(world, source, lambda: online(world) == 10)
    letters = "SELECT place, words, raw FROM staging_deadletter ORDER BY id"
    assert hear_until(world, source, lambda: len(world.rows(letters)) == len(rubbish) + 1)
    source.close()
    assert all(words and place.startswith(f"{topic}/") for place, words, _ in world.rows(letters))
    produce(client, topic, [scout_message(paths[0], "media error, late")])
    source = listen(broker.servers, topic)
    batch = []
    assert until(lambda: batch.append(hear.step(world.post, source)) or sum(batch) >= 1, 30)
    source.close()
    assert online(world) == 10
    assert sum(batch) == 1  # the rest was committed
    world.turn()
    world.check(at_rest=True)


def listener(world: World, servers: str, topic: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", LISTENER, world.dsn, BACKEND, servers, topic]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_listener_killed_again_and_again_loses_nothing(world, groups):
    paths = sent(world, 2_000)
    on_disk(world, paths)
    client, chance, topic = {"bootstrap.servers": groups.servers}, random.Random(4), "killed"
    # One partition: files come in order, and events can name all of them (their ranges are cut).
    make_topic(client, topic, 1)
    pause = threading.Event()
    errors = [scout_message(path, "read error") for path in paths[:3]]
    produce(client, topic, [scout_message(path) for path in paths[3:1000]] + errors)
    for _ in range(4):
        child = listener(world, groups.servers, topic)
        select.select([child.stdout], [], [], 15)  # it hears, or waits for its place in the group
        pause.wait(chance.random() / 10)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    produce(client, topic, [scout_message(path) for path in paths[1000:]])
    source = listen(groups.servers, topic)
    assert hear_until(world, source, lambda: online(world) == 1_997, 60)
    source.close()
    # However often an error was given, it was counted once.
    tries = world.rows("SELECT tries FROM staging_recall WHERE state = 3")
    assert tries == [(1,)] * 3
    world.clock.forward(minutes=10)
    world.turn()
    assert online(world) == 2_000
    assert all(count == 1 for count in world.came(1))
    world.check(at_rest=True)


@pytest.mark.slow
def test_two_listeners_share_and_one_takes_over(world, groups):
    paths = sent(world, 600)
    on_disk(world, paths)
    client, topic = {"bootstrap.servers": groups.servers}, "shared"
    make_topic(client, topic)
    children = [listener(world, groups.servers, topic) for _ in range(2)]
    try:
        produce(client, topic, [scout_message(path) for path in paths[:300]])
        assert until(lambda: online(world) == 300, 30)
        children[0].kill()
        produce(client, topic, [scout_message(path) for path in paths[300:]])
        assert until(lambda: online(world) == 600, 30)
    finally:
        for child in children:
            child.kill()
            child.wait()
            child.stdout.close()
    world.turn()
    assert all(count == 1 for count in world.came(1))
    world.check(at_rest=True)


def test_a_broker_that_dies_or_forgets_everything(world, tmp_path):
    paths = sent(world, 30)
    on_disk(world, paths)
    with Noida(tmp_path / "noida") as own:
        client = {"bootstrap.servers": own.servers}
        make_topic(client, "t")
        watch.step(world.post)
        source = listen(own.servers, "t", reconnect_ms=100, reconnect_most_ms=500)
        produce(client, "t", [scout_message(path) for path in paths[:10]])
        assert hear_until(world, source, lambda: online(world) == 10)
        own.kill()
        assert hear_until(world, source, lambda: trouble(world) != "")
        assert "No news by Kafka" in trouble(world)
        assert "brokers run" in trouble(world)
        own.lose_everything()
        make_topic(client, "t")
        produce(client, "t", [scout_message(path) for path in paths[10:]])
        assert hear_until(world, source, lambda: online(world) == 30, 60)
        assert hear_until(world, source, lambda: trouble(world) == "")
        source.close()
    world.turn()
    world.check(at_rest=True)


def test_sasl_ssl_and_a_wrong_password_is_an_operators_alarm(world, tmp_path, caplog):
    paths = sent(world, 5)
    on_disk(world, paths)
    certificate, key = make_certificate(tmp_path, "kafka")
    front = SaslFront({"way": "changed"}, certificate, key)
    with Tansu(tmp_path / "tansu", front.port) as behind:
        front.start(behind.port)
        servers = f"127.0.0.1:{front.port}"
        login = {"user": "way", "password": "right", "tls": True, "ca_file": certificate}
        watch.step(world.post)
        source = listen(servers, "t", reconnect_ms=200, reconnect_most_ms=400, **login)
        with caplog.at_level(logging.ERROR):
            for _ in range(4):
                assert hear.step(world.post, source) == 0
        assert "SASL authentication error" in trouble(world)
        assert "Check `user` and `password`" in trouble(world)
        alarms = [r for r in caplog.records if r.name.endswith("controller.hear")]
        assert len(alarms) == 1  # told once, not at each of many tries
        assert "right" not in caplog.text
        assert front.refused
        front.users["way"] = "right"
        client = {
            "bootstrap.servers": servers,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "way",
            "sasl.password": "right",
            "ssl.ca.location": str(certificate),
        }
        make_topic(client, "t")
        produce(client, "t", [scout_message(path) for path in paths])
        assert hear_until(world, source, lambda: online(world) == 5, 60)
        assert trouble(world) == ""
        source.close()
        stranger = listen(servers, "t", **{**login, "ca_file": None})
        assert hear_until(world, stranger, lambda: "Check `ca_file`" in trouble(world))
        stranger.close()
        front.stop()
