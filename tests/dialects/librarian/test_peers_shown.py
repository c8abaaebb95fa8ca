"""Files of other librarians, as people see them."""

import json

from dialects.librarian.peers import Here
from dialects.librarian.test_peers import ONE, TWO, batch, here, item
from waystation.domains.transfers.entities import CopyThere
from waystation.interfaces.dialects.librarian.administering import Administering
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call
from waystation.interfaces.dialects.librarian.shelf import Shelf

__all__ = ["here"]


def test_copies_elsewhere_are_found_and_forgotten(here):
    for name in ("kept", "other"):
        here.upload(name, b"bytes")
    ids = dict(here.world.rows("SELECT name, id FROM catalogue_entry WHERE kind = 1"))
    landed = here.world.clock.now()
    copies = [CopyThere(ids[name], name, 5, landed) for name in ("kept", "other")]
    here.house.transfers.know_copies(here.world.admin, "ben", copies)
    admin = here.world.admin

    def find(**asked: object) -> list[dict]:
        code, found = here.post("search/instance_remote", asked, who=admin)
        assert code == (200 if isinstance(found, list) else 404)
        return found if code == 200 else []

    assert [each["file_name"] for each in find()] == ["other", "kept"]
    assert len(find(max_results=1)) == 1
    (copy,) = find(file_name="kept")
    assert (copy["librarian_name"], copy["sender"]) == ("ben", "here")
    assert find(id=copy["id"]) == [copy]
    assert len(find(copy_time=copy["copy_time"])) == 2
    for other in ({"id": copy["id"] + 1}, {"sender": "ben"}, {"file_name": "none"}):
        assert find(**other) == []
    gone = here.post("admin/instance/delete_remote", {"instance_id": copy["id"]}, who=admin)
    assert gone == (200, {"success": True, "instance_id": copy["id"]})
    assert [each["file_name"] for each in find()] == ["other"]
    again = here.post("admin/instance/delete_remote", {"instance_id": copy["id"]}, who=admin)
    assert again == (400, {"success": False, "instance_id": copy["id"]})


def seen(here: Here) -> list[tuple[str, str, int, int, int]]:
    """Shipments as people see them: way, state, files, landed, failed."""
    found = here.house.transfers.shipments(here.world.admin, partner="ben")
    return [(s.way, s.state, s.files, s.landed, s.failed) for s in reversed(found)]


def test_what_comes_is_a_shipment_like_all_others(here):
    book, transfers = here.other.book, here.house.transfers
    book.send(["a/b/one", "two"], "here", here.post)
    assert seen(here) == [("in", "expected", 2, 0, 0)]
    book.move()
    book.tell(2, here.post)
    assert seen(here) == [("in", "landing", 2, 0, 0)]
    here.turn()
    assert seen(here) == [("in", "done", 2, 2, 0)]
    (shipment,) = transfers.shipments(here.world.admin)
    assert shipment.bytes_landed == shipment.bytes == len(ONE) + len(TWO)
    assert (shipment.target_space, shipment.finished is not None) == (here.terms.space, True)
    files = transfers.files(here.world.admin, shipment.id)
    assert [(f.path, f.state) for f in files] == [("a/b/one", "landed"), ("two", "landed")]
    # Another comes in part: its sender says of one that it does not come.
    _, told = here.post("clone/batch_stage", batch(item(8, "x", ONE), item(9, "y", TWO)))
    ids = {k: told["uploads"][0][k] for k in ("source_transfer_id", "destination_transfer_id")}
    here.post("clone/fail", {**ids, "reason": "the tape broke"})
    assert seen(here)[1] == ("in", "expected", 2, 0, 1)
    (broken, _) = transfers.files(here.world.admin, transfers.shipments(here.world.admin)[0].id)
    assert (broken.state, broken.words) == ("failed", "the tape broke")
    here.turn(days=8)
    assert seen(here)[1] == ("in", "failed", 2, 0, 2)


def manifest(here: Here, **more: object) -> dict[str, int]:
    """Numbers of transfers of all files that are listed."""
    shelf = Shelf(here.house, here.terms)
    admin = here.world.admin
    known = {"create_outgoing_transfers": True, "destination_librarian": "ben"}
    body = json.dumps({"store_name": here.terms.space, **known, **more}).encode()
    answer = Administering(shelf, Area(here.staging)).manifest(
        Call(admin, shelf.standing(admin), body)
    )
    assert answer.parts is not None
    told = json.loads(b"".join(answer.parts))
    return {each["name"]: each["outgoing_transfer_id"] for each in told["store_files"]}


def test_what_leaves_on_a_disk_has_numbers_by_which_it_is_told(here):
    """Contract librarian, 1.4, SneakerNet."""
    for name in ("one", "two", "three"):
        here.upload(name, name.encode())
    here.upload("a folder", {"x": b"1", "deep/y": b"22"})
    numbers = manifest(here)
    assert len(set(numbers.values())) == 4
    assert min(numbers.values()) > 0
    assert manifest(here) == numbers, "asked again, nothing leaves twice"
    (shipment,) = here.house.transfers.shipments(here.world.admin)
    assert (shipment.way, shipment.state, shipment.files) == ("out", "carried", 4)
    ids = {"destination_transfer_id": 77, "store_id": 3}
    for name in ("one", "a folder"):
        told = here.post("clone/complete", {"source_transfer_id": numbers[name], **ids})
        assert told[0] == 200
    assert here.post("clone/complete", {"source_transfer_id": numbers["one"], **ids})[0] == 200
    body = {"source_transfer_ids": [numbers["two"]], "destination_transfer_ids": []}
    told = here.post("checkin/update", {**body, "new_status": 4})[1]
    assert told["modified_source_transfer_ids"] == [numbers["two"]]
    (shipment,) = here.house.transfers.shipments(here.world.admin)
    assert (shipment.waiting, shipment.landed, shipment.failed) == (1, 2, 1)
    copies = here.world.rows("SELECT path FROM transfers_replica ORDER BY path")
    assert copies == [("a folder",), ("one",)]
    here.post("clone/complete", {"source_transfer_id": numbers["three"], **ids})
    assert here.house.transfers.shipments(here.world.admin)[0].state == "partial"
    again = manifest(here)
    assert [name for name, number in again.items() if number > 0] == ["two"]
    assert manifest(here, create_outgoing_transfers=False) == dict.fromkeys(numbers, -1)
