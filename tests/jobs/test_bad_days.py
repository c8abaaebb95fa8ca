"""Bad days of jobs, each in a house of its own: nothing is lost, run twice or hosted by half."""

import hashlib
import itertools
import resource
import shutil
from contextlib import closing
from dataclasses import replace
from functools import partial
from threading import Thread

import pytest

from jobs.far import ArcYard
from jobs.moments import MomentsYard
from jobs.yard import SPACE
from running import until
from waystation.domains.jobs.controller.gathering import gather
from waystation.domains.jobs.controller.placing import _place
from waystation.domains.jobs.controller.watching import survey
from waystation.domains.jobs.entities import Blame, RunState, Sight, Wish
from waystation.domains.quotas.door import Limits
from waystation.kernel.errors import ConflictError, NotFoundError
from waystation_testing.batch import HOSTILE

SH = shutil.which("sh") or "/bin/sh"
ONCE = 'echo once >>"$0"; echo out >out.txt'
KIB = 2**10
numbers = itertools.count()


@pytest.fixture
def busy(dsn, tmp_path):
    """A house in which something else can happen at any call."""
    with closing(MomentsYard(dsn, tmp_path)) as made:
        yield made


def asked(yard, script=ONCE, **more):
    """A job that notes each of its runs; its request, and where."""
    ran = yard.root / f"ran-{next(numbers)}"
    given = {"outputs": ("*.txt",), "space": SPACE, **more}
    return yard.ask(SH, "-c", script, str(ran), **given).id, ran


def hosted(yard, request):
    """What is in the space of a request."""
    try:
        return {"out.txt": yard.world.get(f"jobs/{request}/1/out.txt", yard.admin)}
    except NotFoundError:
        return {}


def one(yard, request):
    (job,) = yard.jobs.jobs(yard.admin, request)
    return job


# --------------------------------------------------------------------- cancel races with finish

MOMENTS = [f"{when} {name}" for name in ("put", "submit", "look", "fetch", "take")
           for when in ("before", "after")]  # fmt: skip


def test_cancelled_at_any_moment_it_ends_in_one_state_with_what_fits_to_it(busy):
    """Another worker is at it in the same moment, too."""
    ends = {}
    for moment in MOMENTS:
        early = moment.endswith(("put", "submit"))
        request, ran = asked(busy, f"{ONCE}; sleep 600" if early else ONCE)

        def cancel(request=request):
            busy.jobs.cancel(busy.admin, request)
            for _ in range(3):
                busy.step()

        busy.at(moment, cancel)
        ends[moment] = busy.ended(request).state
        assert busy.happened, f"nothing was ever {moment}"
        job, left = one(busy, request), busy.jobs.outputs(busy.admin, request)
        runs = ran.read_text() if ran.exists() else ""
        if job.state == "done":
            assert (runs, hosted(busy, request)) == ("once\n", {"out.txt": b"out\n"})
            assert [(each.name, each.words) for each in left] == [("out.txt", "")]
        else:
            assert (job.state, hosted(busy, request), [*left]) == ("cancelled", {}, [])
            assert runs in {"", "once\n"}
        assert len(busy.jobs.runs(busy.admin, request)) == 1
        assert until(lambda: not busy.batch.depth().running, 30), "a run is left behind"
        with pytest.raises(ConflictError):
            busy.jobs.cancel(busy.admin, request)
        busy.check_books()
    told = {name: {ends[f"{when} {name}"] for when in ("before", "after")}
            for name in ("put", "submit", "fetch", "take")}  # fmt: skip
    assert told["put"] == told["submit"] == {"cancelled"}
    assert told["fetch"] == told["take"] == {"done"}, "it had run to its end before"


def test_cancelled_in_the_moment_in_which_it_gets_its_place(yard):
    """Who cancels sees it waiting still, and waits for whoever gives it a place."""
    request, ran = asked(yard)
    for step in (gather, *(partial(survey, cluster=each) for each in yard.desk.clusters.values())):
        step(yard.desk)
    assert yard.states(request) == ["ready"]
    cancel = Thread(target=yard.jobs.cancel, args=(yard.admin, request))
    with yard.world.database.transaction() as conn:
        assert _place(yard.desk, conn) == 1
        cancel.start()
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        assert until(lambda: yard.world.rows(waits), 30)
    cancel.join()
    job = one(yard, request)
    assert (job.state, job.stopping) == ("sending", True), "its cluster may have it already"
    assert yard.ended(request).state == "cancelled"
    assert not ran.exists()


def test_stopped_while_its_site_fails_it_is_not_tried_again(busy):
    busy.answer("look", failed_by_site)
    request, ran = asked(busy, attempts=5)
    busy.at("before fetch", lambda: busy.jobs.cancel(busy.admin, request))
    assert busy.ended(request).state == "cancelled"
    assert (one(busy, request).attempt, ran.read_text()) == (1, "once\n")


