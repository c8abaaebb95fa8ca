"""From a tape library to online files by ScoutAM's wire and its news, on bad days.

Real time, a simulated ScoutAM that reads real bytes and sends by a real broker.
"""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from crash.world import World
from real.kafka_broker import Noida, make_topic
from running import until
from waystation.backends.news.kafka.config import KafkaConfig
from waystation.backends.news.kafka.consumer import KafkaNews
from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.backends.tape.scoutam.news import read
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.controller import hear
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import Ask
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import Staging
from waystation.kernel.clock import SystemClock
from waystation.kernel.retry import Backoff
from waystation_sim.scoutam.running import RunningScoutAM
from waystation_sim.site.layout import SiteSettings


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Noida(tmp_path_factory.mktemp("kafka") / "noida") as running:
        yield running


@pytest.fixture
def topic(request, broker):
    make_topic({"bootstrap.servers": broker.servers}, request.node.name)
    return request.node.name


@pytest.fixture(scope="module")
def scout(tmp_path_factory, broker):
    folder = tmp_path_factory.mktemp("scoutam")
    chance = random.Random(5)
    for run in range(4):
        (folder / "source" / f"run{run}").mkdir(parents=True)
        for n in range(30):
            content = chance.randbytes(chance.randint(1_000, 30_000))
            (folder / "source" / f"run{run}" / f"{n:03}.fits").write_bytes(content)
    running = RunningScoutAM(folder / "site", speed_up=20_000)
    running.archive(folder / "source", SiteSettings(drives=2))
    running.set_up(kafka={"bootstrap.servers": broker.servers})
    (folder / "state").mkdir(mode=0o700)
    with running:
        yield running


class Whole:
    """Staging in real time over a simulated ScoutAM and a real broker."""

    def __init__(self, world: World, scout: RunningScoutAM, servers: str, topic: str) -> None:
        settings, clock = scout.settings, SystemClock()
        self.world = world
        self.backend = ScoutAM(
            ScoutAMConfig(
                urls=scout.urls,
                account=settings.account,
                password=settings.password,
                state_dir=scout.site.root.parent / "state",
                topic=topic,
                ca_file=Path(settings.certificate),
                timeout_s=5.0,
                look_after_s=3.0,
                node_pause_s=0.5,
            ),
            clock,
        )
        rules = Rules(
            retry=Backoff(timedelta(seconds=1), timedelta(seconds=1), 2),
            poll=timedelta(seconds=0.5),
            settle=timedelta(0),
            resend=Backoff(timedelta(seconds=0.5), timedelta(seconds=1), 2**31),
        )
        catalogue = world.catalogue
        catalogue.sync_stores([StoreInfo(0, "scout", str(scout.cache), "sc", ("*",), 50_000, 0)])
        self.staging = Staging(world.database, clock, catalogue, {"sc": self.backend}, rules)
        post = Post("sc", "scoutam", self.backend, world.database, clock, rules)
        self.source = KafkaNews(KafkaConfig((servers,), topic, "waystation-sc", tls=False), read)
        self.steps = [run for _, run, _ in [*steps(post), *hear.steps(post, self.source)]]

    def ask(self, paths: list[str]) -> int:
        return self.staging.submit(self.world.ana, Ask(paths, "scout")).request.id

    def ended(self, request: int, seconds: float = 60.0) -> str:
        """Run all steps until a request has ended; its state."""

        def turn() -> bool:
            for run in self.steps:
                run()
            return self.state(request) != "active"

        until(turn, seconds, every=0.05)
        return self.state(request)

    def state(self, request: int) -> str:
        return str(self.staging.request(self.world.admin, request).state)

    def files(self, request: int):
        return {file.path: file for file in self.staging.files(self.world.admin, request)}


@pytest.fixture
def whole(dsn, scout, broker, topic):
    world = World(dsn)
    made = Whole(world, scout, broker.servers, topic)
    yield made
    made.source.close()
    world.close()


def test_from_tape_to_online_by_news_alone(whole, scout):
    paths = sorted(str(path) for path in (scout.cache / "run0").iterdir())
    scout.fault("bad-file", paths[4])
    scout.fault("news-doubled", calls=10)
    with scout.calls() as made:
        request = whole.ask(paths)
        assert whole.ended(request) == "partial"
    files = whole.files(request)
    assert [path for path, file in files.items() if file.state == "failed"] == [paths[4]]
    assert files[paths[4]].error == "ScoutAM: stage failed: read error on media"
    assert files[paths[4]].attempts == 2
    assert all(Path(path).stat().st_blocks for path in paths if path != paths[4])
    assert sum(call.endswith("/batchstage") for _, call, _ in made) == 2
    # The files are on disk: ScoutAM is asked once and answers at once, nothing is staged.
    again = whole.ask(paths[:3])
    assert whole.ended(again) == "complete"


def test_lost_and_late_news_costs_patience_and_no_file(whole, scout):
    paths = sorted(str(path) for path in (scout.cache / "run1").iterdir())
    scout.fault("news-lost", calls=7)
    scout.fault("news-late", seconds=1.0)
    try:
        request = whole.ask(paths)
        assert whole.ended(request) == "complete"
    finally:
        scout.fault("news-late", seconds=0)
        scout.fault("news-lost", calls=0)
    assert all(Path(path).stat().st_blocks for path in paths)


def test_scoutam_killed_while_it_stages(whole, scout):
    paths = sorted(str(path) for path in (scout.cache / "run2").iterdir())
    for drive in range(2):
        scout.fault("stuck-drive", f"lib1/{drive}")
    request = whole.ask(paths)
    whole.ended(request, 3.0)
    assert whole.state(request) == "active"
    scout.kill()
    whole.ended(request, 2.0)
    scout.start()
    assert whole.ended(request) == "complete"
    assert all(Path(path).stat().st_blocks for path in paths)


def test_news_of_what_nobody_asked_for(whole, scout, topic):
    paths = sorted(str(path) for path in (scout.cache / "run3").iterdir())
    scout.say(topic, paths[0])
    scout.say(topic, paths[1], "no such thing")
    scout.say(topic, "/somewhere/else")
    request = whole.ask(paths)
    assert whole.ended(request) == "complete"
