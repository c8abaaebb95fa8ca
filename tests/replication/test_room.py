"""Room that a sender was promised is nobody else's."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hosting.world import SPACE
from waystation.domains.transfers.entities import Offer, Parcel, Welcome

ROOM = 1_000


@pytest.fixture
def small(twins):
    """The receiver has so much room, of which a tenth is taken."""
    twins.bee.put("there", bytes(ROOM // 10))
    twins.bee.limit(bytes_=ROOM)
    return twins


def offer(key: str, *sizes: int) -> Offer:
    parcels = [
        Parcel(n, f"{key}/{n}", size, f"{n}" * 64, "", None) for n, size in enumerate(sizes, 1)
    ]
    return Offer(key, SPACE, parcels)


def made(twins, *offers: Offer) -> list[Welcome]:
    """What all of them are told, who come at once."""
    gate = threading.Barrier(len(offers))
    receiving = twins.bee.transfers.receiving
    who = twins.bee.accounts.by_id(twins.bee.ben.user_id)

    def one(each: Offer) -> Welcome:
        gate.wait(20)
        return receiving.expect(who, each)

    with ThreadPoolExecutor(len(offers)) as pool:
        return list(pool.map(one, offers))


def test_the_last_bytes_are_promised_once(small):
    told = made(small, offer("one", 600), offer("other", 600))
    assert sorted(len(each.refused) for each in told) == [0, 1]
    words = next(each.refused[1] for each in told if each.refused)
    assert "no room" in words
    (again,) = made(small, offer("one", 600))
    assert bool(again.refused) == bool(told[0].refused), "it is told the same again"


def test_what_fits_is_taken_and_the_rest_is_not(small):
    (told,) = made(small, offer("some", 500, 500, 400, 1))
    assert [*told.refused] == [2, 4]


@pytest.mark.parametrize("end", ["cancel", "settle"])
def test_what_does_not_come_leaves_its_room_to_others(small, end):
    who = small.bee.accounts.by_id(small.bee.ben.user_id)
    receiving = small.bee.transfers.receiving
    made(small, offer("first", 600, 300))
    (full,) = made(small, offer("second", 1))
    assert full.refused
    if end == "cancel":
        receiving.cancel(who, ["first"])
    else:
        receiving.settle(who, {"first": {1: "It could not be read.", 2: "Nor this."}})
    (told,) = made(small, offer("third", 900))
    assert not told.refused


def test_room_comes_back_and_all_arrives(twins):
    """Both want the last bytes; the second waits until there are more."""
    twins.aye.put("first", bytes(600))
    twins.aye.put("second", bytes(700))
    twins.bee.limit(bytes_=ROOM)
    twins.aye.rule()
    twins.live(until=lambda: bool(twins.aye.rows("SELECT 1 FROM transfers_doubt")))
    twins.live(until=lambda: len(twins.bee.tree()) == 1)
    twins.bee.limit(bytes_=None)
    twins.live(until=lambda: len(twins.bee.tree()) == 2)
