"""Folders that go into jobs: all files that are in them when a job begins."""

import shutil

import pytest

from jobs.yard import SPACE
from waystation.bootstrap.folders import Folders
from waystation.domains.jobs.entities import Input, Wish
from waystation.domains.jobs.rules import objection
from waystation.kernel.errors import MalformedError, NotFoundError

SH = shutil.which("sh") or "/bin/sh"


@pytest.fixture
def nights(yard):
    """Two folders, one with another in it."""
    for folder in ("raw", "raw/one", "raw/one/deep", "raw/two", "raw/none"):
        yard.world.hosting.files.make_folder(yard.admin, SPACE, folder)
    for path in ("one/a.dat", "one/deep/b c.dat", "two/d.dat"):
        yard.world.put(f"raw/{path}", path.encode(), who=yard.admin)
    return yard


def test_a_folder_goes_in_whole_and_does_not_come_home(nights):
    asked = nights.ask(
        SH, "-c", "cat one/a.dat 'one/deep/b c.dat' > sum.dat; echo new > one/new.dat",
        inputs=(Input(SPACE, "", "raw/one/"),), outputs=("**/*.dat",), space=SPACE, prefix="out",
    )  # fmt: skip
    assert nights.ended(asked.id).state == "done"
    left = [each.path for each in nights.jobs.outputs(nights.admin, asked.id)]
    assert left == ["out/one/new.dat", "out/sum.dat"]
    assert nights.world.get("out/sum.dat", nights.admin) == b"one/a.datone/deep/b c.dat"


def test_each_job_has_its_own_and_its_own_name_for_it(nights):
    asked = nights.ask(
        SH, "-c", "find data -type f > list.txt", items=("one", "two"),
        inputs=(Input(SPACE, "", "raw/{item}/", "data"),), outputs=("list.txt",), space=SPACE,
        prefix="lists/{item}",
    )  # fmt: skip
    assert nights.ended(asked.id).state == "done"
    assert nights.world.get("lists/two/list.txt", nights.admin) == b"data/d.dat\n"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("raw/none/", "There is no file in raw/none/ of lab."),
        ("raw/gone/", "gone"),
        ("raw/two/d.dat/", "raw/two/d.dat/ is no folder."),
    ],
)
def test_what_is_no_folder_is_said(nights, path, words):
    asked = nights.ask(SH, "-c", "true", inputs=(Input(SPACE, "", path, "x"),))
    assert nights.ended(asked.id).state == "failed"
    (job,) = nights.jobs.jobs(nights.admin, asked.id)
    assert words in job.words
    assert job.blame == "user"


def test_a_folder_has_so_many_files_at_most(nights):
    world = nights.world
    few = Folders(world.catalogue, world.hosting, most=1)
    with pytest.raises(MalformedError, match="more than 1 files in raw/one/ of lab"):
        few.files(nights.admin, Input(SPACE, "", "raw/one/"))
    assert len(few.files(nights.admin, Input(SPACE, "", "raw/two/"))) == 1


def test_nobody_elses_folder_goes_in(nights):
    world = nights.world
    with pytest.raises(NotFoundError):
        Folders(world.catalogue, world.hosting).files(world.ben, Input(SPACE, "", "raw/one/"))


def test_a_whole_space_needs_a_name():
    assert objection(Wish((SH,), inputs=(Input(SPACE, "", "/"),)))
    assert not objection(Wish((SH,), inputs=(Input(SPACE, "", "/", "all"),)))
