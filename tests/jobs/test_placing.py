"""Where jobs go: by shares of owners, and beside their files."""

import dataclasses
import shutil
from collections import Counter

from jobs.yard import HERE, SPACE, Yard
from waystation.backends.batch.local.batch import LocalBatch, LocalConfig
from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.jobs.controller.gathering import gather
from waystation.domains.jobs.controller.placing import place
from waystation.domains.jobs.controller.watching import survey
from waystation.domains.jobs.door import Access, Cluster, Desk, Jobs, Wish
from waystation.domains.jobs.entities import Input

TRUE = shutil.which("true") or "/bin/true"


def _rows(yard: Yard, sql: str) -> Counter:
    with yard.world.database.transaction() as conn:
        return Counter(tuple(row) if len(row) > 1 else row[0] for row in conn.execute(sql))


def _runner(who: Grant) -> Grant:
    return dataclasses.replace(who, scopes=who.scopes | {Scope.RUN}, groups=frozenset({"lab"}))


def _placed(desk: Desk) -> None:
    gather(desk)
    for cluster in desk.clusters.values():
        survey(desk, cluster)
    place(desk)


def test_three_jobs_for_one_of_anybody_else(yard):
    access = Access(frozenset({"lab"}), shares={"@survey": 3.0, "@lab": 0.5, "ben": 1})
    world = yard.world
    jobs = Jobs(world.database, world.clock, yard.desk.depot, yard._log, access)
    survey_too = dataclasses.replace(_runner(world.ana), groups=frozenset({"lab", "survey"}))
    for who in (_runner(world.ben), survey_too):
        jobs.submit(who, Wish((TRUE,), count=20))
    _placed(yard.desk)
    owners = """SELECT r.owner_id FROM jobs_job j JOIN jobs_request r ON r.id = j.request_id
      WHERE j.state = 3"""
    assert _rows(yard, owners) == {world.ana.user_id: 3, world.ben.user_id: 1}


def test_jobs_go_where_their_files_are_while_there_is_room(yard):
    world = yard.world
    world.put("night.fits", b"stars", who=yard.admin)
    batch = LocalBatch(LocalConfig("larger", cores=64), yard.root / "larger")
    larger = Cluster("larger", "local", batch, yard.root / "work-larger", 1000)
    desk = dataclasses.replace(
        yard.desk,
        clusters={**yard.desk.clusters, "larger": larger},
        policy=dataclasses.replace(yard.policy, near={HERE: (SPACE, "tapes")}),
    )
    beside = yard.ask(TRUE, count=6, inputs=(Input(SPACE, "", "night.fits"),))
    anywhere = yard.ask(TRUE, count=3)
    _placed(desk)
    where = """SELECT j.request_id, c.name FROM jobs_job j JOIN jobs_cluster c
      ON c.id = j.cluster_id WHERE j.state = 3"""
    assert _rows(yard, where) == {
        (beside.id, HERE): 4,
        (beside.id, "larger"): 2,
        (anywhere.id, "larger"): 3,
    }
