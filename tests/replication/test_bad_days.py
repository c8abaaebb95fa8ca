"""Days on which lines, partners and people do what they should not; each ends true."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from crash.world import KilledError
from hosting.world import SPACE
from replication.twins import HOST
from waystation.domains.transfers.controller.sending import watch
from waystation.domains.transfers.controller.steps import steps
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation.domains.transfers.rules import Policy, opens

FILES = {f"folder/{n}.dat": f"content {n}".encode() * 50 for n in range(7)}


@pytest.fixture
def full(twins):
    """Some files at one side and a rule."""
    twins.aye.folder("folder")
    for path, data in FILES.items():
        twins.aye.put(path, data)
    twins.aye.rule()
    return twins


@pytest.mark.parametrize("call", ["expect", "settle", "report", "holds", "hello"])
@pytest.mark.parametrize("lost", ["asking", "answers"])
def test_an_hour_without_the_line_at_every_step(full, call, lost):
    for each in (full.aye, full.bee):
        getattr(each.cut, lost).add(call)
    hour = full.aye.clock.now() + timedelta(hours=1)
    full.live(until=lambda: full.aye.clock.now() > hour)
    for each in (full.aye, full.bee):
        getattr(each.cut, lost).clear()
    full.live(300)
    full.check()


def test_a_lost_report_is_not_missed(full):
    full.bee.cut.asking.add("report")
    full.live(until=lambda: len(full.aye.rows(COPIES)) == len(FILES))
    assert len(full.aye.rows(COPIES)) == len(FILES)


COPIES = "SELECT path FROM transfers_replica"


def test_bytes_that_changed_on_the_way_are_sent_again(full):
    def spoil() -> None:
        for part in (full.bee.root / SPACE).glob(".waystation/landings/*/folder/3.dat"):
            if part.read_bytes() == FILES["folder/3.dat"]:
                part.write_bytes(b"x" * len(FILES["folder/3.dat"]))
                spoilt.append(part)

    spoilt: list[object] = []
    real = full.aye.engine.look

    def look(handles):
        told = real(handles)
        if not spoilt:
            spoil()
        return told

    full.aye.engine.look = look
    full.live()
    assert spoilt
    full.check()
    words = full.aye.rows("SELECT words FROM transfers_shipmentfile WHERE words IS NOT NULL")
    assert any("sha256" in str(row[0]) for row in words)


def test_a_partner_that_is_switched_off_gets_nothing_and_then_all(full):
    full.aye.transfers.switch(full.aye.admin, "bee", on=False)
    full.live()
    assert not full.bee.tree()
    full.aye.transfers.switch(full.aye.admin, "bee", on=True)
    full.live()
    full.check()


def test_a_file_deleted_while_it_is_queued_is_not_waited_for(full):
    full.bee.cut.asking.clear()
    full.aye.cut.asking.add("expect")
    full.live(until=lambda: full.aye.open() > 0)
    full.aye.hosting.files.remove(full.aye.ana, SPACE, "folder/2.dat")
    full.aye.cut.asking.clear()
    full.live(200)
    full.check()
    assert "folder/2.dat" not in full.bee.tree()


def test_a_copy_that_was_deleted_there_is_sent_again(full):
    full.live()
    full.bee.hosting.files.remove(full.bee.ana, SPACE, "folder/1.dat")
    full.aye.clock.forward(days=8)
    full.live()
    full.check()
    assert full.bee.get("folder/1.dat") == FILES["folder/1.dat"]


def test_the_receiver_comes_back_with_yesterdays_database(full):
    """It has forgotten shipments of which the sender waits for news."""
    full.aye.cut.answers.add("settle")
    full.live(until=lambda: bool(full.bee.tree()))
    for table in ("shipmentfile", "shipment", "origin"):
        full.bee.change(f"DELETE FROM transfers_{table}")
    full.aye.cut.answers.clear()
    full.live(300)
    full.check()


def test_the_sender_comes_back_with_yesterdays_database(full):
    full.live()
    for table in ("shipmentfile", "shipment", "replica", "doubt"):
        full.aye.change(f"DELETE FROM transfers_{table}")
    full.aye.change("UPDATE transfers_destination SET seen = NULL")
    full.live()
    full.check()
    states = full.aye.rows("SELECT DISTINCT state FROM transfers_shipment")
    assert states == [(6,)], "what is there already does not move again"


def test_no_room_at_the_receiver_is_told_and_mended(full):
    full.bee.limit(bytes_=1_000)
    full.live(until=lambda: bool(full.aye.rows("SELECT 1 FROM transfers_doubt")))
    words = full.aye.rows("SELECT DISTINCT words FROM transfers_doubt")
    assert any("1,000 bytes" in str(row[0]) for row in words), words
    full.bee.limit(bytes_=None)
    full.live(300)
    full.check()


def test_a_daily_limit_holds_over_restarts(twins):
    size = 10_000
    for n in range(30):
        twins.aye.put(f"{n}", os.urandom(size))
    twins.aye.rule(daily_bytes=10 * size)
    spent = "SELECT day, bytes FROM transfers_spent ORDER BY day"
    for day in range(1, 6):
        for _ in range(3):
            twins.live(20)
            twins.aye.build()
        assert len(twins.bee.tree()) <= 10 * day
        twins.aye.clock.forward(hours=22)
    assert len(twins.bee.tree()) == 30
    assert all(int(str(row[1])) <= 10 * size for row in twins.aye.rows(spent))


@pytest.mark.parametrize(
    ("windows", "hour", "wait"),
    [
        ((), 12, 0),
        (("20:00-06:00",), 12, 8),
        (("20:00-06:00",), 23, 0),
        (("20:00-06:00",), 5, 0),
        (("20:00-06:00",), 6, 14),
        (("08:00-10:00", "14:00-15:00"), 12, 2),
        (("08:00-10:00",), 12, 20),
    ],
)
def test_hours_of_a_rule(windows, hour, wait):
    at = datetime(2026, 1, 1, hour, tzinfo=UTC)
    assert opens(windows, at) == timedelta(hours=wait)


def test_a_rule_for_the_night_waits_for_it(full):
    full.aye.transfers.drop_rule(full.aye.admin, "all")
    full.aye.rule(name="nights", windows=["20:00-06:00"])
    noon = full.aye.clock.now().replace(hour=12) + timedelta(days=1)
    full.aye.clock.at = noon
    full.live(20, until=lambda: full.aye.clock.now() > noon + timedelta(minutes=10))
    assert not full.bee.tree()
    full.aye.clock.at = noon.replace(hour=21)
    full.live()
    full.check()


def test_the_owner_of_a_rule_is_told_of_the_end(full):
    full.live()
    told = full.aye.rows("SELECT facts FROM outbox WHERE topic = 'shipment.ended'")
    assert sum(int(facts["landed"]) for (facts,) in told) == len(FILES)
    assert {facts["owner_id"] for (facts,) in told} == {full.aye.ana.user_id}
    assert not full.bee.rows("SELECT 1 FROM outbox WHERE topic = 'shipment.ended'")


def test_a_task_of_another_machine_is_left_to_it_unless_that_has_died(full):
    aye = full.aye
    while not aye.rows("SELECT 1 FROM transfers_shipment WHERE state = 2"):
        for _, run, _ in list(steps(aye.sending))[:3]:
            run()
    tasks = aye.rows("SELECT attempt FROM transfers_shipment WHERE state = 2")
    aye.host = "another machine"
    aye.build()
    aye.clock.forward(minutes=1)
    assert not watch(aye.sending)
    aye.clock.forward(minutes=15)
    assert watch(aye.sending) == len(tasks)
    full.live()
    full.check()


@pytest.mark.parametrize("root", ["/etc", "{here}/../../etc", "relative", ""])
def test_a_partner_does_not_choose_where_we_write(full, root):
    """It answers an offer with a folder that is not its own."""
    allowed = str(full.bee.root.parent)
    end = Endpoint(Kind.PATH, {"root": root.format(here=allowed), "hosts": HOST})
    assert "sites.paths" in full.aye.policy.objection(end)
    good = Endpoint(Kind.PATH, {"root": f"{allowed}/bee/lab", "hosts": HOST})
    assert not full.aye.policy.objection(good)
    full.aye.policy = Policy(files=3, open=2)
    full.aye.build()
    full.live(until=lambda: bool(full.aye.rows("SELECT 1 FROM transfers_doubt")))
    words = full.aye.rows("SELECT DISTINCT words FROM transfers_doubt")
    assert all("sites.paths" in str(row[0]) for row in words), words
    assert not full.bee.tree()


def test_a_death_after_an_engine_was_asked_asks_it_again_by_the_same_key(full):
    keys: list[str] = []
    make = full.aye.make_engine

    def recording(*given):
        engine = make(*given)
        submit = engine.submit

        def asked(load):
            keys.append(load.key)
            handle = submit(load)
            if len(keys) == 1:
                raise KilledError("after the engine was asked")
            return handle

        engine.submit = asked
        return engine

    full.aye.make_engine = recording
    full.aye.fate.passed.append("the engine")
    full.aye.build()
    full.live(200)
    full.check()
    assert keys[0] in keys[1:]
    assert len(set(keys)) == len(keys) - 1
