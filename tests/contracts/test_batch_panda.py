"""PanDA's REST API and its pilots, against a look-alike."""

import io
import json
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from real.arc_journey import Place, echo, journey
from waystation.backends.batch.hands import bundle
from waystation.backends.batch.hands.folder import Began, Ended, Trace
from waystation.backends.batch.panda import boot, words
from waystation.backends.batch.panda.batch import PandaBatch
from waystation.backends.batch.panda.config import PandaConfig
from waystation.backends.batch.panda.words import Told
from waystation.domains.jobs.entities import Blame, Resources, RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.panda.exchange import ExchangeSite
from waystation_sim.panda.pilot import Pilots
from waystation_sim.panda.server import PandaServer
from waystation_sim.panda.submitting import ATTRIBUTES
from waystation_testing.batch import ended, patiently, ran, shell, submitted, task

OURS, THEIRS, PANDA = "token-of-ours", "token-of-pilots", "token-for-panda"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Grid(Place):
    """The look-alike, with a site where pilots are."""

    shown = 1

    def __init__(self, home):
        self.home = home
        self.server = PandaServer()
        self.server.token = PANDA
        self.site = ExchangeSite(home / "exchange", {OURS, THEIRS})
        for name, token in (("panda", PANDA), ("ours", OURS), ("theirs", THEIRS)):
            (home / name).write_text(f"{token}\n")
        opens = {"BEARER_TOKEN_FILE": str(home / "theirs")}
        self.pilots = Pilots(self.server.url, home, 4, opens)

    def folder(self, key):
        place = self.home / "jobs" / key
        place.mkdir(parents=True)
        return place

    def batch(self, **more):
        more = {"url": self.server.api, "site": "SITE", "exchange": self.site.url,
                "token_file": self.home / "panda", "exchange_token_file": self.home / "ours",
                "beat_s": 0.1, "vo": "lab", **more}  # fmt: skip
        return PandaBatch(PandaConfig("grid", **more), SystemClock(), self.home / "state")

    def session(self, handle):
        return self.home / "session" / handle.partition(".")[0] / "way"

    def close(self):
        self.pilots.close()
        self.server.close()
        self.site.close()


@pytest.fixture
def world(tmp_path):
    with closing(Grid(tmp_path)) as made:
        yield made


@pytest.fixture
def batch(world):
    with closing(world.batch()) as made:
        yield made


def test_the_whole_way(world, batch):
    journey(world, batch)


def test_an_answer_that_was_lost_runs_nothing_twice(world, batch):
    """Also where PanDA has it twice: whoever comes second goes home."""
    world.pilots.away.set()
    one = shell(world, f"echo ran >>{world.home}/count; sleep 0.5; exit 4")
    world.server.desk.lose = 1
    with pytest.raises(BatchUnavailableError):
        batch.submit([one])
    assert batch.find([one]) == {}
    with closing(world.batch()) as other:
        handle = submitted(world, other, [one])[one.key]
        assert len(world.server.jobs) == 2
        world.pilots.away.clear()
        sight = ended(world, other, {handle: one.folder})[handle]
        assert (sight.state, sight.exit_code) == (RunState.FAILED, 4)
        assert submitted(world, other, [one]) == {one.key: handle}
    patiently(world, lambda: {each.state for each in world.server.jobs.values()} <= {
        "finished", "failed"})  # fmt: skip
    assert (world.home / "count").read_text() == "ran\n"
    assert batch.look({handle: one.folder})[handle] == sight


def test_a_lost_number_is_found_by_who_has_begun(world, batch):
    one = shell(world, "until [ -e go ]; do sleep 0.05; done")
    world.server.desk.lose = 1
    with pytest.raises(BatchUnavailableError):
        batch.submit([one])
    patiently(world, lambda: batch.find([one]))
    handle = batch.find([one])[one.key]
    assert submitted(world, batch, [one]) == {one.key: handle}
    assert len(world.server.jobs) == 1
    (world.session(handle) / "go").touch()
    assert ended(world, batch, {handle: one.folder})[handle].state is RunState.DONE


