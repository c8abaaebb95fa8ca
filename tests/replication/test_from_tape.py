"""Files that are on tape only come to disk first, are held, go, and are let go."""

import pytest

from crash.world import RULES
from hosting.world import SPACE
from waystation.bootstrap.harbour_tapes import Tapes
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.door import Staging
from waystation.domains.staging.states import ItemState
from waystation.domains.transfers.controller.bringing import release
from waystation.domains.transfers.controller.offering import offer
from waystation.domains.transfers.controller.planning import plan
from waystation.domains.transfers.states import ShipmentState
from waystation_testing.memory_tape import MemoryTape

FILES = {f"f{n}": f"content {n}".encode() * 50 for n in range(3)}
# On the tape they lie the other way round.
ORDER = sorted(FILES, reverse=True)


@pytest.fixture
def tape(twins):
    """The sender's files are on a tape; what of them is on disk is the tape system's to say."""
    system = MemoryTape(instant=False)
    aye = twins.aye

    def tapes(twin) -> Tapes:
        stores = [StoreInfo(0, "disk", str(twin.root), "mem", ("*",), 50_000, 0)]
        twin.catalogue.sync_stores(stores)
        back_ends = {"mem": system}
        staging = Staging(twin.database, twin.clock, twin.catalogue, back_ends, RULES)
        twin.post = Post("mem", "memory", system, twin.database, twin.clock, RULES)
        return Tapes(staging, twin.catalogue)

    for n, path in enumerate(ORDER):
        system.put(f"{aye.root}/{SPACE}/{path}", tape="T1", position=1_000 * n, size=len(path))
    aye.make_tapes = tapes
    aye.build()
    for path, data in FILES.items():
        aye.put(path, data)
    aye.rule()
    aye.clock.forward(minutes=2)
    assert plan(aye.sending) == len(FILES)
    return system


def stage(twin, rounds: int = 12) -> None:
    """The steps of staging; time passes."""
    for _ in range(rounds):
        for name, run, _ in steps(twin.post):
            if name not in {"watch", "forecast"}:
                run()
        twin.clock.forward(seconds=6)


def words(twin) -> list[tuple[object, ...]]:
    return twin.rows("SELECT state, words FROM transfers_shipment")


def test_nothing_is_offered_before_all_is_on_disk(twins, tape):
    aye = twins.aye
    offer(aye.sending)
    assert words(aye)[0][0] == ShipmentState.PLANNED
    assert "3 of 3 files come from tape" in str(words(aye)[0][1])
    assert not twins.bee.rows("SELECT 1 FROM transfers_shipment"), "the partner knows nothing yet"
    stage(aye)
    wanted = [path.rpartition("/")[2] for sent in tape.calls for path in sent.paths]
    assert wanted == ORDER, "in the order on the tape"
    tape.bring()
    stage(aye)
    aye.clock.forward(minutes=1)
    twins.live()
    assert set(twins.bee.tree()) == set(FILES)
    assert aye.rows("SELECT count(*) FROM staging_request") == [(1,)], "asked once"
    assert not aye.rows("SELECT 1 FROM transfers_shipment WHERE recall_id IS NOT NULL")
    assert aye.rows("SELECT DISTINCT state FROM staging_item") == [(int(ItemState.RELEASED),)]


def test_a_file_that_does_not_come_stays_and_the_others_go(twins, tape):
    aye = twins.aye
    tape.bad[f"{aye.root}/{SPACE}/f1"] = "the tape is torn"
    offer(aye.sending)
    for _ in range(20):
        stage(aye)
        tape.bring()
        aye.clock.forward(hours=1)
    twins.live(until=lambda: set(twins.bee.tree()) == {"f0", "f2"})
    said = aye.rows("SELECT path, words FROM transfers_shipmentfile WHERE words IS NOT NULL")
    assert [path for path, _ in said] == ["f1"]
    assert "torn" in str(said[0][1])


def test_a_cancelled_shipment_holds_nothing(twins, tape):
    aye = twins.aye
    offer(aye.sending)
    (number,) = aye.rows("SELECT id FROM transfers_shipment")[0]
    aye.transfers.cancel(aye.admin, int(str(number)))
    assert release(aye.sending) == 1
    states = aye.rows("SELECT finished IS NOT NULL FROM staging_request")
    assert states == [(True,)]
