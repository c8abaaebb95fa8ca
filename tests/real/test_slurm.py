"""A real Slurm (Debian's) of one node keeps the promises of jobs' ports."""

import itertools
import os
import pwd
import shutil
from contextlib import closing
from dataclasses import replace

import pytest

from real.slurm_site import SLOTS, USER, SlurmSite
from waystation.backends.batch.slurm import looking, records
from waystation.backends.batch.slurm.batch import SlurmBatch
from waystation.backends.batch.slurm.config import SlurmConfig
from waystation.backends.batch.slurm.states import STATES
from waystation.domains.jobs.entities import Blame, Resources, RunState, Sight
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation_testing.batch import (
    BatchContract,
    ended,
    patiently,
    ran,
    shell,
    submitted,
    task,
)

IS_CI = os.environ.get("CI") == "true"
MISSING = os.geteuid() != 0 or not shutil.which("slurmctld", path="/usr/sbin")
numbers = itertools.count()
pytestmark = [
    pytest.mark.skipif(MISSING and not IS_CI, reason="needs root, slurmctld, slurmd and munge"),
]


@pytest.fixture(scope="module")
def site():
    with closing(SlurmSite()) as made:
        yield made


class Cluster:
    """One place of our own at it."""

    patience_s = 120.0
    many = 40
    slots = SLOTS

    def __init__(self, site):
        self.site = site
        self.home = site.home / "jobs" / str(next(numbers))
        self.home.mkdir()

    def batch(self, **more):
        config = SlurmConfig("slurm", run_as=USER, conf=self.site.config, **more)
        return SlurmBatch(config, self.home / "state")

    def folder(self, key):
        place = self.home / key
        place.mkdir()
        os.chown(place, pwd.getpwnam(USER).pw_uid, -1)
        return place