def test_what_was_cancelled_before_it_began_never_runs(world, batch):
    world.pilots.away.set()
    one, orphan = (shell(world, f"echo ran >>{world.home}/count") for _ in range(2))
    handles = submitted(world, batch, [one, orphan])
    for number in list(world.server.jobs):  # PanDA's kill was lost: it gives them all the same
        world.server.jobs[number].state = "throttled"
    batch.cancel([handles[one.key]])
    batch.clean([handles[orphan.key]])
    for job in world.server.jobs.values():
        job.kill, job.state = False, "activated"
    world.pilots.away.clear()
    sight = ended(world, batch, {handles[one.key]: one.folder})[handles[one.key]]
    assert sight.state is RunState.CANCELLED
    patiently(world, lambda: {each.state for each in world.server.jobs.values()} == {
        "finished", "failed"})  # fmt: skip
    assert not (world.home / "count").exists()
    orphaned = batch.look({handles[orphan.key]: orphan.folder})[handles[orphan.key]]
    assert orphaned.state is RunState.GONE


def test_a_refusal_is_said_and_can_be_mended(world, batch):
    world.server.desk.refuse = "job_label=x is not valid"
    one = task(world, "true")
    with pytest.raises(BatchUnavailableError, match="job_label=x is not valid"):
        batch.submit([one])
    world.server.desk.refuse = ""
    assert ran(world, batch, one)[0].state is RunState.DONE
    assert len(world.server.jobs) == 1


def test_rights_that_are_missing_are_said(world, batch):
    for place, token in (("panda", PANDA), ("ours", OURS)):
        (world.home / place).write_text("other")
        with pytest.raises(BatchUnavailableError, match="403") as told:
            batch.submit([task(world, "true")])
        assert told.value.advice
        assert token not in str(told.value)
        (world.home / place).write_text(token)
    assert not world.server.jobs
    (world.home / "ours").unlink()
    assert any("ours" in each for each in batch.check_config())
    with pytest.raises(BatchUnavailableError):
        batch.tail("1.t-x", world.home, "stdout", 0, 9)


def test_an_exchange_that_is_away_for_a_while_loses_nothing(world, batch):
    one = shell(world, "echo out")
    handle = submitted(world, batch, [one])[one.key]
    world.site.faults = {"out.tar": 2, "ended": 2, "stdout": 2}
    patiently(world, lambda: not any(world.site.faults.values()))
    sight = ended(world, batch, {handle: one.folder})[handle]
    assert sight.state is RunState.DONE, sight
    assert batch.fetch({handle: one.folder}) == {}
    assert (one.folder / "stdout").read_text() == "out\n"


def test_nobody_there_is_no_news(world, batch):
    world.server.away = True
    for call in (batch.depth, lambda: batch.submit([task(world, "true")]),
                 lambda: batch.look({"1.t-x": world.home}),
                 lambda: batch.cancel(["1.t-x"])):  # fmt: skip
        with pytest.raises(BatchUnavailableError):
            call()
    unknown = dict.fromkeys(["", "x", "1", "../../etc", "1.a/b"], world.home)
    assert {each.state for each in batch.look(unknown).values()} == {RunState.GONE}
    assert batch.objection(replace(task(world, "true"), resources=Resources(gpus=1)))


def test_an_archive_leads_nowhere_else(world, batch):
    """The node may be anybody's."""
    one = task(world, "true")
    place = world.home / "exchange" / one.key
    place.mkdir()
    with tarfile.open(place / "out.tar", "w") as packed:
        for name in ("../../evil", "/evil", "good/a", ".way/ended", "link"):
            member = tarfile.TarInfo(name)
            member.size = 3
            if name == "link":
                member.type, member.size, member.linkname = tarfile.SYMTYPE, 0, "/etc/passwd"
            packed.addfile(member, io.BytesIO(b"abc"))
    runs = {f"1.{one.key}": one.folder}
    assert batch.fetch(runs) == {}
    found = [each for each in world.home.rglob("*") if each.is_file() and each.stat().st_size == 3]
    assert found == [one.folder / "good" / "a"]
    assert not list(world.home.rglob("link"))
    (place / "out.tar").write_bytes(b"no archive" * 100)
    with pytest.raises(BatchUnavailableError, match="broken"):
        batch.fetch(runs)


# --------------------------------------------------------------------------------------- words


class Folders(Grid):
    """Folders alone."""

    def __init__(self, home):
        self.home = home


