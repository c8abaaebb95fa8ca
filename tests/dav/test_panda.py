"""A space of ours is the folder through which jobs of PanDA get their files."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from certificates import proxy
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


def by_token(lab, root):
    """What opens the space for us, where it is, and what opens it for pilots."""
    token = root / "token"
    token.write_text(lab.ana)
    return {"exchange_token_file": token}, lab.house.url, {"BEARER_TOKEN_FILE": str(token)}


def by_proxy(lab, root):
    """The same by the grid port."""
    del root
    name, cas = str(proxy(lab.signed, "pilot").pem), lab.authority.directory
    opens = {"X509_USER_PROXY": name, "X509_CERT_DIR": str(cas)}
    ours = {"proxy": Path(name), "ca_dir": cas}
    return ours, f"https://localhost:{lab.grid_port}", opens


@pytest.mark.parametrize("way", [by_token, by_proxy])
def test_jobs_go_through_a_space(lab, tmp_path, way):
    place = lab.folder()
    ours, root, opens = way(lab, tmp_path)
    world = Home(tmp_path)
    with ExitStack() as house:
        server = house.enter_context(closing(PandaServer()))
        house.enter_context(closing(Pilots(server.url, tmp_path, 2, opens)))
        config = PandaConfig(
            "grid", server.api, "SITE", f"{root}/dav/lab{place}", beat_s=0.1, **ours
        )
        batch = PandaBatch(config, SystemClock(), tmp_path / "state")
        house.enter_context(closing(batch))
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
