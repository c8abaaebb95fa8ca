"""Runs on this machine keep the promises of jobs' ports."""

import json
import os
import pwd
import signal
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from waystation.backends.batch.local.batch import LocalBatch, LocalConfig
from waystation.domains.jobs.entities import Blame, Resources, RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation_testing.batch import (
    MIB,
    BatchContract,
    ended,
    left,
    lives,
    patiently,
    ran,
    shell,
    submitted,
    task,
)


class Local:
    """This machine with so many cores."""

    patience_s = 60.0
    many = 40
    slots = 16

    def __init__(self, root: Path) -> None:
        self.root = root

    def batch(self):
        return LocalBatch(LocalConfig("here", cores=self.slots), self.root / "runs")

    def folder(self, key):
        place = self.root / "jobs" / key
        place.mkdir(parents=True)
        return place


class TestLocal(BatchContract):
    @pytest.fixture
    def world(self, tmp_path):
        return Local(tmp_path)

    def test_only_what_is_free_is_taken(self, world, batch):
        running = [shell(world, "until [ -e go ]; do sleep 0.1; done") for _ in range(world.slots)]
        taken = batch.submit([*running, more := task(world, "true")])
        assert set(taken) == {one.key for one in running}
        assert batch.find([more]) == {}
        assert (batch.depth().free, batch.depth().running) == (0, world.slots)
        with closing(world.batch()) as other:
            assert other.submit([more]) == {}
            assert other.depth() == batch.depth()
        (running[0].folder / "go").touch()
        submitted(world, batch, [more])
        for one in running:
            (one.folder / "go").touch()
        ended(world, batch, {one.key: one.folder for one in running})

    def test_what_a_command_leaves_behind_is_ended(self, world, batch):
        one = shell(world, "setsid sleep 604 >/dev/null 2>&1 & echo $! >pid; echo done")
        (sight,) = ran(world, batch, one)
        assert sight.state is RunState.DONE
        assert not lives(int((one.folder / "pid").read_text()))

    def test_who_is_told_to_end_has_not_ended_well(self, world, batch):
        """The guard hears of it, and the command ends with 0 in the same moment."""
        (sight,) = ran(world, batch, shell(world, "kill -TERM $PPID"))
        assert sight.state is RunState.CANCELLED, sight

    def test_too_much_memory_ends_it(self, world, batch):
        hungry = "x = [bytearray(2**20) for _ in range(96)]; import time; time.sleep(600)"
        one = replace(
            task(world, "/usr/bin/python3", "-c", hungry), resources=Resources(memory=64 * MIB)
        )
        (sight,) = ran(world, batch, one)
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.USER)
        assert "memory" in sight.words
        assert sight.peak is not None
        assert sight.peak > 64 * MIB

    def test_a_guard_that_is_gone_is_the_sites_fault(self, world, batch):
        """As after a restart of the machine; its command does not outlive it."""
        one = shell(world, "setsid sleep 605 & echo $$ >pid; sleep 605")
        submitted(world, batch, [one])
        patiently(
            world, lambda: (one.folder / "pid").exists() and (one.folder / "pid").read_text()
        )
        began = json.loads((one.folder / ".way" / "began").read_text())
        os.kill(began["pid"], signal.SIGKILL)
        sight = ended(world, batch, {one.key: one.folder})[one.key]
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.SITE)
        patiently(world, lambda: not left(one))
        assert submitted(world, batch, [one]) == {one.key: one.key}
        assert batch.look({one.key: one.folder})[one.key] == sight

    def test_a_start_that_a_death_cut_off_is_made_again(self, world, batch):
        one = task(world, "true")
        (world.root / "runs" / one.key).mkdir(parents=True)
        assert batch.find([one]) == {}
        assert batch.look({one.key: one.folder})[one.key].state is RunState.GONE
        assert ran(world, batch, one)[0].state is RunState.DONE

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
    def test_runs_of_another_user(self, world):
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o711)
            world.root = Path(name)
            batch = LocalBatch(LocalConfig("here", run_as="nobody"), world.root / "runs")
            one = shell(world, "id -un; id -G; cat .way/task >/dev/null && echo >new; cat in/own")
            (world.root / "jobs").chmod(0o711)
            (one.folder / "in").mkdir(mode=0o700)
            for file in ("own", "other"):
                (one.folder / "in" / file).write_text("input\n")
                (one.folder / "in" / file).chmod(0o600)
            os.link(one.folder / "in" / "other", world.root / "other")
            (sight,) = ran(world, batch, one)
            who = pwd.getpwnam("nobody")
            groups = sorted({who.pw_gid, *os.getgrouplist("nobody", who.pw_gid)})
            assert sight.state is RunState.DONE, sight
            said = (one.folder / "stdout").read_text().splitlines()
            assert said == ["nobody", " ".join(map(str, groups)), "input"]
            assert (world.root / "other").stat().st_uid == os.geteuid()

    def test_what_is_missing_is_said(self, world, tmp_path):
        config = LocalConfig("here", python="/none/python3", run_as="no-such-user")
        batch = LocalBatch(config, tmp_path / "runs")
        assert len(batch.check_config()) == 2
        assert not batch.depth().open
        assert [one.words for one in batch.submit([task(world, "a\0b")]).values()] != [""]
        with pytest.raises(BatchUnavailableError):
            batch.submit([task(world, "true")])
