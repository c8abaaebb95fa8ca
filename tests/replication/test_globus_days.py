"""Bad days of Globus, as shipments see them, by the real SDK at the look-alike."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from globus_sdk import TransferData

from replication.twins import Twins
from running import until
from waystation.backends.transfer.globus.config import MOST_PENDING, GlobusConfig
from waystation.backends.transfer.globus.engine import GlobusEngine
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation_sim.globus.running import RunningGlobus

WORDS = "SELECT words, attention FROM transfers_shipment WHERE due IS NOT NULL"


class Lab:
    """Two houses whose files go by Globus, and the service."""

    def __init__(self, twins: Twins, globus: RunningGlobus) -> None:
        self.twins, self.aye, self.globus = twins, twins.aye, globus
        # Deadlines of tasks are by the service's clock.
        twins.aye.clock.at = datetime.now(UTC)
        root = globus.settings.collections[0].root
        for each in (twins.aye, twins.bee):
            facts = {
                "collection": globus.collection("all"),
                "base": f"/{each.root.relative_to(root)}",
            }
            each.ways = [Endpoint(Kind.GLOBUS, facts)]
            each.make_engine = lambda *_: self.engine()
            # Nobody waits for a task that stands still.
            each.tasks_end = lambda: None
            each.build()
        self.aye.rule()

    def engine(self) -> GlobusEngine:
        """We, at Globus."""
        return GlobusEngine(GlobusConfig("globus", self.globus.client, self.globus.secret))

    def put(self, *names: str) -> None:
        for name in names:
            self.aye.put(name, os.urandom(700))

    def go_on(self) -> None:
        """A round of both, a minute."""
        self.twins.live(until=lambda: True)

    def words(self) -> str:
        """What people read of shipments under way."""
        return " ".join(str(words) for words, _ in self.aye.rows(WORDS))

    def comes_to_say(self, words: str) -> bool:
        def said() -> bool:
            self.go_on()
            return words in self.words()

        return until(said, 30, every=0.02)

    def ends(self) -> None:
        """All of it is there, on both books, and nothing moved twice."""

        def all_there() -> bool:
            self.go_on()
            return set(self.aye.tree()) == set(self.twins.bee.tree()) and not self.aye.open()

        assert until(all_there, 40, every=0.02), self.aye.rows(WORDS)
        self.twins.live()
        self.twins.check()


@pytest.fixture(scope="module")
def globus(tmp_path_factory):
    """One service for all of these days; the houses are below its one collection."""
    root = tmp_path_factory.mktemp("globus")
    places = {"all": root.parent, "busy": root / "busy"}
    places["busy"].mkdir()
    with RunningGlobus(root / "service", places, retry_s=0.1) as running:
        yield running


@pytest.fixture
def lab(twins, globus, tmp_path, monkeypatch):
    for name, value in globus.environment.items():
        monkeypatch.setenv(name, value)
    yield Lab(twins, globus)
    globus.fault("globus-well")


def test_busy_away_forgotten_and_paused(lab):
    """None of it is a failure: shipments say why they wait, and go on."""
    globus = lab.globus
    lab.put("limited")
    globus.fault("globus-429", calls=3)  # the SDK asks three times
    assert lab.comes_to_say("busy or out of order")
    lab.ends()
    lab.put("away")
    globus.fault("globus-503", calls=3)
    assert lab.comes_to_say("busy or out of order")
    lab.ends()
    globus.fault("globus-stale")
    lab.put("token")
    lab.ends()
    globus.fault("globus-lost", calls=2)
    lab.put("lost")
    lab.ends()
    globus.fault("globus-pause", globus.collection("all"))
    lab.put("paused")
    assert lab.comes_to_say("paused the collection")
    assert all(attention for _, attention in lab.aye.rows(WORDS)), "a person has to act"
    globus.fault("globus-well")
    lab.ends()
    last = lab.aye.rows("SELECT attempt FROM transfers_shipment ORDER BY id DESC LIMIT 1")
    assert last == [(1,)], "a task that stands still is no reason for another"


def test_some_files_of_a_task_fail(lab):
    """The others are there at once; those are tried again, and say why."""
    lab.globus.fault("globus-refuse", "bad", state="PERMISSION_DENIED")
    lab.put("one", "two bad", "three")

    def told() -> bool:
        lab.go_on()
        return bool(lab.aye.rows("SELECT 1 FROM transfers_doubt"))

    assert until(told, 30, every=0.02)
    doubts = (
        "SELECT e.name, d.words FROM transfers_doubt d JOIN catalogue_entry e ON e.id = entry_id"
    )
    ((name, words),) = lab.aye.rows(doubts)
    assert name == "two bad"
    assert "may not read or write" in str(words)
    assert set(lab.twins.bee.tree()) == {"one", "three"}
    lab.globus.fault("globus-well")
    lab.ends()


def test_a_hundred_tasks_of_somebody_else(lab):
    """Ours wait with a sentence while others have all the places, and go when those go."""
    globus, busy = lab.globus, lab.globus.collection("busy")
    (Path(lab.globus.settings.collections[1].root) / "f").write_bytes(b"f")
    globus.fault("globus-pause", busy)
    with closing(lab.engine()) as others:
        for n in range(MOST_PENDING):
            document = TransferData(busy, busy, submission_id=str(uuid4()))
            document.add_item("/f", f"/copy {n}")
            others._session.ask(lambda client, document=document: client.submit_transfer(document))
    lab.put("waits")
    assert lab.comes_to_say("takes no more tasks of this identity now")
    for _ in range(3):
        lab.go_on()
    assert not lab.twins.bee.tree()
    assert lab.aye.rows("SELECT count(*) FROM transfers_doubt") == [(0,)], "nothing is given up"
    globus.fault("globus-well")
    lab.ends()