# ------------------------------------------------------------------------------- reported twice


def failed_by_site(seen, most=1):
    """What is over in the first runs has failed there."""
    return {
        handle: Sight(RunState.FAILED, blame=Blame.SITE, words="The node broke.")
        if sight.state is RunState.DONE and int(handle.rpartition("-")[2]) <= most
        else sight
        for handle, sight in seen.items()
    }


def test_an_old_report_of_a_run_says_nothing_of_the_next(busy):
    """A worker hangs with its answer until another has seen the same, and began the next run."""
    busy.answer("look", failed_by_site)
    request, ran = asked(busy, 'echo once >>"$0"; sleep 0.2; echo out >out.txt', attempts=5)

    def others():
        busy.world.clock.forward(minutes=3)
        busy.until(lambda: (job := one(busy, request)).attempt > 1 and job.state == "pending")

    def over(seen):
        return any(sight.state is RunState.FAILED for sight in seen.values())

    busy.at("after look", others, when=over)
    assert busy.ended(request).state == "done"
    assert busy.happened
    assert (one(busy, request).attempt, ran.read_text()) == (2, "once\n" * 2)
    assert [each.outcome for each in busy.jobs.runs(busy.admin, request)] == ["failed", "done"]
    busy.check_books()


def test_an_end_that_is_reported_twice_is_one_end(busy):
    request, ran = asked(busy)
    busy.at("after take", lambda: (busy.world.clock.forward(minutes=3), busy.step()))
    assert busy.ended(request).state == "done"
    assert busy.happened
    assert (ran.read_text(), hosted(busy, request)) == ("once\n", {"out.txt": b"out\n"})
    assert len(busy.jobs.runs(busy.admin, request)) == 1
    sql = "SELECT count(*) FROM outbox WHERE topic = 'job-request.ended'"
    assert busy.world.rows(sql) == [(1,)], "its owner is told once"
    busy.check_books()


# ------------------------------------------------------------------------------------ it vanishes


def gone(seen):
    return {each: Sight(RunState.GONE, words="Nobody knows it.") for each in seen}


def test_a_job_that_vanishes_is_waited_for_then_lost_and_said(busy):
    request, ran = asked(busy, f"{ONCE}; sleep 600", attempts=1)
    busy.until(lambda: ran.exists() and busy.states(request) == ["running"])
    busy.answer("look", gone)
    for _ in range(3):
        busy.world.clock.forward(seconds=1)
        busy.step()
    assert one(busy, request).state == "running", "a cluster may forget for a moment"
    assert one(busy, request).words == "The cluster does not know it."
    assert busy.ended(request).state == "failed"
    job = one(busy, request)
    assert (job.state, job.words, hosted(busy, request)) == ("lost", "Nobody knows it.", {})
    assert until(lambda: not busy.batch.depth().running, 30), "it was told to end, if it is there"


def test_a_job_that_comes_back_was_never_lost(busy):
    request, ran = asked(busy, f"{ONCE}; until [ -e $0.go ]; do sleep 0.05; done")
    busy.until(lambda: ran.exists() and busy.states(request) == ["running"])
    busy.answer("look", gone)
    for _ in range(4):
        busy.world.clock.forward(seconds=1)
        busy.step()
    busy.answer("look", None)
    ran.with_name(f"{ran.name}.go").touch()
    assert busy.ended(request).state == "done"
    assert (one(busy, request).attempt, ran.read_text()) == (1, "once\n")


# --------------------------------------------------------------------------- credentials that end


def test_credentials_end_in_mid_run_and_the_job_is_followed_when_there_are_new_ones(dsn, tmp_path):
    with closing(ArcYard(dsn, tmp_path)) as yard:
        go = yard.root / "go"
        script = f'echo once >>"$0"; until [ -e {go} ]; do sleep 0.05; done; echo out >out.txt'
        request, ran = asked(yard, script)
        yard.until(lambda: ran.exists() and yard.states(request) == ["running"])
        yard.site.token = "second"
        for _ in range(3):
            yard.world.clock.forward(hours=1)
            yard.step()
        assert yard.states(request) == ["running"], "no answer is no news"
        (cluster,) = yard.jobs.clusters(yard.admin)
        words = "A-REX does not take our proxy or token: it answers 401."
        assert (cluster.state, cluster.words) == ("silent", words)
        later, _ = asked(yard)
        go.touch()  # it ends while nobody may look
        yard.world.clock.forward(hours=1)
        yard.step()
        yard.token.write_text("second")
        yard.world.clock.forward(hours=1)
        assert yard.ended(request).state == yard.ended(later).state == "done", yard.told()
        assert (ran.read_text(), hosted(yard, request)) == ("once\n", {"out.txt": b"out\n"})
        assert len(yard.site.element.jobs) == 2


