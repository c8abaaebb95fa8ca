"""A house that dies at any moment: each job runs once, and ends as it would have."""

import shutil
from datetime import timedelta

import psycopg
import pytest

from jobs.yard import SPACE, Yard
from running import until
from waystation.domains.jobs.controller.work import taken
from waystation.domains.jobs.states import JobState

SH = shutil.which("sh") or "/bin/sh"
# Appends: a command that ran twice would have written twice.
COMMAND = (SH, "-c", 'echo once >> "$0"; echo out > out.txt')
MOST = 200


def _asked(yard: Yard) -> int:
    script = str(yard.root / "ran-{n}")
    return yard.ask(*COMMAND, script, count=2, outputs=("*.txt",), space=SPACE).id


def _right(yard: Yard, request: int) -> None:
    assert yard.ended(request).state == "done", yard.told()
    assert [(yard.root / f"ran-{n}").read_text() for n in (1, 2)] == ["once\n"] * 2
    left = yard.jobs.outputs(yard.admin, request)
    assert [(each.n, each.name) for each in left] == [(1, "out.txt"), (2, "out.txt")]
    yard.check_books()


def test_killed_anywhere_each_runs_once(dsn, tmp_path):
    """One house after the other in one database: each dies one place later than the one before."""
    yard = Yard(dsn, tmp_path)
    died = 0
    try:
        for place in range(1, MOST):
            yard.root = tmp_path / f"life{place}"
            yard.root.mkdir()
            yard.build()
            request = _asked(yard)
            yard.world.fate.passed.clear()
            yard.world.fate.place = place
            while not yard.view(request).finished and not yard.killed():
                yard.world.clock.forward(seconds=1)
            yard.world.fate.place = 0
            if not yard.view(request).finished:
                died += 1
                yard.world.clock.forward(minutes=3)
            _right(yard, request)
            if len(yard.world.fate.passed) < place:
                break
    finally:
        yard.close()
    assert died > 5, "it died in the middle of its work, again and again"


@pytest.mark.parametrize("name", ["submit", "look", "fetch"])
def test_a_cluster_that_is_away_for_an_hour_is_waited_for(yard, name):
    yard.batch.away.add(name)
    request = _asked(yard)
    for _ in range(10):
        yard.step()
        yard.world.clock.forward(minutes=6)
    assert not yard.view(request).finished
    yard.batch.away.clear()
    yard.world.clock.forward(hours=1)
    _right(yard, request)


def test_stopped_while_nobody_knows_whether_it_was_taken_it_never_runs(yard):
    yard.batch.away.add("submit")
    request = _asked(yard)
    yard.until(lambda: yard.world.rows("SELECT 1 FROM jobs_job WHERE asked"))
    yard.jobs.cancel(yard.admin, request)
    yard.batch.away.clear()
    assert yard.ended(request).state == "cancelled"
    assert not list(yard.root.glob("ran-*"))


def test_results_that_never_come_home_are_given_up_in_words(yard):
    yard.batch.away.add("fetch")
    request = _asked(yard)
    yard.until(lambda: set(yard.states(request)) == {"finishing"})
    for _ in range(30):
        yard.world.clock.forward(hours=1)
        yard.step()
    yard.batch.away.clear()
    assert yard.ended(request).state == "done", "they were run again"
    runs = yard.jobs.runs(yard.admin, request)
    assert "Its results cannot be had" in runs[0].words


def test_what_takes_longer_than_a_lease_stays_with_who_does_it(dsn, tmp_path):
    yard = Yard(dsn, tmp_path, lease=timedelta(seconds=0.3))
    try:
        request = _asked(yard)
        yard.batch.away.add("submit")
        yard.until(lambda: "sending" in yard.states(request))
        yard.batch.away.clear()
        yard.world.clock.forward(hours=1)
        cluster = next(iter(yard.desk.clusters.values()))
        left = "SELECT 1 FROM jobs_job WHERE state = 3 AND due <= %s"
        with taken(yard.desk, cluster, JobState.SENDING, 10) as mine:
            assert mine
            for _ in range(5):
                yard.world.clock.forward(seconds=0.25)
                assert until(lambda: not _rows(yard, left), 10)
        yard.world.clock.forward(seconds=1)
        _right(yard, request)
    finally:
        yard.close()


def _rows(yard: Yard, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(yard.world.dsn) as conn:
        return conn.execute(sql.encode(), [yard.world.clock.now()]).fetchall()
