"""A space of ours is the folder through which jobs of PanDA get their files."""

from contextlib import closing
from pathlib import Path

from real.arc_journey import echo, gone
from waystation.backends.batch.panda.batch import PandaBatch
from waystation.backends.batch.panda.config import PandaConfig
from waystation.domains.jobs.entities import RunState
from waystation.kernel.clock import SystemClock
from waystation_sim.panda.pilot import Pilots
from waystation_sim.panda.server import PandaServer
from waystation_testing.batch import ended, patiently, shell, submitted


class Home:
    """Folders of jobs."""

    patience_s = 60.0

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, key):
        place = self.root / key
        place.mkdir()
        return place


def test_jobs_go_through_a_space(lab, tmp_path):
    place = lab.folder()
    token = tmp_path / "token"
    token.write_text(lab.ana)
    world = Home(tmp_path)
    with closing(PandaServer()) as server, closing(
        Pilots(server.url, tmp_path, 2, token)
    ), closing(PandaBatch(PandaConfig(
        "grid", server.api, "SITE", f"{lab.house.url}/dav/lab{place}", beat_s=0.1,
        exchange_token_file=token), SystemClock(), tmp_path / "state")) as batch:  # fmt: skip
        good, away = echo(world), shell(world, "printf 0123456789; sleep 611")
        handles = submitted(world, batch, [good, away])
        runs = {handles[one.key]: one.folder for one in (good, away)}
        last = handles[away.key]
        patiently(world, lambda: batch.tail(last, away.folder, "stdout", -4, 2) == b"67")
        assert batch.tail(last, away.folder, "stdout", 2, 3) == b"234"
        assert batch.tail(last, away.folder, "stdout", 100, 3) == b""
        batch.cancel([last])
        seen = ended(world, batch, runs)
        assert [each.state for each in seen.values()] == [RunState.DONE, RunState.CANCELLED]
        assert batch.fetch({handles[good.key]: good.folder}) == {}
        assert len(list((good.folder / "out").rglob("*.dat"))) == 3
        assert not (good.folder / "junk").exists()
        for _ in range(2):
            assert not gone(batch, runs)
    assert [each.name for each in lab.disk(place).iterdir() if each.is_dir()] == []
