"""Sources of jobs keep the promises of jobs' ports."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from waystation.backends.feeder.directory.source import DirectoryConfig, DirectorySource
from waystation.backends.feeder.panda import words
from waystation.backends.feeder.panda.source import PandaConfig, PandaSource
from waystation.backends.feeder.panda.words import Terms
from waystation.domains.jobs.entities import Blame, Report, Stage
from waystation_sim.panda.server import PandaServer
from waystation_testing.source import SourceContract

TERMS = Terms("SITE", "ws", ("{transformation}", "{jobPars}"))


class Folder:
    """Files in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "new").mkdir(parents=True)

    def source(self) -> DirectorySource:
        return DirectorySource(DirectoryConfig("far", self.root))

    def add(self, number: int) -> str:
        return self.put(f"job-{number}", json.dumps({"command": ["/bin/true"]}))

    def add_broken(self, number: int) -> str:
        return self.put(f"job-{number}", '{"command": 5}')

    def put(self, name: str, text: str) -> str:
        (self.root / "new" / f"{name}.json").write_text(text)
        return name

    def recover(self) -> None:
        """It is there all the time."""

    def state(self, name: str) -> Stage | None:
        place = self.root / "status" / f"{name}.json"
        return Stage(json.loads(place.read_text())["state"]) if place.exists() else None

    def stop(self, name: str) -> None:
        (self.root / "stop" / name).touch()

    def cut(self) -> None:
        self.root.rename(self.root.with_name("away"))


class Panda:
    """A look-alike of a PanDA server."""

    def __init__(self) -> None:
        self.server = PandaServer()

    def source(self) -> PandaSource:
        return PandaSource(PandaConfig("far", self.server.url, TERMS))

    def add(self, number: int) -> str:
        self.server.add(number, transformation="/bin/true")
        return str(number)

    def add_broken(self, number: int) -> str:
        self.server.add(number, transformation="/bin/true", jobPars="it's")
        return str(number)

    def recover(self) -> None:
        self.server.miss()

    def state(self, name: str) -> Stage | None:
        known = {"finished": Stage.DONE, "failed": Stage.FAILED, "running": Stage.RUNNING}
        return known.get(self.server.jobs[int(name)].state)

    def stop(self, name: str) -> None:
        self.server.jobs[int(name)].kill = True

    def cut(self) -> None:
        self.server.away = True


class TestDirectory(SourceContract):
    @pytest.fixture
    def world(self, tmp_path):
        return Folder(tmp_path / "jobs")

    def test_what_is_no_job_file_is_left_alone(self, world, tmp_path):
        world.put(".hidden", "{}")
        world.put("a b", "{}")
        (world.root / "new" / "readme.txt").touch()
        secret = tmp_path / "secret"
        secret.write_text('{"command": ["/bin/true"]}')
        (world.root / "new" / "link.json").symlink_to(secret)
        world.put("large", json.dumps({"command": ["x" * 2**20]}))
        offers = {each.foreign_id: each.wish for each in world.source().take(10)}
        assert offers == {"link": None, "large": None}


class TestPanda(SourceContract):
    @pytest.fixture
    def world(self):
        made = Panda()
        yield made
        made.server.close()

    def test_a_server_that_knows_us_not_hears_nothing(self, world):
        name = world.add(1)
        source = world.source()
        source.take(1)
        world.server.strange = True
        answer = source.tell([Report(name, Stage.RUNNING, 7, 1)])[name]
        assert not answer.heard
        assert "does not know us" in answer.words


def test_the_calls_are_those_of_act():
    """Fields as aCT a54fdb6 sends them: `aCTPanda.getJob`, `aCTAutopilot.updatePanda…`."""
    failed = Report("5", Stage.CANCELLED, 7, 1, "Stopped.", Blame.NONE, exit_code=143, node="n")
    told = words.update(failed, TERMS)
    assert told == {
        "jobId": 5,
        "state": "failed",
        "siteName": "SITE",
        "schedulerID": "ws",
        "node": "n",
        "batchID": 7,
        "exitCode": 143,
        "transExitCode": 143,
        "pilotErrorCode": 1144,
        "pilotErrorDiag": "Stopped.",
    }
    for command in ("tobekilled", "badattemptnr", "alreadydone"):
        assert words.heard(f"StatusCode=0&command={command}").stop
    assert not words.heard("StatusCode=0&command=NULL").stop
    given = "StatusCode=0&PandaID=5&jobPars=-a+%22b+c%22&transformation=%2Ft"
    offered = words.offer(words.fields(given), TERMS)
    assert offered.wish is not None
    assert offered.wish.command == ("/t", "-a", "b c")
    assert parse_qs(offered.wish.environment["PANDA_JOB"])["PandaID"] == ["5"]
