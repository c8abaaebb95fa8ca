"""Spaces in an object store: every object belongs to somebody, whoever died; nothing is lost."""

import hashlib
import zlib
from collections.abc import Iterator

import pytest

from crash.world import KilledError
from hosting.cloud_world import CloudWorld
from hosting.test_batches import put as put_many
from hosting.world import SPACE, World, live
from waystation.domains.hosting.controller.scrubbing import scrub
from waystation.domains.hosting.door import Care, Desk
from waystation.domains.hosting.entities import Condition
from waystation.domains.hosting.errors import PreconditionError
from waystation.kernel.errors import MalformedError

MIB = 2**20


@pytest.fixture
def world(dsn, cloud) -> Iterator[CloudWorld]:
    made = CloudWorld(dsn, cloud)
    yield made
    made.end()


def test_files_come_are_moved_and_replaced_and_their_bytes_stay_where_they_are(world):
    big = bytes(range(256)) * (12 * MIB // 256)
    world.folder("d")
    world.put("d/a", big, known=False)
    before = world.objects()
    world.hosting.files.move(world.ana, SPACE, "d", "e")
    world.hosting.files.move(world.ana, SPACE, "e/a", "b")
    assert world.objects() == before
    assert world.get("b") == big
    world.put("b", b"other")
    assert world.get("b") == b"other"
    world.check()
    world.turn(hours=2)
    assert len(world.objects()) == 1
    world.check()


def test_the_trash_gives_back_and_lets_go(world):
    world.folder("d")
    for name in ("d/a", "d/b", "c"):
        world.put(name, name.encode())
    for name in ("d", "c"):
        world.hosting.files.remove(world.ana, SPACE, name)
    [kept] = [d for d in world.hosting.trash.list(world.ana, SPACE) if d.name == "c"]
    assert world.hosting.trash.bring_back(world.ana, SPACE, kept.entry_id) == "c"
    world.check()
    world.turn(days=40)
    assert world.disk() == {"c": b"c"}
    assert len(world.objects()) == 1
    world.check()


def test_an_upload_that_is_refused_at_its_end_leaves_nothing(world):
    world.put("a", b"1")
    uploads, storage = world.hosting.uploads, world.hosting.spaces.storage(world.space)
    ticket = uploads.begin(world.ana, SPACE, "b", bytes_=6 * MIB)
    sink = storage.receive(ticket.part, expected=6 * MIB)
    sink.write(bytes(6 * MIB))
    sink.finish(durable=True)
    sink.close()
    with pytest.raises(PreconditionError):
        uploads.commit(
            ticket, size=6 * MIB, adler32=1, sha256=b"", condition=Condition(etags={"x"})
        )
    uploads.abort(ticket)
    world.check()
    world.turn(minutes=1)
    assert len(world.objects()) == 1
    assert world.rows("SELECT * FROM hosting_leaving") == []


def test_who_is_late_takes_nothing_away(world):
    """The receiver was told to go while its commit went through in another thread."""
    uploads, storage = world.hosting.uploads, world.hosting.spaces.storage(world.space)
    ticket = uploads.begin(world.ana, SPACE, "a", bytes_=3)
    sink = storage.receive(ticket.part, expected=3)
    sink.write(b"abc")
    sink.finish(durable=True)
    sums = {"adler32": zlib.adler32(b"abc"), "sha256": hashlib.sha256(b"abc").digest()}
    uploads.commit(ticket, size=3, **sums)
    uploads.abort(ticket)
    world.turn(hours=2)
    assert world.get("a") == b"abc"
    world.check()


def test_files_that_are_kept_only_so_long_go_by_the_trash(world):
    world.folder("d")
    world.put("d/a", b"a")
    world.hosting.terms.retain(world.ana, SPACE, keep_days=0, delete_days=7)
    world.turn(days=8)
    assert world.disk() == {}
    [kept] = world.hosting.trash.list(world.ana, SPACE)
    assert world.hosting.trash.bring_back(world.ana, SPACE, kept.entry_id) == "d/a"
    assert world.get("d/a") == b"a"
    world.check()
    assert world.rows("SELECT count(*) FROM hosting_change") == [(0,)]


def test_nothing_is_taken_in_from_a_bucket(world):
    with pytest.raises(MalformedError):
        next(world.hosting.adopting.adopt(world.ana, SPACE))


def test_what_others_did_to_an_object_is_found(world):
    for name in ("good", "bad", "gone", "short"):
        world.put(name, name.encode())
    keys = {name: world.tree_of_keys.object(entry) for name, entry in world.tree().items()}
    world.bucket.put(keys["bad"], b"bat")
    world.bucket.put(keys["short"], b"sh")
    world.bucket.delete([keys["gone"]])
    desk = Desk(world.database, world.clock, world.hosting.spaces.storage, Care(), lambda _: None)
    while scrub(desk):
        pass
    found = {each.path: each.words for each in world.hosting.caring.damaged(world.ana, SPACE)}
    assert sorted(found) == ["bad", "gone", "short"]
    assert "sha256" in found["bad"]


@pytest.mark.parametrize("place", range(1, 19))
def test_death_at_any_moment(world, place):
    world.put("old", b"before")
    world.folder("d")
    world.put("d/x", b"x")
    world.fate.passed.clear()
    world.fate.place = place

    def act(at: World) -> None:
        at.put("old", b"after")
        put_many(at, {"old": b"later", "d/x": b"y", "d/new": b"z"})
        at.hosting.files.move(at.ana, SPACE, "d", "e")
        at.hosting.files.remove(at.ana, SPACE, "e/x")

    try:
        live(world, act)
    except KilledError:
        pytest.fail("nobody lived on")
    world.fate.place = 0
    world.turn(hours=2)
    assert world.disk()["old"] in {b"before", b"after", b"later"}
    assert world.parts() == []
    world.check()
    world.turn(days=40)
    assert len(world.objects()) == len(world.tree())
    world.check()
