"""Jobs that come from elsewhere: each runs once, and its source hears how it ended."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from crash.world import KilledError
from jobs.yard import HERE, SPACE, Yard
from running import until
from waystation.backends.feeder.directory.source import DirectoryConfig, DirectorySource
from waystation.backends.feeder.panda.source import PandaConfig, PandaSource
from waystation.backends.feeder.panda.words import Terms, offer
from waystation.domains.jobs.controller.steps import feed_steps
from waystation.domains.jobs.door import Feed, FeedDesk
from waystation_sim.panda.server import PandaServer

SH = shutil.which("sh") or "/bin/sh"
MOST = 60


class MortalSource:
    """A source whose caller dies right before or right after a call."""

    def __init__(self, source, fate) -> None:
        self._source = source
        self._fate = fate

    def __getattr__(self, name: str):
        found = getattr(self._source, name)
        if name not in {"take", "kept", "tell"}:
            return found

        def call(*args):
            self._fate.passes(f"before {name}")
            answer = found(*args)
            self._fate.passes(f"after {name}")
            return answer

        return call


class Farm:
    """A yard with one source; `killed` builds it anew."""

    def __init__(self, yard: Yard, source, **changes) -> None:
        self.yard = yard
        self.source = source
        self.changes = changes

    def desk(self) -> FeedDesk:
        yard, world = self.yard, self.yard.world
        feed = Feed("far", MortalSource(self.source, world.fate), "ana")  # type: ignore[arg-type]
        feed = replace(feed, interval=timedelta(minutes=30), **self.changes)
        owner = {"ana": yard.admin}.get
        return FeedDesk(
            world.database, world.clock, yard.desk.depot, yard.desk.policy, [feed], owner
        )

    def step(self) -> int:
        moved = sum(step() for _, step, _ in feed_steps(self.desk()))
        # It dies in these; of the others it is known from elsewhere that it may.
        fate = self.yard.world.fate
        place, passed, fate.place = fate.place, list(fate.passed), 0
        moved += self.yard.step()
        fate.place, fate.passed[:] = place, passed
        return moved

    def killed(self) -> bool:
        """All steps once; whether the process died on the way. It is started again then."""
        try:
            self.step()
        except KilledError:
            self.yard.world.build()
            self.yard.build()
            return True
        return False

    def until(self, condition, *, seconds: float = 60) -> None:
        def tried() -> object:
            self.step()
            self.yard.world.clock.forward(seconds=1)
            return condition()

        assert until(tried, seconds, every=0.02), self.rows()

    def rows(self) -> list:
        with psycopg.connect(self.yard.world.dsn, row_factory=dict_row) as conn:
            return conn.execute("SELECT * FROM jobs_fed ORDER BY id").fetchall()


@pytest.fixture
def folder(yard: Yard) -> Path:
    made = yard.root / "source"
    (made / "new").mkdir(parents=True)
    return made


def put(folder: Path, name: str, command: list[str], **more: object) -> None:
    part = folder / f".{name}"
    part.write_text(json.dumps({"command": command, **more}))
    part.rename(folder / "new" / f"{name}.json")


def status(folder: Path, name: str) -> dict:
    return json.loads((folder / "status" / f"{name}.json").read_text())


def _directory(yard: Yard, folder: Path, **changes) -> Farm:
    return Farm(yard, DirectorySource(DirectoryConfig("far", folder)), **changes)


@pytest.fixture
def panda():
    made = PandaServer()
    yield made
    made.close()


def _panda(yard: Yard, server: PandaServer, **changes) -> Farm:
    terms = Terms("SITE", "ws", ("{transformation}", "{jobPars}"), clusters=(HERE,))
    return Farm(yard, PandaSource(PandaConfig("far", server.url, terms)), **changes)


def test_files_of_a_folder_become_jobs_and_are_told_of(yard, folder):
    farm = _directory(yard, folder)
    put(folder, "one", [SH, "-c", "echo {n} > o"], outputs=["o"], space=SPACE)
    put(folder, "two", [SH, "-c", "exit 3"])
    (folder / "new" / "odd.json").write_text("{")
    (folder / "new" / "spare.json").write_text('{"command": ["a"], "cmd": 1}')
    put(folder, "far", ["/bin/true"], clusters=["elsewhere"])
    farm.until(lambda: len(list(folder.glob("done/*"))) + len(list(folder.glob("failed/*"))) == 5)
    assert [each.name for each in folder.glob("done/*")] == ["one.json"]
    one, two = status(folder, "one"), status(folder, "two")
    assert (one["state"], one["exit_code"], one["cluster"]) == ("done", 0, HERE)
    assert (two["state"], two["exit_code"], two["blame"]) == ("failed", 3, "user")
    assert "cannot be read" in status(folder, "odd")["words"]
    assert "cmd" in status(folder, "spare")["words"]
    assert "elsewhere" in status(folder, "far")["words"]
    left = yard.jobs.outputs(yard.admin, one["request"])
    assert [each.path for each in left] == ["jobs/one/o"]
    put(folder, "one", [SH, "-c", "exit 1"])
    farm.until(lambda: list(folder.glob("refused/*")))
    assert len(farm.rows()) == 5, "a name is taken once"


def test_a_job_of_a_folder_is_stopped(yard, folder):
    farm = _directory(yard, folder)
    put(folder, "long", ["/bin/sleep", "600"])
    farm.until((folder / "status" / "long.json").exists)
    farm.until(lambda: status(folder, "long")["state"] == "running")
    (folder / "stop" / "long").touch()
    yard.world.clock.forward(minutes=31)
    farm.until(lambda: status(folder, "long")["state"] == "cancelled")
    assert [each.name for each in folder.glob("failed/*")] == ["long.json"]
    assert not list(folder.glob("stop/*"))


def test_killed_anywhere_each_job_of_a_source_is_taken_once_and_told_of(yard, panda):
    """One job after the other, each with a death one place later than the one before."""
    yard.cores = 4
    farm, died = _panda(yard, panda), 0
    for place in range(1, MOST):
        script = yard.root / f"ran-{place}"
        pars = f"-c 'echo once >> {script}'"
        job = panda.add(place, transformation=SH, jobPars=pars)
        fate = yard.world.fate
        fate.passed.clear()
        fate.place = place
        dead = False
        while job.state != "finished" and not dead:
            dead = farm.killed()
            yard.world.clock.forward(seconds=1)
        passed, fate.place = len(fate.passed), 0
        died += dead
        yard.world.clock.forward(minutes=3)
        panda.miss()
        farm.until(lambda job=job: job.state == "finished")
        assert script.read_text() == "once\n"
        if passed < place and not dead:
            break
    assert died > 10, "it died in the middle of its work, again and again"
    numbers = [row["foreign_id"] for row in farm.rows()]
    assert len(set(numbers)) == len(numbers)
    farm.until(lambda: all(row["due"] is None for row in farm.rows()))
    yard.check_books()


def test_heartbeats_changes_and_kills(yard, panda):
    farm = _panda(yard, panda)
    job = panda.add(7, transformation="/bin/sleep", jobPars="600", coreCount="2")
    farm.until(lambda: job.state == "running")
    assert list(dict.fromkeys(each["state"] for each in job.told)) == ["starting", "running"]
    assert job.told[-1]["siteName"] == "SITE"
    told = len(job.told)
    for _ in range(5):
        farm.step()
    assert len(job.told) == told, "nothing is new"
    yard.world.clock.forward(minutes=31)
    farm.step()
    assert [each["state"] for each in job.told[told:]] == ["running"]
    job.kill = True
    yard.world.clock.forward(minutes=31)
    farm.until(lambda: job.state == "failed")
    assert job.told[-1]["pilotErrorCode"] == 1144


def test_a_source_that_is_away_hears_the_end_later(yard, panda):
    farm = _panda(yard, panda)
    job = panda.add(1, transformation="/bin/true")
    farm.until(lambda: job.given)
    panda.away = True
    farm.until(lambda: yard.world.rows("SELECT 1 FROM jobs_request WHERE finished IS NOT NULL"))
    farm.until(lambda: farm.rows()[0]["tries"])
    farm.step()
    tries = farm.rows()[0]["tries"]
    for _ in range(5):
        farm.step()
    assert farm.rows()[0]["tries"] == tries, "it is not told again before its time"
    panda.away, panda.strange = False, True
    yard.world.clock.forward(hours=1)
    farm.step()
    assert "does not know us" in farm.rows()[0]["words"]
    panda.strange = False
    yard.world.clock.forward(hours=1)
    farm.until(lambda: job.state == "finished")
    assert farm.rows()[0]["due"] is None


def test_a_source_that_never_hears_is_given_up(yard, panda):
    farm = _panda(yard, panda, give_up=timedelta(hours=3))
    panda.add(1, transformation="/bin/true")
    farm.until(lambda: yard.world.rows("SELECT 1 FROM jobs_request"))
    panda.away = True
    farm.until(lambda: yard.world.rows("SELECT 1 FROM jobs_request WHERE finished IS NOT NULL"))
    for _ in range(8):
        yard.world.clock.forward(hours=1)
        for _, step, _ in feed_steps(farm.desk()):
            step()
    assert "given up" in farm.rows()[0]["words"]
    assert farm.rows()[0]["due"] is None


def test_an_answer_that_is_lost_loses_no_job(yard, panda):
    farm = _panda(yard, panda)
    job = panda.add(1, transformation="/bin/true")
    panda.lose = 1
    farm.step()
    assert (job.given, farm.rows()) == (1, [])
    panda.miss()
    farm.until(lambda: job.state == "finished")
    assert job.given == 2


def test_no_more_are_taken_than_there_is_room_for(yard, panda):
    farm = _panda(yard, panda, most=3, at_once=2)
    for number in range(1, 8):
        panda.add(number, transformation="/bin/sleep", jobPars="600")
    counts = []
    for _ in range(4):
        farm.step()
        counts.append(len(farm.rows()))
    assert counts == [2, 3, 3, 3]
    assert sum(job.state == "activated" for job in panda.jobs.values()) == 4


def test_a_job_of_panda_as_a_wish():
    given = {
        "PandaID": "12",
        "jobName": "n",
        "transformation": "/t",
        "jobPars": "-a 'b c' {n}",
        "coreCount": "8",
        "minRamCount": "2000",
        "minRamUnit": "MBPerCore",
        "currentPriority": "900",
    }
    made = offer(given, Terms("S", "w", ("/pilot", "-q", "{siteid}", "{jobPars}")))
    assert made.wish is not None
    assert made.wish.command == ("/pilot", "-q", "{siteid}", "-a", "b c", "{n}")
    assert made.wish.resources.cpus == 8
    assert made.wish.resources.memory == 8 * 2000 * 2**20
    assert made.wish.priority == 9
    assert made.wish.environment["PANDA_ID"] == "12"
    broken = offer({"PandaID": "1", "jobPars": "'"}, Terms("S", "w", ("{jobPars}",)))
    assert broken.wish is None
    assert "cannot be read" in broken.words
