"""HTCondor's real bindings, before a look-alike of what they would speak to."""

import json
import os
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import classad2
import htcondor2
import msgspec
import pytest

from waystation.backends.batch.hands.folder import Began, Ended, Trace
from waystation.backends.batch.htcondor import asking, description, looking, records, states
from waystation.backends.batch.htcondor.batch import HTCondorBatch
from waystation.backends.batch.htcondor.config import HTCondorConfig
from waystation.backends.batch.htcondor.records import Ad, Slot
from waystation.domains.jobs.entities import Blame, Resources, RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.condor import running, words
from waystation_testing.batch import (
    HOSTILE,
    BatchContract,
    ended,
    patiently,
    ran,
    shell,
    submitted,
    task,
)

KEYS = (
    'a"b',
    "a\\",
    '\\"',
    '"}) || true || member(1, {1',
    "two\nlines",
    "$(x)",
    "$$(y)",
    "ü日",
    "",
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Condor:
    """A pool with one machine."""

    patience_s = 60.0
    many = 8
    slots = 8

    def __init__(self, root):
        self.root, self.home = root, root / "pool"
        self.python = running.interpreter(self.home, self.slots)

    def batch(self, **more):
        more = {"helper": str(self.python), "experimental": True, **more}
        return HTCondorBatch(HTCondorConfig("farm", **more), SystemClock(), self.root / "state")

    def folder(self, key):
        place = self.root / "jobs $(HOME) 'ü'" / key
        place.mkdir(parents=True)
        return place


class TestHTCondor(BatchContract):
    @pytest.fixture
    def world(self, tmp_path):
        made = Condor(tmp_path)
        yield made
        running.close(made.home)

    def test_an_answer_that_was_lost(self, world, batch):
        tasks = [shell(world, "echo ran >>count; until [ -e go ]; do sleep 0.1; done"),
                 task(world, "true")]  # fmt: skip
        with running.changed(world.home) as pool:
            pool.lose = 1
        with pytest.raises(BatchUnavailableError):
            batch.submit(tasks)
        with closing(world.batch()) as other:
            handles = submitted(world, other, tasks)
            assert handles == other.find(tasks) == batch.find(tasks)
            (tasks[0].folder / "go").touch()
            ended(world, other, {handles[one.key]: one.folder for one in tasks})
            assert submitted(world, other, tasks) == handles  # by the history
        assert (tasks[0].folder / "count").read_text() == "ran\n"
        with running.changed(world.home) as pool:
            assert pool.cluster == 1

    def test_a_node_that_was_lost_is_the_sites_fault(self, world, batch):
        one = shell(world, "echo ran >>count; exec sleep 600")
        handle = submitted(world, batch, [one])[one.key]
        patiently(world, (one.folder / "count").exists)
        with running.changed(world.home) as pool:
            pool.lose_node(handle)
        sight = ended(world, batch, {handle: one.folder})[handle]
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.SITE), sight
        assert (one.folder / "count").read_text() == "ran\n"

    def test_one_that_is_held_waits_for_a_person(self, world, batch):
        with running.changed(world.home) as pool:
            pool.paused = True
        one, other = task(world, "true"), task(world, "true")
        handles = submitted(world, batch, [one, other])
        with running.changed(world.home) as pool:
            for key, code in ((one.key, 1), (other.key, 34)):
                pool.hold(handles[key], code, "by root.")
        runs = {handles[each.key]: each.folder for each in (one, other)}
        held, failed = batch.look(runs).values()
        assert (held.state, held.words) == (RunState.HELD, "HTCondor holds it: by root.")
        assert (failed.state, failed.blame) == (RunState.FAILED, Blame.USER)
        batch.cancel([handles[one.key]])
        batch.clean([handles[other.key]])
        assert batch.look(runs)[handles[one.key]].state is RunState.CANCELLED
        with running.changed(world.home) as pool:
            assert not pool.queue

    def test_away_is_said(self, world, batch):
        (world.home / "away").touch()
        for call in (batch.depth, lambda: batch.submit([task(world, "true")]),
                     lambda: batch.look({"1.0": world.root}),
                     lambda: batch.cancel(["1.0"])):  # fmt: skip
            with pytest.raises(BatchUnavailableError, match="Failed to connect"):
                call()
        (world.home / "away").unlink()
        assert ran(world, batch, task(world, "true"))[0].state is RunState.DONE


# ---------------------------------------------------------------------- descriptions, by the real


def described(one, **more):
    """What the real bindings make of a task."""
    config = HTCondorConfig("farm", **more)
    made = htcondor2.Submit(description.commands(config, [one]))
    (item,) = description.items([one])
    for name, value in {**item, "ClusterId": "7", "ProcId": "0"}.items():
        made[name] = value
    return made


