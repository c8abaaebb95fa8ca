"""Row 9 of the Data Host's document: how jobs are submitted, per user and group."""

import dataclasses
import shutil

import pytest

from waystation.domains.accounts.door import Scope
from waystation.domains.jobs.entities import Wish
from waystation.domains.jobs.rules import Access
from waystation.domains.jobs.service.jobs import Jobs
from waystation.kernel.errors import ForbiddenError, NotFoundError

TRUE = shutil.which("true") or "/bin/true"
CLUSTERS = ("farm", "grid", "here")
ANY = Wish((TRUE,))
ACCESS = Access(
    groups=frozenset({"lab"}),
    only={"grid": frozenset({"@grid", "ana"})},
    usual={"@lab": ("farm",), "ana": ("grid", "gone")},
)


def _member(yard, *groups):
    scopes = yard.world.ben.scopes | {Scope.RUN}
    return dataclasses.replace(yard.world.ben, groups=frozenset(groups), scopes=scopes)


def test_row_9_each_has_a_usual_method_and_allowed_ones(yard):
    ben, ana = _member(yard, "lab"), yard.world.ana
    assert ACCESS.chosen(ben, ANY, CLUSTERS) == ("farm",), "his group's"
    assert ACCESS.chosen(ben, dataclasses.replace(ANY, clusters=("here",)), CLUSTERS) == (
        "here",
    ), "he may say another"
    assert ACCESS.chosen(ana, ANY, CLUSTERS) == ("grid",), "her own comes first"
    assert ACCESS.chosen(yard.admin, ANY, CLUSTERS) == (), "any"
    assert ACCESS.chosen(_member(yard, "other"), ANY, CLUSTERS) == ("farm", "here")
    assert [ACCESS.uses(who, "grid") for who in (ben, ana, _member(yard, "grid"))] == [
        False,
        True,
        True,
    ]


def test_row_9_a_method_that_is_not_for_somebody_is_not_there(yard):
    access = Access(frozenset({"lab"}), only={"here": frozenset({"@chosen"})})
    world = yard.world
    jobs = Jobs(world.database, world.clock, yard.desk.depot, yard._log, access)
    outside, inside = _member(yard, "lab"), _member(yard, "lab", "chosen")
    for clusters in ((), ("here",)):
        with pytest.raises(NotFoundError, match="for this account"):
            jobs.submit(outside, Wish(command=(TRUE,), clusters=clusters))
    assert jobs.clusters(outside) == []
    with pytest.raises(ForbiddenError, match="may not run jobs"):
        jobs.submit(_member(yard, "chosen"), Wish(command=(TRUE,)))
    asked, _ = jobs.submit(inside, Wish(command=(TRUE,)))
    assert yard.ended(asked.id).state == "done"
    assert [view.name for view in jobs.clusters(inside)] == ["here"]
