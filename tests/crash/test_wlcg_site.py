"""Another site's files, with our process killed around every commit and every call to the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.other_site import OURS, OtherSite, other_site
from crash.world import ROOT, World, live
from running import until
from waystation.domains.staging.entities import Residency
from waystation.domains.staging.errors import BackendUnavailableError

pytestmark = pytest.mark.slow

SECONDS, FILES = 40.0, 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSite]:
    with other_site(tmp_path_factory.mktemp("crash"), "dcache", "http token") as running:
        yield running


class SiteWorld(World):
    """The small house, with another site for a tape system; its memory survives a kill."""

    def __init__(self, dsn: str, site: OtherSite, state: Path) -> None:
        self.site = site
        self.state = state
        super().__init__(dsn)

    def build(self) -> None:
        namespace = self.site.running.settings.namespace
        self.tape = self.site.backend(  # type: ignore[assignment]
            self.clock,
            prefixes={ROOT: namespace},
            roots=(Path(ROOT),),
            state_dir=self.state,
            request_files=3,
        )
        super().build()

    def fresh(self, place: int) -> list[str]:
        """An empty house again, to be killed at this place; names of files on tape only."""
        self.reset(place)
        return [path.removeprefix(f"{OURS}/") for path in self.site.nearline(FILES)]

    def came_up(self, number: int) -> bool:
        """One round of all steps; whether every file is online."""
        self.turn(3)
        return set(self.states(number)) == {"online"}


@pytest.fixture
def world(dsn: str, site: OtherSite, tmp_path: Path) -> Iterator[SiteWorld]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    made = SiteWorld(dsn, site, state)
    yield made
    made.check()
    made.close()


def story(world: SiteWorld, names: list[str]) -> tuple[str, int]:
    """Files are asked for, come, and are given back; where it died, and the request."""
    number: list[int] = []

    def ask(living: World) -> None:
        number[:] = [living.ask(*names, external_id=names[0][-40:]).request.id]

    def bring(living: World) -> None:
        assert until(lambda: world.came_up(number[0]), SECONDS), living.states(number[0])

    def give_back(living: World) -> None:
        living.staging.release(living.ana, number[0])
        living.turn(5)

    return live(world, [ask, bring, give_back]), number[0]


def test_every_file_comes_once_wherever_we_die(world: SiteWorld) -> None:
    died, place = "at first", 0
    while died:
        place += 1
        names = world.fresh(place)
        before = world.site.accepted()
        died, number = story(world, names)
        assert world.came(number) == [1] * FILES, died
        # Two requests for four files, however often we were killed: nothing is fetched twice.
        assert world.site.accepted() == before + 2, died
        world.check(at_rest=True)
    assert place > 10


def test_a_site_that_is_away_delays_its_files_and_fails_none(world: SiteWorld) -> None:
    names = world.fresh(0)
    world.site.running.fault("tape-answer", rc=503, calls=1_000_000, seconds=3600)
    try:
        number = world.ask(*names).request.id
        world.turn(6)
        assert set(world.states(number)) <= {"waiting", "queued", "recalling"}
        with pytest.raises(BackendUnavailableError):
            world.tape.library()
    finally:
        world.site.running.fault("tape-answer", rc=503, calls=0)
    assert until(lambda: world.came_up(number), SECONDS)
    assert world.came(number) == [1] * FILES


def test_a_site_that_forgets_everything_is_asked_again(world: SiteWorld) -> None:
    names = world.fresh(0)
    with world.site.held():
        number = world.ask(*names).request.id
        assert until(lambda: world.turn(2) or set(world.states(number)) == {"recalling"}, SECONDS)
        world.site.running.fault("tape-forget")
        world.turn(6)
    assert until(lambda: world.came_up(number), SECONDS)
    found = world.tape.locate([f"{ROOT}/{name}" for name in names])
    assert {report.residency for report in found} == {Residency.BOTH}
