"""A real A-REX (Debian's) with jobs on this machine, by its INTERNAL and its REST interface."""

import os
import shutil
from contextlib import closing
from functools import cached_property

import pytest

from certificates import proxy
from real.arc_journey import Place, journey
from real.arc_site import USER, ArcSite
from waystation.backends.batch.arc_internal.batch import InternalBatch, InternalConfig
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.domains.jobs.entities import RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_testing.batch import shell

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

    def batch(self):
        config = InternalConfig("arc", run_as=USER, conf=self.site.config)
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


def test_internal(site):
    world = Internal(site, "internal")
    with closing(world.batch()) as batch:
        assert batch.check_config() == []
        journey(world, batch)


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
