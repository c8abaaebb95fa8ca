"""Requests that ended are kept for ever, or as long as the settings say."""

import shutil
from contextlib import closing
from datetime import timedelta

import pytest

from jobs.yard import SPACE, Yard
from waystation.kernel.errors import NotFoundError

SH = shutil.which("sh") or "/bin/sh"
TABLES = ("jobs_request", "jobs_job", "jobs_run", "jobs_output")


def rows(yard):
    """How many there are of each."""
    return [yard.world.rows(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES]


def later(yard, days):
    yard.world.clock.forward(days=days)
    for _ in range(3):
        yard.step()


def asked(yard, **more):
    given = {"count": 2, "outputs": ("*.txt",), "space": SPACE, **more}
    return yard.ask(SH, "-c", "echo out >out.txt", **given).id


def test_they_are_forgotten_with_all_that_is_known_of_them_but_their_files(dsn, tmp_path):
    with closing(Yard(dsn, tmp_path, history=timedelta(days=30))) as yard:
        old = asked(yard, key="mine")
        assert yard.ended(old).state == "done"
        entry = yard.world.rows("SELECT min(entry_id) FROM jobs_output")[0][0]
        assert yard.jobs.maker(yard.admin, entry).request == old
        later(yard, 29)
        assert rows(yard) == [1, 2, 2, 2]
        new = asked(yard)
        assert yard.ended(new).state == "done"
        later(yard, 2)
        assert rows(yard) == [1, 2, 2, 2]
        with pytest.raises(NotFoundError):
            yard.jobs.request(yard.admin, old)
        assert yard.jobs.maker(yard.admin, entry) is None
        assert yard.world.get(f"jobs/{old}/1/out.txt", yard.admin) == b"out\n"
        assert not (yard.root / "work" / str(old)).exists()
        assert asked(yard, key="mine") > new, "its key is free again"


def test_what_is_not_over_and_what_others_come_after_stays(dsn, tmp_path):
    with closing(Yard(dsn, tmp_path, history=timedelta(days=30))) as yard:
        first = yard.ask(SH, "-c", "exit 1").id
        yard.ended(first)
        waits = yard.ask(SH, "-c", "sleep 600").id
        yard.until(lambda: yard.states(waits) == ["running"])
        last = yard.ask(SH, "-c", "true", after=(waits, first)).id
        assert yard.ended(last).state == "cancelled"
        later(yard, 20)
        yard.jobs.retry(yard.admin, last)
        assert yard.ended(last).state == "cancelled", "the one before it has failed still"
        later(yard, 20)
        assert rows(yard)[0] == 3, "what it came after is known as long as itself"
        later(yard, 20)
        assert [row[0] for row in yard.world.rows("SELECT id FROM jobs_request")] == [waits]
        assert yard.states(waits) == ["running"]


def test_folders_that_could_not_be_cleaned_keep_them(dsn, tmp_path):
    with closing(Yard(dsn, tmp_path, history=timedelta(days=30))) as yard:
        old = asked(yard)
        yard.ended(old)
        yard.batch.away.add("clean")
        yard.world.clock.forward(days=60)
        steps = [step for name, step, _ in yard.steps() if not name.startswith("jobs-clean")]
        for step in [*steps, *steps]:
            step()
        assert rows(yard)[0] == 1
        yard.batch.away.clear()
        later(yard, 1)
        assert rows(yard) == [0, 0, 0, 0]


def test_nothing_is_forgotten_where_nobody_asked_for_it(yard):
    old = asked(yard)
    yard.ended(old)
    later(yard, 36_500)
    assert rows(yard) == [1, 2, 2, 2]