def test_nothing_of_a_task_means_anything_to_htcondor(tmp_path):
    names = [f"$(Cmd) $$(OpSys) $ENV(HOME) {each}\nexecutable = /bin/false" for each in HOSTILE]
    for name in names:
        folder = tmp_path / name.replace("/", "_")
        one = replace(
            task(Place(tmp_path), *HOSTILE, TOKEN="secret-of-the-tests"), name=name, folder=folder
        )
        made = described(one)
        assert made.expand("executable") == "/usr/bin/python3"
        told = words.words(made.expand("arguments"))
        assert bytes.fromhex(told[-1]) == os.fsencode(folder / ".way" / "runner.py")
        assert len(told) == 4
        assert words.variables(made.expand("environment")) == {"WAYSTATION_HANDLE": "7.0"}
        assert classad2.ExprTree(made.expand("My.WaystationKey")).eval() == one.key
        text = str(made)
        assert "secret-of-the-tests" not in text
        assert "$$" not in text
        assert text.count("\nexecutable") + text.startswith("executable") == 1


class Place:
    """Where folders are."""

    def __init__(self, root):
        self.root = root

    def folder(self, key):
        return self.root / key


def test_needs_are_said(tmp_path):
    needs = Resources(cpus=4, memory=3 * 2**30 + 1, time_s=60, gpus=2)
    one = replace(task(Place(tmp_path), "true"), resources=needs, project="group_a.b")
    made = described(one, options={"+Site": '"here"', "request_disk": "1GB"}, log=tmp_path / "log")
    for name, value in {"request_cpus": "4", "request_memory": "3073MB", "request_gpus": "2",
                        "accounting_group": "group_a.b", "request_disk": "1GB",
                        "log": f"{tmp_path}/log"}.items():  # fmt: skip
        assert made.expand(name) == value
    rule = classad2.ExprTree(made.expand("periodic_remove"))
    since = {"EnteredCurrentStatus": 0}
    assert rule.eval(classad2.ClassAd({"JobStatus": 2, "NumJobStarts": 1, **since})) is True
    assert rule.eval(classad2.ClassAd({"JobStatus": 1, "NumJobStarts": 1, **since})) is True
    assert rule.eval(classad2.ClassAd({"JobStatus": 1, "NumJobStarts": 0, **since})) is False
    for unsaid in ({"JobStatus": 1, **since}, {"JobStatus": 2}, {}):  # undefined would hold it
        assert rule.eval(classad2.ClassAd(unsaid)) is False


def test_the_list_of_jobs_is_read_as_it_was_written(tmp_path):
    """By the parser of queue statements, with the separator that the bindings use."""
    told = description.items([task(Place(tmp_path), "true") for _ in range(300)])
    lines = "".join("\x1f".join(each.values()) + "\n" for each in told)
    made = htcondor2.Submit({"executable": "/bin/true"})
    made.setQArgs(f"{','.join(told[0])} from (\n{lines})")
    assert list(made.itemdata()) == told


def test_constraints_mean_what_they_say():
    rule = classad2.ExprTree(description.keyed(KEYS))
    for each in KEYS:
        assert rule.eval(classad2.ClassAd({"WaystationKey": each})) is True, each
        assert classad2.ExprTree(description.text(each)).eval() == each
    for other in ("other", "a", '"', "true"):
        assert rule.eval(classad2.ClassAd({"WaystationKey": other})) is False
    assert rule.eval(classad2.ClassAd({})) is not True
    handles = ["5.0", "5.2", "12.7", "x", "1.0 || true", "", "../1.1"]
    ads = {each: classad2.ClassAd(dict(zip(("ClusterId", "ProcId"), each, strict=True)))
           for each in ((5, 0), (5, 1), (5, 2), (12, 7), (12, 0), (1, 0), (1, 1))}  # fmt: skip
    exact, wide = (classad2.ExprTree(rule(handles))
                   for rule in (description.exactly, description.numbered))  # fmt: skip
    assert [each for each, ad in ads.items() if exact.eval(ad)] == [(5, 0), (5, 2), (12, 7)]
    assert {each for each, ad in ads.items() if wide.eval(ad)} == {
        each for each in ads if each[0] in {5, 12}}  # fmt: skip
    for rule in (description.exactly, description.numbered):
        assert classad2.ExprTree(rule([])).eval(ads[5, 0]) is False


def test_the_table_has_all_words_of_the_bindings():
    assert set(states.STATES) == set(states.WORDS) == {int(each) for each in htcondor2.JobStatus}
    for each in htcondor2.JobStatus:
        assert states.word_of(each) == each.name.lower().replace("_", " ")
    for strange in (0, 8, 99, None):
        sight = looking.sight(Ad(1, 0, job_status=strange), None, None, NOW)
        assert (sight.state, sight.foreign) == (RunState.UNKNOWN, str(strange))


