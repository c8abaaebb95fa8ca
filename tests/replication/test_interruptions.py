"""A partner is switched off, clocks differ, a node is killed: in the middle of shipments."""

import os
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from replication.conftest import disk, unique
from replication.test_two_sites import rule
from replication.twins import HOST
from running import until
from waystation.backends.transfer.local.way import LocalConfig, local_engine
from waystation.domains.transfers.controller.planning import plan
from waystation.domains.transfers.controller.sending import send
from waystation.domains.transfers.controller.shedding import shed
from waystation.domains.transfers.controller.steps import steps
from waystation.domains.transfers.rules import Policy
from waystation.domains.transfers.states import ShipmentState

HOURS = 5
AFTER_S = 3 * 86_400
FAILED = "SELECT count(*) FROM transfers_shipmentfile WHERE state = 2"
KEYS = "SELECT key, attempt FROM transfers_shipment ORDER BY key"
ENDS = "SELECT DISTINCT state FROM transfers_shipment"


def states(twin) -> set[int]:
    """Of shipments that have not ended."""
    sql = "SELECT DISTINCT state FROM transfers_shipment WHERE due IS NOT NULL"
    return {int(str(row[0])) for row in twin.rows(sql)}


def bring_to(twins, state: ShipmentState) -> None:
    """Steps of the sender, and no more of them than bring a shipment there."""
    for _ in range(3):
        for _, run, _ in steps(twins.aye.sending):
            run()
            if state in states(twins.aye):
                return
    raise AssertionError(f"{state.name} was not seen")


def pass_hours(twins) -> None:
    """Both work on, and time passes."""
    for _ in range(2 * HOURS):
        twins.live(until=lambda: True)
        twins.aye.clock.forward(minutes=30)


@pytest.mark.parametrize("state", ["PLANNED", "OFFERED", "MOVING", "ARRIVED"])
def test_a_partner_that_is_switched_off_in_mid_flight_loses_nothing(twins, state):
    """What has not left waits; what has left may arrive; afterwards all of it comes."""
    aye, mid = twins.aye, ShipmentState[state]
    for n in range(7):
        aye.put(f"{n}", os.urandom(500))
    aye.rule()
    bring_to(twins, mid)
    before = aye.rows(KEYS)
    aye.transfers.switch(aye.admin, "bee", on=False)
    pass_hours(twins)
    waits = mid in {ShipmentState.PLANNED, ShipmentState.OFFERED}
    assert states(aye) == ({mid} if waits else set())
    assert bool(twins.bee.tree()) is not waits
    assert aye.rows(KEYS) == before, "no new ones"
    aye.transfers.switch(aye.admin, "bee", on=True)
    twins.live()
    twins.check()
    assert aye.rows(FAILED) == twins.bee.rows(FAILED) == [(0,)]


def test_who_waits_for_a_place_has_it_as_soon_as_there_is_one(twins):
    """It is not for how often it asked in vain that a shipment waits."""
    aye = twins.aye
    aye.make_engine = lambda *given: local_engine(
        LocalConfig("local", HOST, durable=False, most_active=1), *given
    )
    aye.build()
    for n in range(6):
        aye.put(f"{n}", os.urandom(500))
    aye.rule()
    bring_to(twins, ShipmentState.MOVING)
    for _ in range(10):
        aye.clock.forward(seconds=30)
        assert send(aye.sending) == 1
    (row,) = aye.rows("SELECT due, words, tries FROM transfers_shipment WHERE state = 1")
    assert row[0] - aye.clock.now() <= timedelta(seconds=1)
    assert "all the tasks" in row[1]
    assert row[2] >= 10
    twins.live()
    twins.check()


def test_more_files_than_one_look_in_a_minute_leave_at_once(twins):
    """The mark of a walk stays a minute behind: what is beyond a look was left waiting for it."""
    aye = twins.aye
    aye.policy = Policy(files=3, open=20, look=4, paths=aye.policy.paths)
    aye.build()
    for n in range(21):
        aye.put(f"{n}", os.urandom(50))
    aye.rule()
    for _ in range(8):
        plan(aye.sending)
    assert aye.rows("SELECT count(*) FROM transfers_shipmentfile") == [(21,)]
    twins.live()
    twins.check()


