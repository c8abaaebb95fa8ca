"""What administrators are told, and the numbers."""

import json

from replication.test_repair import read_all
from waystation.bootstrap.checks_sites import warnings
from waystation.domains.notify.door import slack
from waystation.domains.transfers.controller.alarming import alarm
from waystation.domains.transfers.controller.planning import plan
from waystation.domains.transfers.controller.watching import greet
from waystation.interfaces.exposition import text as exposed
from waystation.settings import Settings
from waystation.settings.sites import Sites


def told(twin) -> list[tuple[str, str, int]]:
    """What was told since the last time: about what, how it is, to whom."""
    found = twin.rows("SELECT facts FROM outbox WHERE topic = 'site.alarm' ORDER BY id")
    twin.change("DELETE FROM outbox")
    return [(f["about"], f["state"], f["owner_id"]) for (f,) in found]


def silent_partner(twins) -> None:
    twins.aye.change("UPDATE transfers_partner SET url = 'https://bee.example.org'")
    twins.aye.cut.asking.add("hello")
    twins.aye.clock.forward(minutes=31)
    greet(twins.aye.sending)


def test_a_partner_that_is_silent_is_told_once_and_that_it_is_over(twins):
    aye = twins.aye
    greet(aye.sending)
    alarm(aye.sending)
    assert told(aye) == []
    silent_partner(twins)
    for _ in range(3):
        alarm(aye.sending)
    assert told(aye) == [("partner bee", "raised", aye.admin.user_id)]
    (seen,) = aye.transfers.alarms(aye.admin)
    assert (seen.kind, "cut" in seen.words) == ("silent", True)
    aye.cut.asking.clear()
    aye.clock.forward(minutes=2)
    greet(aye.sending)
    alarm(aye.sending)
    assert told(aye) == [("partner bee", "over", aye.admin.user_id)]
    assert not aye.transfers.alarms(aye.admin)


def test_what_is_stuck_and_what_is_damaged(twins):
    aye = twins.aye
    aye.put("a", b"a")
    aye.rule()
    twins.live()
    (aye.root / "lab" / "a").unlink()
    read_all(aye)
    aye.put("b", b"b")
    aye.clock.forward(minutes=2)
    assert plan(aye.sending)
    aye.clock.forward(days=4)
    alarm(aye.sending)
    assert {(about.split()[0], state) for about, state, _ in told(aye)} == {
        ("damaged", "raised"),
        ("shipment", "raised"),
    }
    twins.live()
    alarm(aye.sending)
    assert {state for _, state, _ in told(aye)} == {"over"}


def test_numbers_say_how_late_each_step_is(twins):
    aye = twins.aye
    aye.put("a", b"a" * 1_000)
    aye.rule()
    aye.clock.forward(minutes=2)
    assert plan(aye.sending)
    aye.clock.forward(minutes=5)
    text = exposed("transfers", aye.transfers.measures(aye.admin))
    assert 'waystation_transfers_shipments{state="planned",way="out"} 1\n' in text
    assert 'waystation_transfers_shipment_bytes{state="planned",way="out"} 1000\n' in text
    assert 'waystation_transfers_step_late_seconds{step="transfers-offer"} 300\n' in text
    assert 'waystation_transfers_partner_enabled{partner="bee"} 1\n' in text
    assert "waystation_transfers_damaged_files 0\n" in text
    heads = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads)), "those of one name follow each other"


def test_a_line_of_a_chat():
    facts = {"about": "partner <bee>", "state": "raised", "owner_id": 1, "words": "It & all."}
    said = json.loads(slack("site.alarm", facts).body)
    assert said == {"text": "partner &lt;bee&gt;: raised. It &amp; all."}


def test_a_sender_is_to_give_up_before_its_receiver():
    assert not [*warnings(Settings())]
    (words,) = warnings(Settings(sites=Sites(out_days=3, in_days=3)))
    assert "sites.out_days" in words
