"""Jobs at an ARC computing element have the proxy of their owner, and nobody else's."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from certificates import Authority, proxy
from contracts.test_batch_arc import TOKEN, Seven
from crash.world import HandClock
from waystation.backends.batch.arc_rest.batch import NO_PROXY, PROXY_ENDED, RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.domains.jobs.entities import RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import MalformedError, UnavailableError
from waystation_sim.arc.rest import RestSite
from waystation_testing.batch import ended, patiently, shell, submitted

ALICE, BEN, NONE, BROKEN, SEALED = 1, 2, 3, 4, 5
NAMES = {ALICE: "/DC=test/CN=Alice", BEN: "/DC=test/CN=Ben"}
WAITS = "until [ -e go ]; do sleep 0.05; done"


class Owners(Seven):
    """The look-alike, a clock of ours, and what its owners have given us."""

    def __init__(self, site, home, proxies):
        self.proxies = proxies
        self.clock = HandClock()
        self.clock.at = SystemClock().now()
        self.given: dict[int, bytes] = {BROKEN: b"-----BEGIN NOTHING-----\n"}
        self.away = False
        super().__init__(site, home)

    def proxy(self, account_id):
        if self.away:
            raise UnavailableError("The database is away.")
        if account_id == SEALED:
            raise MalformedError("A stored secret was sealed with another key.")
        return self.given.get(account_id)

    def give(self, owner, days=1):
        self.given[owner] = self.proxies(owner, days)

    def batch(self, **more):
        more = {"url": self.site.url, "token_file": self.token, "credentials": "owner", **more}
        return RestBatch(RestConfig("arc", **more), self.clock, self.home / "state", self)

    def task(self, owner, text="true"):
        return replace(shell(self, text), owner=owner)

    def delegation(self, handle):
        """Of a job, as A-REX has it: its name, and whose it is."""
        (name,) = self.site.element.jobs[handle].said["delegationid"]
        return name, self.site.delegations.every[name].subject


@pytest.fixture(scope="module")
def proxies(tmp_path_factory):
    """Of an owner, good for so many days; each is made once."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    people = {owner: authority.person(f"p{owner}", name) for owner, name in NAMES.items()}

    @cache
    def made(owner, days):
        return proxy(people[owner], f"p{owner}-{days}", days=days).pem.read_bytes()

    return made


@pytest.fixture
def world(tmp_path, proxies):
    with closing(RestSite(tmp_path / "site", TOKEN)) as site:
        made = Owners(site, tmp_path, proxies)
        made.give(ALICE)
        made.give(BEN)
        yield made


@pytest.fixture
def batch(world):
    with closing(world.batch()) as made:
        yield made


def running(world, batch, owner=ALICE):
    """A job that goes on; where it is."""
    one = world.task(owner, WAITS)
    handle = submitted(world, batch, [one])[one.key]
    runs = {handle: one.folder}
    patiently(world, lambda: batch.look(runs)[handle].state is RunState.RUNNING)
    return handle, runs


def test_each_job_has_the_proxy_of_its_owner_and_none_is_in_its_folder(world, batch, caplog):
    tasks = [world.task(owner) for owner in (ALICE, BEN, ALICE, BEN)]
    with caplog.at_level("DEBUG"):
        handles = submitted(world, batch, tasks)
        ended(world, batch, {handles[each.key]: each.folder for each in tasks})
    found = [world.delegation(handles[each.key]) for each in tasks]
    names = ["CN=Alice,DC=test", "CN=Ben,DC=test"] * 2
    assert [subject for _, subject in found] == names
    assert len({name for name, _ in found}) == 2, "one of each owner"
    assert len(world.site.delegations.every) == 2
    kept = [each for each in world.home.rglob("*") if each.is_file()]
    assert not [each for each in kept if b"PRIVATE KEY" in each.read_bytes()]
    assert not [each for each in kept if b"BEGIN CERTIFICATE" in each.read_bytes()]
    assert "BEGIN" not in caplog.text


def test_who_has_no_proxy_waits_and_is_in_nobodys_way(world, batch):
    bad = [world.task(owner) for owner in (0, NONE, BROKEN, SEALED)]
    good = world.task(ALICE)
    taken = batch.submit([*bad, good])
    assert taken[good.key].handle
    for each in bad:
        assert (taken[each.key].words, taken[each.key].waits) == (NO_PROXY, True)
        assert not taken[each.key].handle
    assert len(world.site.element.jobs) == 1
    world.give(ALICE, days=3)
    world.given[NONE] = world.given[ALICE]
    assert submitted(world, batch, [bad[1]])


