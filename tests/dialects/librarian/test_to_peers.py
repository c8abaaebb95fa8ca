"""We send to an old librarian: rules, engines and the reconciliation as to any partner."""

from pathlib import Path

import pytest

from dialects.librarian.peers import PASSWORD, WIRE
from hosting.world import SPACE
from replication.twins import HOST, Twin
from waystation.backends.partner.librarian import LibrarianSite
from waystation.backends.partner.librarian_wire import LibrarianWire
from waystation.domains.transfers.door import (
    Offer,
    Parcel,
    PartnerInfo,
    PartnerUnavailableError,
    Sending,
    Site,
)
from waystation.interfaces.dialects.librarian.book import SentBook
from waystation_sim.librarian.book import Librarian
from waystation_sim.librarian.running import RunningLibrarian

FILES = {f"a/b/{n}.dat": f"content {n}".encode() * 40 for n in range(5)}


class Sender(Twin):
    """A house whose partner is an old librarian."""

    def _line(self, partner: PartnerInfo) -> Site:  # type: ignore[override]
        assert self.database is not None
        wire = LibrarianWire(partner, WIRE)
        return LibrarianSite(partner, wire, SentBook(self.database, self.clock), "aye")

    def send(self) -> None:
        """All files of the space go to it."""
        self.rule(partners=["bee"])


class Story:
    """Both sides."""

    def __init__(self, aye: Sender, bee: RunningLibrarian) -> None:
        self.aye, self.bee = aye, bee

    @property
    def site(self) -> Site:
        return self.aye._line(self.aye.transfers.partner(self.aye.admin, "bee"))

    def live(self, rounds: int = 8, *, takes: bool = True) -> None:
        for _ in range(rounds):
            self.aye.step()
            if takes:
                self.bee.book.recieve(None)
            self.aye.clock.forward(seconds=61)

    def there(self) -> dict[str, bytes]:
        return {name: file.path.read_bytes() for name, file in self.bee.book.files.items()}

    def copies(self) -> set[str]:
        return {str(path) for (path,) in self.aye.rows("SELECT path FROM transfers_replica")}


@pytest.fixture
def story(dsn: str, tmp_path: Path):
    book = Librarian(tmp_path / "bee", "bee", {"aye": PASSWORD}, [HOST])
    aye = Sender(dsn, tmp_path / "aye", "aye")
    with RunningLibrarian(book) as bee:
        aye.transfers.know(
            aye.admin,
            "bee",
            url=bee.url,
            token=f"aye:{PASSWORD}",
            account_id=None,
            kind="librarian",
        )
        aye.other = aye
        aye.folder("a")
        aye.folder("a/b")
        for path, data in FILES.items():
            aye.put(path, data)
        try:
            yield Story(aye, bee)
        finally:
            aye.close()


def parcel(n: int, path: str = "a/b/0.dat") -> Parcel:
    return Parcel(n, path, 3, "ab" * 32, "", None)


def test_files_go_there_and_we_know_it_without_a_call_back(story):
    story.aye.send()
    story.live()
    assert story.there() == FILES
    assert story.copies() == set(FILES)
    calls = story.bee.book.calls
    # Two shipments, of three files and of two: calls for each shipment, none for a file.
    assert calls.count("clone/batch_stage") == 2
    assert calls.count("clone/fail") == 0
    files = story.bee.book.files.values()
    assert all(each.checksum.startswith("sha256:::") for each in files)


def test_it_takes_files_in_hours_later(story):
    story.aye.send()
    story.live(takes=False)
    assert story.copies() == set()
    assert {each.status for each in story.bee.book.incoming.values()} == {2}
    story.aye.clock.forward(hours=5)
    story.live()
    assert story.copies() == set(FILES)
    assert len(story.bee.book.incoming) == len(FILES)


@pytest.mark.parametrize("how", ["broken", "lost"])
def test_a_line_that_breaks_at_any_call(story, how):
    story.aye.send()
    for path in ("clone/batch_stage", "checkin/update", "checkin/status"):
        getattr(story.bee, how).add(path)
        story.live(3)
        getattr(story.bee, how).clear()
        story.aye.clock.forward(minutes=20)
        story.live(1)
    story.aye.clock.forward(hours=1)
    story.live(10)
    assert story.there() == FILES
    assert story.copies() == set(FILES)