def test_no_more_shipments_than_a_rule_may_have_open(twins):
    """Counted over all the pages of a look."""
    aye = twins.aye
    aye.policy = Policy(files=3, open=2, look=4, paths=aye.policy.paths)
    aye.build()
    for n in range(21):
        aye.put(f"{n}", os.urandom(50))
    aye.rule()
    for _ in range(4):
        plan(aye.sending)
    assert aye.open() == 2
    assert "still on their way" in str(aye.rows("SELECT words FROM transfers_destination"))
    twins.live(200)
    twins.check()


class Skewed:
    """A clock that is wrong by so much."""

    def __init__(self, right, wrong: timedelta) -> None:
        self._right, self._wrong = right, wrong

    def now(self) -> datetime:
        return self._right.now() + self._wrong

    def forward(self, **length: float) -> None:
        self._right.forward(**length)


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_that_differ_by_an_hour(twins, hours):
    """Nothing ends early, no lease is lost, and nothing is taken away before its time."""
    aye, bee = twins.aye, twins.bee
    bee.clock = Skewed(aye.clock, timedelta(hours=hours))
    bee.build()
    names = {f"f{n}" for n in range(5)}
    for name in names:
        aye.put(name, os.urandom(500))
    aye.rule(delete_after_s=AFTER_S)
    bring_to(twins, ShipmentState.ARRIVED)
    aye.cut.asking.add("settle")
    pass_hours(twins)
    assert states(aye) == {ShipmentState.ARRIVED}
    assert states(bee) == {ShipmentState.EXPECTED}
    aye.cut.asking.clear()
    twins.live()
    twins.check()
    for each in (aye, bee):
        assert each.rows(ENDS) == [(ShipmentState.DONE,)]
        assert each.rows(FAILED) == [(0,)]
    attempts = aye.rows("SELECT DISTINCT attempt FROM transfers_shipment")
    assert len(attempts) == 1, "each was handed to an engine once"
    for each in (aye, bee):
        while shed(each.sending):
            pass
        assert set(each.tree()) == names
    aye.clock.forward(seconds=AFTER_S - 3600 * HOURS)
    while shed(aye.sending):
        pass
    assert not names - set(bee.tree())
    aye.clock.forward(hours=HOURS + 2)
    for _ in range(2):  # copies are asked for anew, and then it goes
        while shed(aye.sending):
            pass
        aye.clock.forward(hours=2)
    assert not aye.tree()
    assert set(bee.tree()) == names


def test_a_node_that_is_killed_in_mid_transfer_goes_on(pair):
    """`kill -9` of every process of the sender, its database too, while bytes move."""
    folder = unique("killed")
    data = os.urandom(1_000_000) * 64
    pair.put(f"{folder}/large", data)
    pair.put(f"{folder}/small", b"small")
    rule(pair, folder, folder)
    landings = disk(pair.bee, "copy") / ".waystation" / "landings"

    def moving() -> bool:
        with suppress(FileNotFoundError):
            return any(part.stat().st_size for part in landings.rglob("*large*"))
        return False

    assert until(moving, 30, every=0.002)
    pair.aye.kill("up")
    assert until(lambda: not pair.aye.left(), 20), pair.aye.left()
    pair.aye.start()
    large = disk(pair.bee, "copy") / folder / "large"
    assert until(large.exists, 60)
    assert large.read_bytes() == data
    assert pair.came(f"{folder}/small", b"small")
    assert until(lambda: not pair.shipments(open_only=True), 60)
    mine = [each for each in pair.shipments(limit=1_000) if each["rule"] == folder]
    assert {each["state"] for each in mine} == {"done"}
    assert until(lambda: not any(landings.glob("*")), 30)