def test_a_proxy_that_ends_in_a_moment_or_was_taken_back_begins_nothing(world, batch):
    first = world.task(ALICE)
    submitted(world, batch, [first])
    world.clock.forward(hours=23, minutes=58)
    one, two = world.task(ALICE), world.task(BEN)
    assert {each.waits for each in batch.submit([one, two]).values()} == {True}
    world.give(ALICE, days=3)
    assert batch.submit([one])[one.key].handle
    del world.given[ALICE]
    assert batch.submit([world.task(ALICE)]).popitem()[1].words == NO_PROXY


def test_a_wallet_that_is_away_is_no_news(world, batch):
    world.away = True
    with pytest.raises(BatchUnavailableError, match="The database is away"):
        batch.submit([world.task(ALICE)])
    assert not world.site.element.jobs


def test_it_is_renewed_in_time_also_by_another_process(world, batch):
    handle, runs = running(world, batch)
    name, _ = world.delegation(handle)
    signed = world.site.delegations.every[name].signed
    for hours, others in ((10, 1), (11, 1)):
        world.clock.forward(hours=hours)
        batch.look(runs)
        assert len(signed) == others, "there is nothing newer"
    world.give(ALICE, days=3)
    world.give(BEN, days=3)
    world.clock.forward(minutes=2)
    with closing(world.batch()) as other:
        for _ in range(3):
            sight = other.look(runs)[handle]
            assert (sight.state, sight.words) == (RunState.RUNNING, "")
        assert len(signed) == 2, "once"
        more = world.task(ALICE)
        assert world.delegation(submitted(world, other, [more])[more.key])[0] == name
    assert world.delegation(handle) == (name, "CN=Alice,DC=test")


def test_it_ends_and_the_job_says_so_and_goes_on_with_the_next(world, batch):
    handle, runs = running(world, batch)
    name, _ = world.delegation(handle)
    world.clock.forward(hours=25)
    sight = batch.look(runs)[handle]
    assert (sight.state, sight.words) == (RunState.RUNNING, PROXY_ENDED)
    world.give(ALICE, days=3)
    world.clock.forward(minutes=2)
    batch.look(runs)
    assert batch.look(runs)[handle].words == ""
    assert len(world.site.delegations.every[name].signed) == 2


def test_what_no_job_has_any_more_is_not_renewed_and_what_was_forgotten_is_made_anew(world, batch):
    one = world.task(ALICE)
    runs = {submitted(world, batch, [one])[one.key]: one.folder}
    ended(world, batch, runs)
    world.clock.forward(hours=23)
    world.give(ALICE, days=3)
    batch.look(runs)
    (name,) = world.site.delegations.every
    assert len(world.site.delegations.every[name].signed) == 1
    del world.site.delegations.every[name]
    two = world.task(ALICE)
    assert world.delegation(submitted(world, batch, [two])[two.key])[0] != name


def test_a_rex_that_takes_no_delegation_is_asked_again_and_jobs_are_seen_all_the_same(
    world, batch, monkeypatch
):
    handle, runs = running(world, batch)
    world.clock.forward(hours=22)
    world.give(ALICE, days=3)
    name, _ = world.delegation(handle)
    put = world.site.delegations.put
    monkeypatch.setattr(world.site.delegations, "put", lambda *_: False)
    assert batch.look(runs)[handle].state is RunState.RUNNING
    monkeypatch.setattr(world.site.delegations, "put", put)
    batch.look(runs)
    assert len(world.site.delegations.every[name].signed) == 1, "not at once"
    world.clock.forward(minutes=2)
    batch.look(runs)
    assert len(world.site.delegations.every[name].signed) == 2


def test_the_clusters_own_is_renewed_from_its_file(world, proxies):
    file = world.home / "proxy"
    file.write_bytes(world.given[BEN])
    with closing(world.batch(credentials="cluster", delegate=True, proxy=file)) as batch:
        handle, runs = running(world, batch)
        name, subject = world.delegation(handle)
        assert subject == "CN=Ben,DC=test"
        world.clock.forward(hours=22)
        file.write_bytes(proxies(BEN, 3))
        batch.look(runs)
        assert len(world.site.delegations.every[name].signed) == 2
        world.clock.forward(seconds=timedelta(days=1).total_seconds())
        assert batch.look(runs)[handle].words == ""