class TestSlurm(BatchContract):
    @pytest.fixture
    def world(self, site):
        return Cluster(site)

    def test_runs_are_of_their_user(self, world, batch):
        one = shell(world, "id -un; id -gn")
        assert ran(world, batch, one)[0].state is RunState.DONE
        entry = pwd.getpwnam(USER)
        assert (one.folder / "stdout").read_text().split() == [USER, USER], entry

    def test_what_slurm_never_knew_or_forgot_is_told_by_the_folder(self, world, batch):
        one = shell(world, "exit 7")
        handle = submitted(world, batch, [one])[one.key]
        ended(world, batch, {handle: one.folder})
        seen = batch.look({"999999_3": one.folder, "999998_0": world.folder("none")})
        assert (seen["999999_3"].exit_code, seen["999999_3"].state) == (7, RunState.FAILED)
        assert seen["999998_0"].state is RunState.GONE
        (one.folder / ".way" / "ended").unlink()
        seen = batch.look({"999999_3": one.folder})["999999_3"]
        assert (seen.state, seen.blame) == (RunState.FAILED, Blame.SITE)

    def test_an_answer_that_was_lost_is_found_by_the_comment(self, world, batch):
        one = shell(world, "echo ran >>count; sleep 0.5")
        handle = submitted(world, batch, [one])[one.key]
        place = one.folder / ".way" / "array"
        place.write_text(place.read_text().replace(f'"{handle.partition("_")[0]}"', '""'))
        assert batch.find([one]) == {one.key: handle}
        assert submitted(world, batch, [one]) == {one.key: handle}
        ended(world, batch, {handle: one.folder})
        place.unlink()
        assert batch.find([one]) == {one.key: handle}  # by what its guard wrote

    def test_a_key_that_is_in_two_arrays_runs_once(self, world, batch):
        """As when an answer was lost and the controller had forgotten nothing yet was asked."""
        one = shell(world, "echo ran >>count; until [ -e go ]; do sleep 0.1; done")
        first = submitted(world, batch, [one])[one.key]
        patiently(world, (one.folder / "count").exists)
        (one.folder / ".way" / "array").unlink()
        began = (one.folder / ".way" / "began").rename(one.folder / "began")
        second = submitted(world, batch, [one])[one.key]
        assert first != second
        began.rename(one.folder / ".way" / "began")
        runs = {first: one.folder, second: one.folder}
        patiently(world, lambda: batch.look(runs)[second].state is RunState.RUNNING)
        (one.folder / "go").touch()
        seen = ended(world, batch, runs)
        assert {each.state for each in seen.values()} == {RunState.DONE}
        assert (one.folder / "count").read_text() == "ran\n"

    def test_what_waits_says_why(self, world, batch):
        one = replace(task(world, "true"), resources=Resources(cpus=SLOTS))
        with closing(world.batch(options=("--hold",))) as holding:
            handle = submitted(world, holding, [one])[one.key]
        seen = batch.look({handle: one.folder})[handle]
        assert (seen.state, seen.foreign) == (RunState.HELD, "PENDING")
        assert "JobHeldUser" in seen.words
        assert batch.depth().queued >= 1
        batch.cancel([handle])
        seen = ended(world, batch, {handle: one.folder})[handle]
        assert seen.state is RunState.CANCELLED

    def test_what_has_no_place_is_refused(self, world, batch):
        bad = [
            replace(task(world, "true"), queue="none"),
            replace(task(world, "true"), resources=Resources(memory=2**50)),
            replace(task(world, "true"), resources=Resources(gpus=1)),
            replace(task(world, "true"), queue="closed", resources=Resources(cpus=999)),
        ]
        taken = batch.submit(bad)
        assert [bool(taken[one.key].words) for one in bad] == [True] * 4
        with pytest.raises(BatchUnavailableError, match="inactive"):
            batch.submit([replace(task(world, "true"), queue="closed")])

    def test_no_guard_can_be_started(self, world):
        one = task(world, "true")
        with closing(world.batch(python="/none/python3")) as batch:
            (sight,) = ran(world, batch, one)
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.SITE)

    def test_a_controller_that_is_down_is_no_news(self, world, batch, site):
        one = shell(world, "until [ -e go ]; do sleep 0.1; done; exit 5")
        handle = submitted(world, batch, [one])[one.key]
        state = lambda: batch.look({handle: one.folder})[handle].state  # noqa: E731
        patiently(world, lambda: state() is RunState.RUNNING)
        site.stop("slurmctld")
        try:
            more = task(world, "true")
            with closing(world.batch(timeout_s=2.0)) as hasty:
                for call in (
                    lambda: hasty.submit([more]),
                    lambda: hasty.look({handle: one.folder}),
                    lambda: hasty.cancel([handle]),
                    hasty.depth,
                ):
                    with pytest.raises(BatchUnavailableError):
                        call()
            (one.folder / "go").touch()
        finally:
            site.start_control()
        patiently(world, lambda: "node" in site.ask("sinfo", "-h"))
        sight = ended(world, batch, {handle: one.folder})[handle]
        assert (sight.state, sight.exit_code) == (RunState.FAILED, 5)
        assert ran(world, batch, more)[0].state is RunState.DONE

    def test_a_run_that_slurm_ends_itself(self, world, batch, site):
        one = shell(world, "sleep 606")
        handle = submitted(world, batch, [one])[one.key]
        patiently(world, (one.folder / "stdout").exists)
        site.ask("scontrol", "update", "nodename=node", "state=down", "reason=test")
        try:
            sight = ended(world, batch, {handle: one.folder})[handle]
        finally:
            site.ask("scontrol", "update", "nodename=node", "state=resume")
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.SITE), sight
        assert sight.foreign == "NODE_FAIL"


def test_words_that_we_do_not_know_stay_unknown(tmp_path):
    """And all that Slurm has are known."""
    line = "7|0|{}|0|N/A|None|n1|waystation:ab|"
    both = records.queue(line.format("PENDING").replace("|0|", "|[0-2,7%4]|", 1))
    assert [each.handle for each in both] == ["7_0", "7_1", "7_2", "7_7"]
    for word, state in {**STATES, "NEW_WORD": RunState.UNKNOWN}.items():
        known = {each.handle: each for each in records.queue(line.format(word))}
        seen = looking.sight("7_0", tmp_path, known)
        assert isinstance(seen, Sight)
        late = state is RunState.DONE  # its folder does not show it yet
        assert seen.state is (RunState.ENDING if late else state), word
        assert seen.foreign == word


def test_what_accounting_says_is_read():
    text = "12_3|CANCELLED by 1000|0:15|2026-01-01T00:00:00|None|n1|waystation:ab\n"
    text += "12_4|FAILED|3:0|Unknown|None|n1|\nbad line\n"
    first, second = records.accounts(text)
    assert (first.handle, first.code, first.group) == ("12_3", 143, "ab")
    assert (second.code, second.began, second.group) == (3, None, "")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("infinite", 0), ("30:00", 1800), ("1:00:00", 3600), ("2-00:00:00", 172_800), ("n/a", 0)],
)
def test_times_of_partitions(text, seconds):
    line = f"long|up|n1|64|1/62/1/64|128000|{text}|gpu:a100:4(S:0-1),gpu:2|mixed|"
    (part,) = records.parts(line)
    assert (part.time_s, part.gpus, part.free, part.memory) == (seconds, 6, 62, 128_000 * 2**20)
