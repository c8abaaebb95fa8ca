"""A real A-REX (Debian's) with jobs on this machine, by its INTERNAL and its REST interface."""

import os
import shutil
from contextlib import closing
from functools import cached_property

import pytest
from cryptography import x509

from certificates import proxy
from real.arc_journey import Place, journey
from real.arc_site import USER, ArcSite
from waystation.backends.batch.arc_internal.batch import InternalBatch, InternalConfig
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.backends.batch.arc_rest.delegation import sign
from waystation.backends.batch.arc_rest.wire import Wire
from waystation.domains.jobs.entities import RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_testing.batch import ended, patiently, shell, submitted

IS_CI = os.environ.get("CI") == "true"
MISSING = os.geteuid() != 0 or not shutil.which("arched", path="/usr/sbin")
pytestmark = [
    pytest.mark.skipif(MISSING and not IS_CI, reason="needs root and nordugrid-arc-arex"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def site():
    with closing(ArcSite()) as made:
        yield made


class Internal(Place):
    """By the control directory."""

    def batch(self, *, deaf=False):
        """`deaf`: A-REX takes jobs, but its answer does not come."""
        helper = self.home / "deaf"
        helper.write_text('#!/bin/sh\n/usr/bin/python3 "$@" >/dev/null; exit 1\n')
        helper.chmod(0o755)
        more = {"helper": str(helper)} if deaf else {}
        config = InternalConfig("arc", run_as=USER, conf=self.site.config, **more)
        return InternalBatch(config, SystemClock(), self.home / "state")


class Rest(Place):
    """By HTTPS, with a grid proxy."""

    shown = 0  # it publishes once a minute

    @cached_property
    def proxy(self):
        person = self.site.authority.person("alice", "/DC=test/CN=Alice")
        return proxy(person, "alice-proxy").pem

    def batch(self, **more):
        more = {"url": self.site.url, "proxy": self.proxy, "delegate": True, **more}
        config = RestConfig("arc", ca_dir=self.site.authority.directory, **more)
        return RestBatch(config, SystemClock(), self.home / "state")

    def meanwhile(self, batch, runs):
        """A-REX is restarted."""
        self.site.stop()
        for call in (batch.look, batch.fetch):
            with pytest.raises(BatchUnavailableError):
                call(runs)
        self.site.start()


def test_rest(site):
    world = Rest(site, "rest")
    with closing(world.batch()) as batch:
        assert batch.check_config() == []
        journey(world, batch)


def test_delegations_of_others_are_taken_and_renewed(site):
    """We show the cluster's own proxy, and delegate that of a job's owner; no job is needed."""
    world = Rest(site, "owners")
    ben = proxy(site.authority.person("ben", "/DC=test/CN=Ben"), "ben-proxy").pem.read_bytes()
    config = RestConfig("arc", site.url, proxy=world.proxy, ca_dir=site.authority.directory)
    with closing(Wire(config)) as wire:
        name, request = wire.request()
        now = SystemClock().now()
        for _ in range(2):
            wire.delegate(name, sign(request, ben, now).pem)
            held = wire._call("POST", wire._at(f"delegations/{name}?action=get")).content
            subjects = [each.subject for each in x509.load_pem_x509_certificates(held)]
            assert subjects[-1].rfc4514_string() == "CN=Ben,DC=test"
            # A-REX 6 makes one that is gone anew, by the same name.
            wire._call("POST", wire._at(f"delegations/{name}?action=delete"))
            again = wire.renewal(name)
            assert again is not None
            request = again


def test_internal(site):
    world = Internal(site, "internal")
    with closing(world.batch()) as batch:
        assert batch.check_config() == []
        journey(world, batch)


def test_its_control_directory_is_full_and_then_an_answer_is_lost(site):
    """What runs is neither lost nor run again, what comes is told of and runs once later."""
    world = Internal(site, "full")
    one = shell(world, "echo ran >>count; until [ -e go ]; do sleep 0.1; done")
    two, three = (shell(world, "echo ran >>count") for _ in range(2))
    with closing(world.batch()) as batch:
        handle = submitted(world, batch, [one])[one.key]
        count = site.home / "session" / handle / "count"
        patiently(world, count.exists)
        with site.full():
            with pytest.raises(BatchUnavailableError, match="is full"):
                batch.submit([two])
            assert not batch.depth().open
            assert "is full" in batch.depth().words
            (site.home / "session" / handle / "go").touch()
            ended_there = site.home / "session" / handle / ".way" / "ended"
            patiently(world, ended_there.exists)
            for _ in range(10):
                assert batch.look({handle: one.folder})[handle].state is not RunState.GONE
        with closing(world.batch(deaf=True)) as deaf, pytest.raises(BatchUnavailableError):
            deaf.submit([three])
        runs = submitted(world, batch, [one, two, three])
        assert runs[one.key] == handle
        seen = ended(world, batch, {runs[each.key]: each.folder for each in (one, two, three)})
        assert {each.state for each in seen.values()} == {RunState.DONE}, seen
        assert batch.fetch({runs[each.key]: each.folder for each in (one, two, three)}) == {}
    for each in (one, two, three):
        assert (each.folder / "count").read_text() == "ran\n"
    mine = [*(site.home / "control").glob("job.*.description")]
    for each in (two, three):
        assert sum(each.key in place.read_text() for place in mine) == 1, "A-REX has it once"


def test_what_internal_does_not_know(site, tmp_path):
    world = Internal(site, "unknown")
    batch = world.batch()
    for call in (batch.cancel, batch.clean):
        call([])
        call(["none", "../../etc", "SWsMDmwVBpAoOSAtDmABFKDmABFKDm"])
    assert batch.look({"SWsMDmwVBpAoOSAtDmABFKDmABFKDm": tmp_path}).popitem()[1].state is (
        RunState.GONE
    )
    assert batch.find([shell(world, "true")]) == {}
    assert batch.submit([]) == batch.look({}) == batch.fetch({}) == {}


def test_no_a_rex_is_no_news(tmp_path):
    config = InternalConfig("arc", conf=tmp_path / "arc.conf")
    batch = InternalBatch(config, SystemClock(), tmp_path / "state")
    assert batch.check_config()
    for call in (lambda: batch.look({"SWsMDmwV": tmp_path}), batch.depth):
        with pytest.raises(BatchUnavailableError):
            call()