def test_values_that_are_none_are_left_out():
    """As an access point tells them: undefined, an error, an expression."""
    said = "[ClusterId = 5; ProcId = 3 - 2; JobStatus = undefined; NumJobStarts = error; \
        ExitCode = Missing; HoldReason = {1}; CompletionDate = 2.5; JobStartDate = 7]"
    told = asking.plain(classad2.ClassAd(said), [*Ad.__struct_encode_fields__, "Nothing"])
    assert told == {"ClusterId": 5, "ProcId": 1, "CompletionDate": 2.5, "JobStartDate": 7}
    ad = msgspec.json.decode(json.dumps(told), type=Ad)
    assert (ad.handle, ad.job_status, ad.word) == ("5.1", None, "None")
    cpus = [{"Cpus": 3, "State": "Unclaimed"}, {"Cpus": 1.0}]
    pool = records.depth(msgspec.convert(cpus, list[Slot]), [])
    assert (pool.slots, pool.free, pool.open) == (4, 3, False)


TOLD = Ended(143, "told", "", 1.0, 2.0, "n", 0, 0)
BEGAN = Trace(claimed=True, began=Began(1.0, "n", 1, "1.0"))
LATE = "PeriodicRemove expression 'JobStatus == 2 && time() > 5' evaluated to TRUE"


@pytest.mark.parametrize(
    ("ad", "trace", "state", "blame"),
    [
        ({"job_status": 3}, BEGAN, RunState.ENDING, Blame.NONE),
        ({"job_status": 3}, Trace(), RunState.CANCELLED, Blame.NONE),
        ({"job_status": 3, "remove_reason": "SYSTEM_PERIODIC_REMOVE evaluated to TRUE"},
         Trace(ended=TOLD), RunState.FAILED, Blame.SITE),
        ({"job_status": 3, "remove_reason": LATE, "last_job_status": 2},
         Trace(ended=TOLD), RunState.FAILED, Blame.USER),
        ({"job_status": 3, "remove_reason": LATE, "last_job_status": 1},
         Trace(ended=TOLD), RunState.FAILED, Blame.SITE),
        ({"job_status": 4}, Trace(ended=TOLD), RunState.FAILED, Blame.SITE),
        ({"job_status": 4, "completion_date": NOW.timestamp()}, BEGAN, RunState.ENDING,
         Blame.NONE),
        ({"job_status": 4, "completion_date": 1.0}, BEGAN, RunState.FAILED, Blame.SITE),
        ({"job_status": 4, "exit_code": 1}, Trace(), RunState.FAILED, Blame.SITE),
        ({"job_status": 5, "hold_reason_code": 34}, BEGAN, RunState.FAILED, Blame.USER),
        ({"job_status": 7}, None, RunState.RUNNING, Blame.NONE),
        ({"job_status": 6}, None, RunState.ENDING, Blame.NONE),
    ],
)  # fmt: skip
def test_who_ended_it(ad, trace, state, blame):
    sight = looking.sight(Ad(1, 0, **ad), None, trace, NOW)
    assert (sight.state, sight.blame) == (state, blame), sight


# ---------------------------------------------------------------------------------- nobody there


def test_the_real_bindings_with_nobody_there(tmp_path):
    conf = tmp_path / "condor_config"
    conf.write_text(
        "COLLECTOR_HOST = 127.0.0.1:1\nLOCAL_CONFIG_FILE =\nSEC_DEFAULT_AUTHENTICATION = NEVER\n"
    )
    for more in ({}, {"pool": "127.0.0.1:1", "schedd": "here"}):
        config = HTCondorConfig("farm", conf=conf, timeout_s=20, **more)
        with closing(HTCondorBatch(config, SystemClock(), tmp_path / "state")) as batch:
            (words_,) = batch.check_config()
            assert "experimental" in words_
            for call in (batch.depth, lambda: batch.submit([task(Place(tmp_path), "true")]),
                         lambda: batch.look({"1.0": tmp_path})):  # fmt: skip
                with pytest.raises(BatchUnavailableError, match=r"^HTCondor: .*\.$"):
                    call()


def test_bindings_that_are_missing_are_named(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nshift; exec {sys.executable} -IS "$@"\n')
    bare.chmod(0o755)
    for helper, conf, said in ((bare, None, "package htcondor"), ("/none", None, "/none"),
                               (bare, tmp_path / "none", "no file")):  # fmt: skip
        config = HTCondorConfig("farm", True, helper=str(helper), conf=conf)
        with closing(HTCondorBatch(config, SystemClock(), tmp_path / "state")) as batch:
            (words_,) = batch.check_config()
            assert said in words_


def test_what_does_not_answer_has_a_deadline(tmp_path):
    deaf = tmp_path / "python"
    deaf.write_text("#!/bin/sh\nexec sleep 600\n")
    deaf.chmod(0o755)
    config = HTCondorConfig("farm", helper=str(deaf), timeout_s=0.2)
    with closing(HTCondorBatch(config, SystemClock(), tmp_path / "state")) as batch:
        with pytest.raises(BatchUnavailableError, match="did not answer within"):
            batch.depth()
        with pytest.raises(BatchUnavailableError, match="did not answer within"):
            batch.look({f"{n}.0": tmp_path for n in range(20_000)})  # more than a pipe holds
        assert "did not answer" in " ".join(batch.check_config())
