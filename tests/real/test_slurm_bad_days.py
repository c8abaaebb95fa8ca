"""Jobs live through the bad days of a real Slurm, and people read what is wrong."""

import os
import shutil
from contextlib import closing

import pytest

from jobs.yard import HERE, Yard
from real.slurm_site import USER, SlurmSite
from running import until
from waystation.backends.batch.slurm.batch import SlurmBatch
from waystation.backends.batch.slurm.config import SlurmConfig

MISSING = os.geteuid() != 0 or not shutil.which("slurmctld", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    MISSING and os.environ.get("CI") != "true", reason="needs root, slurmctld, slurmd and munge"
)
SH = "/bin/sh"
HASTY_S = 2.0


class SlurmYard(Yard):
    """A house whose cluster is a real Slurm.

    Args:
        options: of sbatch.
    """

    def __init__(self, dsn, site, name, *options):
        self.site, self.options = site, options
        root = site.home / "jobs" / name
        root.mkdir()
        super().__init__(dsn, root)

    def system(self):
        config = SlurmConfig(HERE, run_as=USER, conf=self.site.config, timeout_s=HASTY_S,
                             options=self.options)  # fmt: skip
        return SlurmBatch(config, self.root / "cluster")


@pytest.fixture(scope="module")
def site():
    with closing(SlurmSite()) as made:
        yield made


def test_its_controller_is_away_while_a_job_runs(dsn, site):
    with closing(SlurmYard(dsn, site, "away")) as yard:
        go = yard.root / "go"
        asked = yard.ask(SH, "-c", 'until [ -e "$0" ]; do sleep 0.1; done', str(go))
        yard.until(lambda: yard.states(asked.id) == ["running"])
        site.stop("slurmctld")
        try:
            for _ in range(2):
                yard.world.clock.forward(hours=1)
                yard.step()
            assert yard.states(asked.id) == ["running"], "no answer is no news"
            (cluster,) = yard.jobs.clusters(yard.admin)
            assert cluster.state == "silent"
            assert "answer" in cluster.words
            go.touch()  # it ends while nobody answers
        finally:
            site.start_control()
        assert until(lambda: "node" in site.ask("sinfo", "-h"), 60), site.said()
        yard.world.clock.forward(hours=1)
        assert yard.ended(asked.id).state == "done", yard.told()
        assert len(yard.jobs.runs(yard.admin, asked.id)) == 1, "it ran once"


def test_it_accepts_and_never_starts(dsn, site):
    with closing(SlurmYard(dsn, site, "never", "--begin=now+40days")) as yard:
        asked = yard.ask(SH, "-c", "true", attempts=2)
        yard.until(lambda: yard.states(asked.id) == ["pending"])
        yard.world.clock.forward(days=13)
        yard.step()
        assert yard.states(asked.id) == ["pending"], "some queues are long"
        yard.options = ()
        yard.build()
        yard.world.clock.forward(days=2)
        assert yard.ended(asked.id).state == "done", yard.told()
        first, second = yard.jobs.runs(yard.admin, asked.id)
        assert first.words == "Its cluster did not start it in 14 days."
        assert second.outcome == "done"
        assert not site.ask("squeue", "-h", "--states=PENDING"), "it was taken back"