# ------------------------------------------------------------------- outputs missing or truncated


def test_an_output_that_was_named_and_is_missing_is_said(yard):
    request, _ = asked(yard, outputs=("out.txt", "b/none.fits", "*.log", "in.txt"))
    assert yard.ended(request).state == "failed"
    job = one(yard, request)
    assert (job.words, job.blame) == ("It left no file that fits b/none.fits, in.txt.", "user")
    assert hosted(yard, request) == {"out.txt": b"out\n"}, "what is there can be looked at"


def test_an_output_that_shrinks_while_it_is_brought_home_is_not_hosted(busy):
    request, _ = asked(busy)

    def cut():
        (busy.root / "work" / str(request) / "1-1" / "out.txt").write_text("o")

    busy.at("before find in the space", cut)  # its size and digest were taken, its bytes were not
    assert busy.ended(request).state == "failed"
    assert busy.happened
    assert one(busy, request).words == "out.txt: 1 of 4 bytes arrived."
    assert hosted(busy, request) == {}
    (left,) = busy.jobs.outputs(busy.admin, request)
    assert left.words
    again = busy.jobs.retry(busy.admin, request)
    assert busy.ended(again.id).state == "done"


def test_a_disk_that_is_full_when_outputs_come_home_is_waited_for(busy):
    """Files of this process cannot grow, as on a full disk; those of the job could."""
    script = f'echo once >>"$0"; head -c {256 * KIB} /dev/zero >out.txt'
    request, ran = asked(busy, script)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64 * KIB, limits[1]))  # noqa: E731
    busy.at("before take", full)
    try:
        busy.until(lambda: busy.happened)
        busy.world.clock.forward(hours=1)
        busy.step()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    job = one(busy, request)
    words = f"Its results wait: There is no room for its files in {SPACE} now."
    assert (job.state, job.words) == ("finishing", words)
    parts = busy.world.root / SPACE / ".waystation" / "landings"
    assert not [*parts.rglob("out.txt")], "what was cut off takes no room"
    busy.world.clock.forward(hours=1)
    assert busy.ended(request).state == "done"
    job, digest = one(busy, request), hashlib.sha256(bytes(256 * KIB)).hexdigest()
    assert (job.words, job.attempt, ran.read_text()) == ("", 1, "once\n")
    assert [each.sha256 for each in busy.jobs.outputs(busy.admin, request)] == [digest]


def test_outputs_beyond_the_limit_of_a_space_are_said_and_not_hosted(busy):
    subject = f"space:{busy.world.space.id}"
    busy.world.hosting.quotas.limit(subject, Limits(hard_bytes=3), now=busy.world.clock.now())
    request, _ = asked(busy)
    assert busy.ended(request).state == "failed"
    assert "out.txt" in one(busy, request).words
    assert hosted(busy, request) == {}


# -------------------------------------------------------------- many of one, one of another


def test_one_job_of_one_owner_is_not_behind_a_thousand_of_another(yard):
    many, _ = asked(yard, 'echo once >>"$0"', count=1000, outputs=(), space="")
    yard.until(lambda: yard.view(many).done > 0)
    ben = replace(yard.world.ben, admin=True)
    single = yard.jobs.submit(ben, Wish(command=(SH, "-c", "true")))[0]
    yard.until(lambda: yard.view(single.id).finished)
    assert yard.view(single.id).state == "done"
    assert yard.view(many).done < 100, "it went among the next, not behind all"
    assert yard.view(many).waiting > 800
    yard.jobs.cancel(yard.admin, many)
    yard.ended(many)


# ------------------------------------------------------------------------------ hostile words


def test_hostile_names_items_and_variables_go_through_the_whole_house(yard):
    script = 'printf %s "$0" >item.bin; printf %s "$HOSTILE" >told.bin'
    wish = Wish(
        command=(SH, "-c", script, "{item}"),
        name=HOSTILE[2],
        items=HOSTILE,
        environment={"HOSTILE": "{item}", "BASH_FUNC_x%%": "() { touch pwned; }"},
        outputs=("*.bin", "pwned"),
        space=SPACE,
        prefix="hostile/{n}",
    )
    request = yard.jobs.submit(yard.admin, wish)[0]
    yard.ended(request.id)
    for n, text in enumerate(HOSTILE, 1):
        for name in ("item.bin", "told.bin"):
            assert yard.world.get(f"hostile/{n}/{name}", yard.admin) == text.encode()
    assert not list(yard.root.rglob("pwned"))
    assert yard.view(request.id).name == HOSTILE[2]
