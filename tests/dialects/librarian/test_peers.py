"""An old librarian sends to us: contract librarian, 1.3 to 1.6, and its weak points by name."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from crash.world import KilledError
from dialects.librarian.desk import weigh
from dialects.librarian.peers import Here, other
from hosting.world import World
from waystation.domains.hosting.door import Role
from waystation.interfaces.dialects.librarian.book import SentBook

ONE, TWO = b"first content" * 40, b"second" * 70
BOOK = {"x.fits": b"one" * 100, "deep/y.fits": b"two" * 50}


@pytest.fixture
def here(dsn: str, tmp_path: Path):
    staging = tmp_path / "staging"
    staging.mkdir()
    world = World(dsn, tmp_path / "disk")
    with other(tmp_path / "old") as running:
        running.book.keep("a/b/one", ONE)
        running.book.keep("two", TWO)
        running.book.keep("obs/book", BOOK)
        yield Here(world, staging, running)
    world.close()


def item(number: int, name: str, what: bytes = ONE, **changes: object) -> dict:
    size, checksum = weigh(what)
    known = {"upload_size": size, "upload_checksum": checksum, "upload_name": name}
    ids = {"destination_location": name, "uploader": "ana", "source_transfer_id": number}
    return {**known, **ids, **changes}


def batch(*items: dict) -> dict:
    total = sum(each["upload_size"] for each in items)
    return {"uploads": list(items), "source": "ben", "total_size": total}


def single(number: int, name: str, what: bytes = ONE, **changes: object) -> dict:
    return {**item(number, name, what, **changes), "source": "ben"}


def update(here: Here, ids: list[int], status: int, **more) -> dict:
    body = {"source_transfer_ids": [], "destination_transfer_ids": ids, "new_status": status}
    code, told = here.post("checkin/update", body, **more)
    assert code == 200
    return told


def remotes(here: Here) -> list[str]:
    return sorted(name for name, _, _ in here.other.book.remote)


def test_files_and_directories_come_and_their_sender_hears_it(here):
    here.sent("a/b/one", "two", "obs/book")
    here.turn()
    tree = {"a/b/one": ONE, "two": TWO} | {f"obs/book/{n}": d for n, d in BOOK.items()}
    assert here.world.disk() == tree
    assert remotes(here) == ["a/b/one", "obs/book", "two"]
    assert {each.status for each in here.other.book.outgoing.values()} == {3}
    assert here.left() == []
    rows = here.world.rows("SELECT name, uploader, source FROM librarian_file")
    # Who uploaded it first is kept; the old server wrote its peer's name over it.
    assert {(str(u), str(s)) for _, u, s in rows} == {("ana", "ben")}
    here.world.check()


def test_many_files_are_one_question_and_a_call_each(here):
    names = [f"many/{n}" for n in range(20)]
    for name in names:
        here.other.book.keep(name, name.encode())
    here.sent(*names)
    here.other.book.calls.clear()
    here.turn()
    assert here.other.book.calls.count("clone/complete") == len(names)
    assert here.other.book.calls.count("checkin/status") <= 2
    assert remotes(here) == sorted(names)


class TestWeakPoints:
    """Contract librarian, 2; each is named after the code that had it."""

    def test_recieve_clone_a_lost_callback_is_made_again(self, here):
        here.other.broken.add("clone/complete")
        here.sent("two")
        here.turn()
        assert remotes(here) == []
        here.other.broken.clear()
        here.turn(minutes=5)
        assert remotes(here) == ["two"]

    def test_recieve_clone_a_callback_whose_answer_is_lost_makes_no_second_instance(self, here):
        here.other.lost.add("clone/complete")
        here.sent("two")
        here.turn()
        here.other.lost.clear()
        here.turn(minutes=5)
        here.turn(hours=2)
        assert remotes(here) == ["two"]

    def test_sendqueue_a_callback_is_not_overwritten_by_its_senders_blind_write(self, here):
        book = here.other.book
        book.send(["two"], "here", here.post)
        book.move()
        ids = [each.number_there for each in book.outgoing.values()]
        update(here, ids, 2)
        here.turn()  # before the sender has written down what it said
        assert remotes(here) == []
        assert "two" in here.names()
        for each in book.outgoing.values():
            each.status = 2
        here.turn(seconds=30)
        assert remotes(here) == ["two"]
        assert {each.status for each in book.outgoing.values()} == {3}

    def test_send_clone_one_that_is_under_way_blocks_no_other(self, here):
        _, told = here.post("clone/batch_stage", batch(item(1, "one")))
        update(here, [told["uploads"][0]["destination_transfer_id"]], 1)
        status, told = here.post("clone/batch_stage", batch(item(2, "one"), item(3, "two", TWO)))
        assert status == 201
        assert [each["source_transfer_id"] for each in told["uploads"]] == [3]

    def test_hypervisor_what_its_sender_gave_up_is_given_up_here(self, here):
        book = here.other.book
        book.send(["two"], "here", here.post)
        for each in book.outgoing.values():
            each.status = 4
        here.turn(minutes=11)
        assert here.statuses() == [4]
        assert here.left() == []

    def test_hypervisor_a_lost_word_that_all_has_come_is_asked_for(self, here):
        book = here.other.book
        book.send(["two"], "here", here.post)
        book.move()
        for each in book.outgoing.values():
            each.status = 2
        here.turn(minutes=11)  # it is asked
        here.turn()
        assert here.names() == {"two"}
        assert remotes(here) == ["two"]

    def test_hypervisor_a_slow_sender_is_waited_for(self, here):
        here.other.book.send(["two"], "here", here.post)
        for _ in range(5):
            here.turn(hours=1)
        assert here.statuses() == [1]

    def test_local_a_name_with_folders_is_put_flat(self, here):
        _, told = here.post("clone/batch_stage", batch(item(1, "a/b/c")))
        place = Path(told["uploads"][0]["staging_location"])
        assert place.parent.is_dir()
        assert place.name == "c"
        assert told["uploads"][0]["upload_name"] == "a/b/c"

    @pytest.mark.parametrize("path", ["clone/ongoing", "clone/staged", "clone/fail"])
    def test_clone_only_whose_it_is_may_say_how_it_stands(self, here, path):
        _, told = here.post("clone/batch_stage", batch(item(1, "one")))
        number = told["uploads"][0]["destination_transfer_id"]
        body = {"source_transfer_id": 1, "destination_transfer_id": number, "reason": "x"}
        assert here.post(path, body, here.world.ana)[0] == 404
        assert here.statuses() == [0]

    def test_upload_stage_a_name_in_flight_does_not_end_what_has_come(self, here):
        """An upload of the same name, staged while a clone waits to be taken in."""
        here.sent("two")
        here.stage("two", *weigh(TWO))
        here.turn()
        assert remotes(here) == ["two"]

    def test_what_came_damaged_is_refused_and_its_sender_hears_it(self, here):
        book = here.other.book
        book.send(["two"], "here", here.post)
        book.move()
        for each in book.outgoing.values():
            each.place.write_bytes(TWO[:-1] + b"!")
        book.tell(2, here.post)
        here.turn()
        assert here.statuses() == [4]
        assert {each.status for each in book.outgoing.values()} == {4}
        assert here.world.disk() == {}

    def test_storemetadata_a_death_anywhere_loses_nothing_and_doubles_nothing(self, here):
        died, place = 0, 1
        while True:
            name = f"death/{place}"
            here.other.book.keep(name, name.encode() * 30)
            here.sent(name)
            here.world.fate.passed.clear()
            here.world.fate.place = place
            with suppress(KilledError):
                here.turn()
            if len(here.world.fate.passed) < place:
                break
            here.world.fate.place = 0
            here.world.build()
            died += 1
            place += 3
        here.world.fate.place = 0
        here.turn(minutes=11)
        here.turn(minutes=31)
        names = {f"death/{n}" for n in range(1, place + 1, 3)}
        assert died > 2
        assert here.names() == names
        assert set(remotes(here)) == names
        assert len(remotes(here)) == len(names)
        here.world.check()


class TestToTheLetter:
    """Status, shape and words of api/clone.py and api/checkin.py; files of each have own names."""

    def test_refusals(self, here):
        for check in (
            self._what_is_here_409,
            self._what_is_under_way_425,
            self._what_was_announced_under_another_number_406_and_then_201,
            self._no_room_413_and_less_than_nothing_400,
            self._nothing_of_that_number_404,
            self._complete_of_what_we_sent,
        ):
            check(here)

    def test_answers(self, here):
        for check in (
            self._the_same_again_gets_the_same_place,
            self._staged_by_hand_as_an_ingested_manifest_does,
            self._fail_frees_the_name_and_the_room,
            self._checkin_tells_numbers_and_null,
            self._checkin_update_says_why_not,
            self._a_collection_is_told_with_its_own_paths,
        ):
            check(here)

    def _the_same_again_gets_the_same_place(self, here):
        first = here.post("clone/batch_stage", batch(item(1, "the_0")))
        second = here.post("clone/batch_stage", batch(item(1, "the_0")))
        assert first[1]["uploads"] == second[1]["uploads"]
        assert (first[0], second[0]) == (201, 201)
        told = first[1]
        assert told["store_name"] == here.terms.space
        assert told["async_transfer_providers"] == {"local": {"hostnames": ["localhost"]}}

    def _a_collection_is_told_with_its_own_paths(self, here):
        here.terms = type(here.terms)(
            *(getattr(here.terms, n) for n in ("space", "name", "title", "description")),
            here.staging,
            ("localhost",),
            collection="c0ffee",
            collection_base="/~/in",
        )
        _, told = here.post("clone/batch_stage", batch(item(1, "a_co1")))
        assert told["async_transfer_providers"]["globus"]["destination_endpoint"] == "c0ffee"
        upload = told["uploads"][0]
        assert upload["staging_location"] == f"/~/in/{upload['staging_name']}/a_co1"

    def _what_is_here_409(self, here):
        here.upload("there", ONE)
        status, told = here.post("clone/batch_stage", batch(item(7, "there"), item(8, "new")))
        assert status == 409
        assert told["reason"] == "File already exists on librarian."
        assert (told["source_transfer_ids"], told["destination_transfer_ids"]) == ([7], [-1])
        status, told = here.post("clone/stage", single(9, "there"))
        assert status == 409
        detail = json.loads(told["detail"])
        assert detail["reason"] == "File already exists on librarian."
        assert (detail["source_transfer_id"], detail["destination_transfer_id"]) == (9, -1)

    def _what_is_under_way_425(self, here):
        _, told = here.post("clone/stage", single(1, "what3"))
        number = told["destination_transfer_id"]
        ids = {"source_transfer_id": 1, "destination_transfer_id": number}
        assert here.post("clone/ongoing", ids) == (200, ids)
        status, told = here.post("clone/stage", single(2, "what3"))
        assert status == 425
        detail = json.loads(told["detail"])
        assert detail["reason"] == "Transfer is ongoing."
        assert (detail["source_transfer_id"], detail["destination_transfer_id"]) == (2, number)
        status, told = here.post("clone/batch_stage", batch(item(2, "what3")))
        assert (status, told["reason"]) == (425, "Transfer is ongoing.")

    def _what_was_announced_under_another_number_406_and_then_201(self, here):
        here.post("clone/batch_stage", batch(item(1, "what4")))
        status, told = here.post("clone/batch_stage", batch(item(2, "what4")))
        assert (status, told["reason"]) == (406, "Transfer was already initiated or staged.")
        assert told["source_transfer_ids"] == [2]
        assert here.post("clone/batch_stage", batch(item(2, "what4")))[0] == 201

    def _no_room_413_and_less_than_nothing_400(self, here):
        before = here.statuses()
        status, told = here.post("clone/batch_stage", batch(item(1, "no_r5", upload_size=10**18)))
        assert status == 413
        reason = "No stores available for upload. Your upload is too large."
        assert json.loads(told["detail"])["reason"] == reason
        for path, body in (
            ("clone/stage", single(1, "no_r5", upload_size=-1)),
            ("clone/batch_stage", batch(item(1, "no_r5", upload_size=-1))),
        ):
            status, told = here.post(path, body)
            assert status == 400
            assert json.loads(told["detail"])["reason"] == "Upload size must be positive."
        assert here.statuses() == before

    def _staged_by_hand_as_an_ingested_manifest_does(self, here):
        _, told = here.post("clone/stage", single(5, "by/hand"), here.world.admin)
        assert told["transfer_providers"] == {"local": {"hostnames": ["localhost"]}}
        ids = {n: told[n] for n in ("source_transfer_id", "destination_transfer_id")}
        assert here.post("clone/staged", ids)[0] == 406
        here.post("clone/ongoing", ids)
        Path(told["staging_location"]).write_bytes(ONE)
        assert here.post("clone/staged", ids) == (200, {**ids, "success": True})
        assert here.post("clone/staged", ids)[0] == 200
        here.turn()
        assert "by/hand" in here.names()

    def _nothing_of_that_number_404(self, here):
        ids = {"source_transfer_id": 1, "destination_transfer_id": 99}
        for path in ("clone/ongoing", "clone/staged"):
            status, told = here.post(path, ids)
            assert (status, told["reason"]) == (404, "Could not find transfer.")
        status, told = here.post("clone/fail", {**ids, "reason": "x"})
        assert (status, told["reason"]) == (404, "Could not find transfer with ID 99.")
        status, told = here.post("clone/complete", {**ids, "store_id": 1})
        assert (status, told["reason"]) == (400, "Could not find transfer.")

    def _complete_of_what_we_sent(self, here):
        book = SentBook(here.world.database, here.world.clock)
        partner = next(iter(here.house.transfers.receiving.everybody()))
        (sent,) = book.open(partner, "key", {1: "comp8"})
        ids = {"source_transfer_id": sent.id, "destination_transfer_id": 44}
        status, told = here.post("clone/complete", {**ids, "store_id": 2})
        assert (status, told["reason"]) == (406, "Transfer is not in ONGOING or STAGED status.")
        book.placed({sent.id: (44, "/there/comp8")})
        other_one = here.post("clone/complete", {**ids, "store_id": 2}, here.world.ana)
        assert (other_one[0], other_one[1]["reason"]) == (400, "Could not find transfer.")
        asked = {"source_transfer_ids": [sent.id], "destination_transfer_ids": []}
        for _ in range(2):
            assert here.post("clone/complete", {**ids, "store_id": 2}) == (200, ids)
            told = here.post("checkin/status", asked)[1]
            assert told["source_transfer_status"] == {str(sent.id): 3}

    def _fail_frees_the_name_and_the_room(self, here):
        _, told = here.post("clone/batch_stage", batch(item(1, "fail9")))
        number = told["uploads"][0]["destination_transfer_id"]
        body = {"source_transfer_id": 1, "destination_transfer_id": number, "reason": "x"}
        good = {"source_transfer_id": 1, "destination_transfer_id": number, "success": True}
        assert here.post("clone/fail", body) == (200, good)
        assert here.post("clone/fail", body) == (200, good)
        assert told["uploads"][0]["staging_name"] not in here.left()
        assert here.post("clone/batch_stage", batch(item(2, "fail9")))[0] == 201

    def _checkin_tells_numbers_and_null(self, here):
        _, told = here.post("clone/batch_stage", batch(item(1, "chec10")))
        number = told["uploads"][0]["destination_transfer_id"]
        asked = {"source_transfer_ids": [4], "destination_transfer_ids": [number, 999]}
        assert here.post("checkin/status", asked) == (
            200,
            {
                "source_transfer_status": {"4": None},
                "destination_transfer_status": {str(number): 0, "999": None},
            },
        )
        here.world.give(here.world.ana, Role.WRITER)
        status = here.post("checkin/status", asked, here.world.ana)[1]
        assert status["destination_transfer_status"] == {str(number): None, "999": None}

    def _checkin_update_says_why_not(self, here):
        _, told = here.post("clone/batch_stage", batch(item(1, "chec11")))
        number = told["uploads"][0]["destination_transfer_id"]
        assert update(here, [number, 999], 1) == {
            "modified_source_transfer_ids": [],
            "unmodified_source_transfer_ids": [],
            "modified_destination_transfer_ids": [number],
            "unmodified_destination_transfer_ids": [999],
            "reasons": ["No destination transfer with the appropriate ID was found."],
        }
        assert update(here, [number], 3)["reasons"] == [
            "Transition from TransferStatus.ONGOING to TransferStatus.COMPLETED is not permitted."
        ]
        assert update(here, [number], 2, who=here.world.ana)["reasons"] == [
            "You are not authorized to modify the transfer."
        ]
        assert update(here, [number], 5)["modified_destination_transfer_ids"] == [number]
        assert told["uploads"][0]["staging_name"] not in here.left()