def test_nothing_of_a_job_is_in_its_description(tmp_path):
    config = PandaConfig("grid", "https://p", "SITE", "https://d.example.org/dav/x", vo="lab")
    needs = Resources(cpus=4, memory=2**31 + 1, time_s=600)
    one = replace(echo(Folders(tmp_path)), resources=needs, queue="OTHER", project="group")
    (said,) = json.loads(words.described(config, [one], "https://d.example.org/boot"))
    assert len(said) == len(words.ATTRIBUTES) + 1
    assert ATTRIBUTES[: len(words.ATTRIBUTES)] == words.ATTRIBUTES
    known = dict(zip(words.ATTRIBUTES, said, strict=False))
    assert {name: known[name] for name in (
        "jobName", "computingSite", "coreCount", "minRamCount", "minRamUnit", "maxCpuCount",
        "workingGroup", "VO", "jobParameters")} == {
        "jobName": one.key, "computingSite": "OTHER", "coreCount": 4, "minRamCount": 2049,
        "minRamUnit": "MB", "maxCpuCount": 720, "workingGroup": "group", "VO": "lab",
        "jobParameters": f"https://d.example.org/dav/x/{one.key}/ 30"}  # fmt: skip
    text = json.dumps(said)
    assert "HOSTILE" not in text
    assert "executable" not in text
    ((*file, owner),) = said[-1]
    assert dict(zip(words.FILE, file, strict=True))["type"] == "log"
    assert owner is None


STOPPED = Ended(143, "told", "", 1.0, 2.0, "n", 0, 0)
WELL = Ended(0, "", "", 1.0, 2.0, "n", 0, 0)


@pytest.mark.parametrize(
    ("told", "trace", "state", "blame"),
    [
        ({"status": "activated"}, Trace(), RunState.QUEUED, Blame.NONE),
        ({"status": "running"}, Trace(began=Began(1.0, "n", 1)), RunState.RUNNING, Blame.NONE),
        ({"status": "merging"}, Trace(), RunState.ENDING, Blame.NONE),
        ({"status": "brand-new"}, Trace(ended=WELL), RunState.UNKNOWN, Blame.NONE),
        ({"status": ""}, Trace(), RunState.UNKNOWN, Blame.NONE),
        ({"status": "finished"}, Trace(ended=WELL), RunState.DONE, Blame.NONE),
        ({"status": "failed"}, Trace(ended=WELL), RunState.DONE, Blame.NONE),
        ({"status": "cancelled"}, Trace(ended=STOPPED), RunState.CANCELLED, Blame.NONE),
        ({"status": "cancelled"}, Trace(True), RunState.CANCELLED, Blame.NONE),
        ({"status": "closed"}, Trace(), RunState.FAILED, Blame.SITE),
        ({"status": "failed", "pilot": "lost heartbeat"}, Trace(True), RunState.FAILED,
         Blame.SITE),
        ({"status": "finished", "ended": {"__datetime__": "2025-12-31T23:59:00"}}, Trace(True),
         RunState.ENDING, Blame.NONE),
        ({"status": "finished", "ended": "2025-12-31 20:00:00"}, Trace(True), RunState.FAILED,
         Blame.SITE),
        ({"status": "finished", "changed": "2025-12-31 23:59:00"}, Trace(True), RunState.ENDING,
         Blame.NONE),
        ({"status": "finished", "ended": None}, Trace(True), RunState.FAILED, Blame.SITE),
    ],
)  # fmt: skip
def test_how_a_run_stands(told, trace, state, blame):
    sight = words.sight(Told(5, **told), trace, NOW)
    assert (sight.state, sight.blame, sight.foreign) == (state, blame, told["status"]), sight
    if "pilot" in told:
        assert "lost heartbeat" in sight.words


@pytest.mark.parametrize("wanted", [(), ("out/",), ("*.fits",), ("**/*.fits", "a?"), ("deep/**",)])
def test_what_goes_home_is_the_same_there_and_here(wanted):
    names = ("out/a", "outer", "a.fits", "deep/a.fits", "a1", "a12", "stdout", ".way/task", "n\nl")
    there = [name for name in names if boot.is_wanted(name, [each.strip("/") for each in wanted])]
    assert there == [name for name in names if bundle.comes_home(name, wanted)]
