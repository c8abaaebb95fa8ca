"""Files of other librarians, as people see them."""

from dialects.librarian.peers import Here
from dialects.librarian.test_peers import ONE, TWO, batch, here, item
from waystation.domains.transfers.entities import CopyThere

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