def test_what_it_has_already_is_not_sent_and_another_file_is_not_touched(story):
    same, foreign = list(FILES)[:2]
    story.aye.send()
    story.bee.book.keep(foreign, b"somebody else's")
    story.live(8)
    assert story.copies() == set(FILES) - {foreign}
    assert story.there()[foreign] == b"somebody else's"
    words = story.aye.rows("SELECT words FROM transfers_doubt")
    assert "another file" in str(words[0][0])
    # The same bytes, known to both: a copy that we forgot is found, not sent.
    story.aye.change("DELETE FROM transfers_replica")
    story.aye.change("UPDATE transfers_destination SET seen = NULL, turned = NULL")
    before = len(story.bee.book.incoming)
    story.live(10)
    assert same in story.copies()
    assert len(story.bee.book.incoming) == before


def test_what_it_refuses_is_sent_again(story):
    story.aye.send()
    story.live(3, takes=False)
    for each in story.bee.book.incoming.values():
        if each.name.endswith("3.dat"):
            each.place.write_bytes(b"spoilt")
    story.live(12)
    assert story.there() == FILES
    assert story.copies() == set(FILES)


def test_one_that_is_removed_with_its_transfers_holds_up_nobody(story):
    story.aye.send()
    story.live(3, takes=False)
    assert story.aye.transfers.cancel_all(story.aye.admin, "bee") == len(FILES)
    story.aye.transfers.forget(story.aye.admin, "bee")
    story.live(3)
    assert story.copies() == set()
    assert story.aye.rows("SELECT 1 FROM transfers_shipment WHERE NOT told AND state = 9") == []


class TestTheSite:
    """What `ports.Site` promises, of this kind of partner; each check has its own shipment."""

    def test_promises(self, story):
        for check in (
            self._it_is_there_and_knows_us,
            self._an_offer_twice_is_one,
            self._a_shipment_that_was_never_announced_is_none,
            self._what_is_cancelled_does_not_come,
            self._all_missing_is_all_failed,
            self._nobody_there,
        ):
            check(story)

    def _it_is_there_and_knows_us(self, story):
        assert story.site.hello() == "Site bee"
        story.bee.book.users["aye"] = "another"
        with pytest.raises(PartnerUnavailableError, match="401"):
            story.site.hello()
        story.bee.book.users["aye"] = PASSWORD

    def _an_offer_twice_is_one(self, story):
        offer = Offer("key1", SPACE, [parcel(1, "p1"), parcel(2, "other1")])
        first, second = story.site.offer(offer), story.site.offer(offer)
        assert len(first.places) == len(second.places) == 2
        waits = [each for each in story.bee.book.incoming.values() if each.status in (0, 1)]
        assert len(waits) == 2
        roots = {end.facts["root"] for end in second.endpoints}
        assert roots == {str(story.bee.book.staging)}

    def _a_shipment_that_was_never_announced_is_none(self, story):
        assert story.site.settle({"nobody's": {}}) == {"nobody's": None}
        story.site.cancel(["nobody's"])
        assert story.site.sending(["nobody's"]) == {"nobody's": Sending.UNKNOWN}
        assert story.site.holds("any", [("nowhere", "ab" * 32)]) == [False]

    def _what_is_cancelled_does_not_come(self, story):
        story.site.offer(Offer("key3", SPACE, [parcel(1, "p3")]))
        story.site.cancel(["key3"])
        story.site.cancel(["key3"])
        assert [e.status for e in story.bee.book.incoming.values() if e.name == "p3"] == [5]

    def _all_missing_is_all_failed(self, story):
        story.site.offer(Offer("key4", SPACE, [parcel(1, "p4")]))
        told = story.site.settle({"key4": {1: "It was not sent."}})["key4"]
        assert told is not None
        assert (told.open, told.landed, dict(told.failed)) == (False, [], {1: "It was not sent."})

    def _nobody_there(self, story):
        site = story.site
        story.bee.broken |= {"ping/logged", "checkin/status", "search/file"}
        site.offer(Offer("key5", SPACE, [parcel(1, "p5")]))
        with pytest.raises(PartnerUnavailableError):
            site.hello()
        with pytest.raises(PartnerUnavailableError):
            site.settle({"key5": {}})
        with pytest.raises(PartnerUnavailableError):
            site.holds("any", [("a", "ab" * 32)])
