"""Jobs from the wish to the end, on this machine, with real commands."""

import hashlib
import shutil

import pytest

from jobs.yard import SPACE, Resources
from waystation.domains.jobs.entities import Input, Wish
from waystation.domains.jobs.rules import objection
from waystation.kernel.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError

SH = shutil.which("sh") or "/bin/sh"


def test_a_command_runs_and_its_words_are_kept(yard):
    asked = yard.ask(SH, "-c", 'echo "$0 $1"; echo late >&2', "{n}", "it's {item}", name="hello")
    done = yard.ended(asked.id)
    assert (done.state, done.done) == ("done", 1)
    (job,) = yard.jobs.jobs(yard.admin, asked.id)
    assert (job.state, job.exit_code, job.attempt, job.cluster) == ("done", 0, 1, "here")
    assert job.began is not None
    out, err = (
        yard.jobs.log(yard.admin, asked.id, 1, stream=name, offset=0, limit=100)
        for name in ("stdout", "stderr")
    )
    assert (out, err) == (b"1 it's \n", b"late\n")
    yard.check_books()


def test_inputs_come_from_a_space_and_outputs_go_home(yard):
    yard.world.hosting.files.make_folder(yard.admin, SPACE, "in")
    yard.world.put("in/a b.dat", b"one", who=yard.admin)
    yard.world.put("in/c.dat", b"two", who=yard.admin)
    asked = yard.ask(
        SH, "-c", "mkdir deep; tr a-z A-Z < got.dat > deep/out.txt; ln -s /etc/passwd x.txt",
        items=("a b.dat", "c.dat"),
        inputs=(Input(SPACE, "", "in/{item}", "got.dat"),),
        outputs=("**/*.txt",),
        space=SPACE,
        prefix="results/{item}",
    )  # fmt: skip
    assert yard.ended(asked.id).state == "done"
    left = yard.jobs.outputs(yard.admin, asked.id)
    assert [(each.n, each.name, each.path, each.words) for each in left] == [
        (1, "deep/out.txt", "results/a b.dat/deep/out.txt", ""),
        (2, "deep/out.txt", "results/c.dat/deep/out.txt", ""),
    ]
    assert yard.world.get("results/c.dat/deep/out.txt", yard.admin) == b"TWO"
    assert left[1].sha256 == hashlib.sha256(b"TWO").hexdigest()
    yard.check_books()


def test_a_command_that_fails_is_the_users_and_is_not_tried_again(yard):
    asked = yard.ask(SH, "-c", "exit 3")
    ended = yard.ended(asked.id)
    (job,) = yard.jobs.jobs(yard.admin, asked.id)
    assert (ended.state, job.state, job.exit_code, job.blame) == ("failed", "failed", 3, "user")
    assert job.attempt == 1
    (run,) = yard.jobs.runs(yard.admin, asked.id)
    assert (run.outcome, run.exit_code) == ("failed", 3)


def test_an_input_that_is_not_there_is_said(yard):
    asked = yard.ask(SH, "-c", "true", inputs=(Input(SPACE, "", "gone.dat"),))
    assert yard.ended(asked.id).state == "failed"
    (job,) = yard.jobs.jobs(yard.admin, asked.id)
    assert "There is no file gone.dat in lab." in job.words


def test_outputs_that_are_missing_are_said(yard):
    asked = yard.ask(SH, "-c", "true", outputs=("*.fits",), space=SPACE)
    assert yard.ended(asked.id).state == "failed"
    (job,) = yard.jobs.jobs(yard.admin, asked.id)
    assert job.words == "It left no file that fits *.fits."


def test_cancelled_while_it_runs_and_run_again(yard):
    asked = yard.ask(SH, "-c", "sleep 60", count=2, resources=Resources(cpus=4))
    yard.until(lambda: "running" in yard.states(asked.id))
    yard.jobs.cancel(yard.admin, asked.id)
    ended = yard.ended(asked.id)
    assert (ended.state, ended.cancelled) == ("cancelled", 2)
    with pytest.raises(ConflictError):
        yard.jobs.cancel(yard.admin, asked.id)
    again = yard.jobs.retry(yard.admin, asked.id, [2])
    assert again.finished is None
    yard.until(lambda: "running" in yard.states(asked.id))
    assert yard.states(asked.id) == ["cancelled", "running"]
    yard.jobs.cancel(yard.admin, asked.id)
    yard.ended(asked.id)
    yard.check_books()


def test_one_after_the_other(yard):
    first = yard.ask(SH, "-c", "exit {item}", items=("0",))
    second = yard.ask(SH, "-c", "true", after=(first.id,))
    bad = yard.ask(SH, "-c", "exit 1", after=(second.id,))
    last = yard.ask(SH, "-c", "true", after=(bad.id,))
    assert yard.ended(last.id).state == "cancelled"
    assert [yard.view(each.id).state for each in (first, second, bad)] == [
        "done",
        "done",
        "failed",
    ]
    assert yard.view(last.id).words == "A request before it has failed."


def test_asked_twice_it_is_made_once(yard):
    one, two = (yard.ask(SH, "-c", "true", key="mine") for _ in range(2))
    assert one.id == two.id


def test_nobody_else_sees_or_stops_it(yard):
    asked = yard.ask(SH, "-c", "true")
    for call in (yard.jobs.request, yard.jobs.jobs, yard.jobs.cancel, yard.jobs.outputs):
        with pytest.raises(NotFoundError):
            call(yard.world.ben, asked.id)


def test_who_is_in_no_group_of_jobs_may_run_none(yard):
    with pytest.raises(ForbiddenError, match="may not run jobs"):
        yard.jobs.submit(yard.world.ben, Wish(command=("true",)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"command": ()},
        {"command": ("a\0b",)},
        {"count": 0},
        {"count": 100_001},
        {"count": 2, "items": ("a",)},
        {"outputs": ("../x",), "space": SPACE},
        {"outputs": ("x",)},
        {"inputs": (Input(SPACE, "", "a", "../b"),)},
        {"inputs": (Input(SPACE, "", "a"), Input(SPACE, "", "d/a"))},
        {"inputs": (Input("", "", "a"),)},
        {"inputs": (Input(SPACE, "", "a", ".way/x"),)},
        {"environment": {"A=B": "c"}},
        {"resources": Resources(cpus=0)},
        {"priority": 10},
        {"attempts": 0},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong):
    assert objection(Wish(**{"command": ("true",), **wrong}))


def test_a_refusal_changes_nothing(yard):
    with pytest.raises(MalformedError, match="A request has 1 to 100,000 jobs"):
        yard.ask("true", count=0)
    assert yard.jobs.requests(yard.admin) == []


def test_more_cores_than_there_are_anywhere_are_refused(yard):
    yard.step()
    with pytest.raises(MalformedError, match="No cluster has 5 cores"):
        yard.ask(SH, "-c", "true", resources=Resources(cpus=5))


def test_folders_go_when_they_were_kept_long_enough(yard):
    asked = yard.ask(SH, "-c", "echo x > y")
    yard.ended(asked.id)
    folder = yard.root / "work" / str(asked.id) / "1-1"
    assert (folder / "y").exists()
    yard.world.clock.forward(days=3)
    yard.step()
    assert not folder.exists()
